// Keeps a copy of the page, so that it opens while the server is away, and takes what other programs share with it. While the server is
// there, everything comes from it: an update is picked up at the next load.

const COPIES = "nt-page ";
const SHARED = "nt-shared";
/** What is in a copy last, so that it is whole. */
const WHOLE = "/demo/whole";
/** So long the server may take to answer for the page, where there is a copy. */
const PATIENCE_MS = 4_000;
/** Where the page was opened from its copy, its parts come from there too: those of another version may not fit. */
const MAX_REMEMBERED = 50;
const openedFromCopy = new Set();

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("message", (event) => {
    if (event.data === "keep") event.waitUntil(makeCopy());
});

addEventListener("fetch", (event) => {
    const { request } = event;
    const { origin, pathname } = new URL(request.url);
    if (origin !== location.origin) return;
    if (request.method === "POST" && pathname === "/demo/share") event.respondWith(takeShared(request));
    if (request.method !== "GET") return;
    if (request.mode === "navigate" && pathname === "/") event.respondWith(openPage(event));
    // What scripts fetch has no destination; it is about the server as it is now, and is never answered from here.
    else if (request.destination !== "" && isPart(pathname)) event.respondWith(partOf(event.clientId, request));
});

function isPart(pathname) {
    return pathname.startsWith("/demo/") || pathname.startsWith("/client/");
}

async function openPage({ request, resultingClientId }) {
    const fresh = answerOf(request);
    // It is asked for only where it is needed, and then the answer may be that there is none.
    fresh.catch(() => {});
    const copy = await kept("/");
    if (copy === undefined) return fresh;
    const answer = await Promise.race([fresh, after(PATIENCE_MS)]).catch(() => undefined);
    if (answer !== undefined) return answer;
    remember(resultingClientId);
    return copy;
}

async function partOf(clientId, request) {
    const copied = () => kept(new URL(request.url).pathname);
    if (openedFromCopy.has(clientId)) return (await copied()) ?? fetch(request);
    try {
        return await answerOf(request);
    } catch (error) {
        const copy = await copied();
        if (copy === undefined) throw error;
        return copy;
    }
}

/** A proxy whose server is away answers in its place. */
async function answerOf(request) {
    const answer = await fetch(request);
    if ([502, 503, 504].includes(answer.status)) throw new Error(`the server is away: ${answer.status}`);
    return answer;
}

function after(milliseconds) {
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function remember(clientId) {
    openedFromCopy.add(clientId);
    if (openedFromCopy.size > MAX_REMEMBERED) openedFromCopy.delete(openedFromCopy.values().next().value);
}

// The copy

async function kept(path) {
    const copy = await newestCopy();
    return copy && (await caches.open(copy)).match(path);
}

async function newestCopy() {
    for (const name of (await copies()).reverse()) {
        if ((await (await caches.open(name)).match(WHOLE)) !== undefined) return name;
    }
    return undefined;
}

/** The oldest first: names have the time in them. */
async function copies() {
    return (await caches.keys()).filter((name) => name.startsWith(COPIES)).sort();
}

let making;

/** Copies the page with all of its parts, or leaves the copy before as it is. */
function makeCopy() {
    making ??= copyAll().finally(() => (making = undefined));
    return making;
}

async function copyAll() {
    const name = COPIES + Date.now();
    const cache = await caches.open(name);
    try {
        const seen = new Set(["/"]);
        for (let paths = [...seen]; paths.length > 0; ) {
            const found = (await Promise.all(paths.map((path) => copyPart(cache, path)))).flat();
            paths = [...new Set(found)].filter((path) => !seen.has(path));
            paths.forEach((path) => seen.add(path));
        }
        await cache.put(WHOLE, new Response());
    } catch {
        // The server has gone meanwhile, or the disk is full.
        await caches.delete(name);
        return;
    }
    for (const older of await copies()) if (older < name) await caches.delete(older);
}

/** Copies one file, and returns the parts that it names. */
async function copyPart(cache, path) {
    const answer = await fetch(path, { cache: "no-cache" });
    // What looks like the name of a part may be none.
    if (answer.status === 404) return [];
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    await cache.put(path, answer.clone());
    return /html|javascript|css|manifest/.test(answer.headers.get("Content-Type")) ? partsIn(await answer.text(), answer.url) : [];
}

function partsIn(source, address) {
    const named = source.matchAll(/["'](\.{0,2}\/[\w./-]+\.(?:js|css|svg|png|webmanifest))["']/g);
    const paths = [...named].map(([, path]) => new URL(path, address).pathname);
    return paths.filter((path) => isPart(path) && path !== location.pathname);
}

// What is shared

/** Another program sends files or text to the page: they are kept until the page, which opens with them, takes them. */
async function takeShared(request) {
    await caches.delete(SHARED);
    try {
        const form = await request.formData();
        const cache = await caches.open(SHARED);
        const files = form.getAll("files").filter((file) => file instanceof File && (file.size > 0 || file.name !== ""));
        for (const [index, file] of files.entries()) {
            const fields = { "Content-Type": file.type, "X-Name": encodeURIComponent(file.name), "X-Modified": String(file.lastModified) };
            await cache.put(`/demo/shared/${index}`, new Response(file, { headers: fields }));
        }
        const texts = ["title", "text", "url"].map((name) => form.get(name)).filter((text) => typeof text === "string" && text !== "");
        await cache.put("/demo/shared/text", new Response([...new Set(texts)].join("\n")));
        return Response.redirect("/?shared=1", 303);
    } catch {
        await caches.delete(SHARED);
        return Response.redirect("/?shared=0", 303);
    }
}
