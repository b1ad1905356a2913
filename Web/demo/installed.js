// What a page has beside where the browser lets it install itself: it opens from a copy while the server is away, and takes what other
// programs share. Elsewhere, as over plain http in a network, it works the same without.

const SHARED = "nt-shared ";
const LOOK_AGAIN_MS = 2_000;
const LOOK_AGAIN_AT_MOST_MS = 30_000;
const ANSWER_LIMIT_MS = 5_000;

/** Has a copy of the page made, and kept up to date. */
export async function keepCopy() {
    try {
        await navigator.serviceWorker?.register(new URL("./service-worker.js", import.meta.url), { scope: new URL("../", import.meta.url) });
        const registration = await navigator.serviceWorker?.ready;
        registration?.active.postMessage("keep");
    } catch {
        // The browser, or the person, does not want it.
    }
}

/** Calls `tell` with false while a page that came from its copy does not reach the server, and then with true. */
export async function watchServer(tell) {
    if (!navigator.serviceWorker?.controller) return;
    let isReached = await reachesServer();
    if (isReached) return;
    tell(false);
    for (let wait = LOOK_AGAIN_MS; !isReached; wait = Math.min(2 * wait, LOOK_AGAIN_AT_MOST_MS)) {
        await pause(wait);
        isReached = await reachesServer();
    }
    tell(true);
}

/**
 * What another program has shared, once: `{ files, text }`, or `{ failed: true }` if the browser had no room for it. Null if the page was
 * opened for something else. Rejects if it cannot be read.
 */
export async function takeShared() {
    const shared = new URLSearchParams(location.search).get("shared");
    if (shared === null) return null;
    // A reload does not take it again.
    history.replaceState(null, "", location.pathname);
    if (shared === "0") return { failed: true };
    const name = SHARED + shared;
    if (!(await globalThis.caches?.has(name))) return null;
    try {
        return await readShare(await caches.open(name));
    } finally {
        await caches.delete(name);
    }
}

async function readShare(cache) {
    const files = [];
    let text = "";
    for (const request of await cache.keys()) {
        const answer = await cache.match(request);
        if (request.url.endsWith("/text")) text = await answer.text();
        else files.push(await fileOf(answer));
    }
    return { files, text };
}

async function fileOf(answer) {
    const name = decodeURIComponent(answer.headers.get("X-Name"));
    const lastModified = Number(answer.headers.get("X-Modified"));
    return new File([await answer.blob()], name, { type: answer.headers.get("Content-Type"), lastModified });
}

async function reachesServer() {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), ANSWER_LIMIT_MS);
    try {
        const part = new URL("./manifest.webmanifest", import.meta.url);
        const { status } = await fetch(part, { method: "HEAD", cache: "no-store", signal: limit.signal });
        return status < 500;
    } catch {
        return false;
    } finally {
        clearTimeout(timer);
    }
}

/** Less, if the network comes back meanwhile. */
function pause(milliseconds) {
    return new Promise((resolve) => {
        const timer = setTimeout(done, milliseconds);
        addEventListener("online", done);
        function done() {
            clearTimeout(timer);
            removeEventListener("online", done);
            resolve();
        }
    });
}
