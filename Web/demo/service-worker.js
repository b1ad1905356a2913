// Keeps a copy of the page, so that it opens while the server is away, and takes what other programs share with it. While the server is
// there, everything comes from it: an update is picked up at the next load.

/** The page's path: what a proxy has before it, and a slash. */
const PAGE = new URL("../", location.href).pathname;
/** Pages at several paths of one origin have a copy each. */
const COPIES = PAGE === "/" ? "nt-page " : `nt-page${PAGE} `;
const SHARED = "nt-shared ";
/** A page that was closed before it had taken what was shared does not take it any more. */
const MOST_UNTAKEN = 3;
/** What is in a copy last, so that it is whole. */
const WHOLE = `${PAGE}demo/whole`;
/** So long the server may take to answer for the page, where there is a copy. */
const PATIENCE_MS = 4_000;
/** Marks in a copy the pages that were opened from it: their parts come from there too, since those of another version may not fit. */
const OPENED = `${PAGE}demo/opened/`;
const MAX_REMEMBERED = 50;
/** By page, its copy, or null where it came from the server. A worker that is stopped meanwhile finds the marks again. */
const openedFrom = new Map();
/** What is compared once all has been copied: an update of the server in the meantime would leave parts of two versions. */
const COMPARED = [PAGE, `${PAGE}demo/app.js`];

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("message", (event) => {
    if (event.data === "keep") event.waitUntil(makeCopy());
});

addEventListener("fetch", (event) => {
    const { request } = event;
    const { origin, pathname } = new URL(request.url);
    if (origin !== location.origin) return;
    if (request.method === "POST" && pathname === `${PAGE}demo/share`) event.respondWith(takeShared(request));
    if (request.method !== "GET") return;
    if (request.mode === "navigate" && pathname === PAGE) event.respondWith(openPage(event));
    // What scripts fetch has no destination; it is about the server as it is now, and is never answered from here.
    else if (request.destination !== "" && isPart(pathname)) event.respondWith(partOf(event));
});

function isPart(pathname) {
    return pathname.startsWith(`${PAGE}demo/`) || pathname.startsWith(`${PAGE}client/`);
}

async function openPage({ request, resultingClientId }) {
    const fresh = answerOf(request);
    // It is asked for only where it is needed, and then the answer may be that there is none.
    fresh.catch(() => {});
    const name = await newestCopy();
    remember(resultingClientId, null);
    if (name === undefined) return fresh;
    const answer = await Promise.race([fresh, after(PATIENCE_MS)]).catch(() => undefined);
    if (answer !== undefined) return answer;
    const copy = await caches.open(name);
    remember(resultingClientId, name);
    // A full disk, for example: the parts come from the copy for as long as this worker runs.
    await copy.put(OPENED + resultingClientId, new Response()).catch(() => {});
    return (await copy.match(PAGE)) ?? fresh;
}

async function partOf({ clientId, resultingClientId, request }) {
    if (!openedFrom.has(clientId)) remember(clientId, await markedCopy(clientId));
    const name = openedFrom.get(clientId) ?? null;
    // What a worker of the page loads is asked for by the worker.
    if (resultingClientId) remember(resultingClientId, name);
    const part = name === null ? undefined : await caches.match(new URL(request.url).pathname, { cacheName: name });
    return part ?? fetch(request);
}

async function markedCopy(clientId) {
    for (const name of await copies()) if (await caches.match(OPENED + clientId, { cacheName: name })) return name;
    return null;
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

function remember(clientId, name) {
    openedFrom.set(clientId, name);
    if (openedFrom.size > MAX_REMEMBERED) openedFrom.delete(openedFrom.keys().next().value);
}

// The copy

async function newestCopy() {
    for (const name of (await copies()).reverse()) if (await caches.match(WHOLE, { cacheName: name })) return name;
    return undefined;
}

/** In the order in which they were begun. A clock that was set back would give another. */
async function copies() {
    return (await caches.keys()).filter((name) => name.startsWith(COPIES));
}

let making;

/** Copies the page with all of its parts, or leaves the copy before as it is. */
function makeCopy() {
    making ??= copyAll().finally(() => (making = undefined));
    return making;
}

async function copyAll() {
    const name = COPIES + crypto.randomUUID();
    const cache = await caches.open(name);
    try {
        const seen = new Set([PAGE]);
        for (let paths = [...seen]; paths.length > 0; ) {
            const found = (await Promise.all(paths.map((path) => copyPart(cache, path)))).flat();
            paths = [...new Set(found)].filter((path) => !seen.has(path));
            paths.forEach((path) => seen.add(path));
        }
        if (!(await Promise.all(COMPARED.map((path) => isSame(cache, path)))).every(Boolean)) throw new Error("the server was updated");
        await cache.put(WHOLE, new Response());
    } catch {
        // The server has gone or changed meanwhile, or the disk is full.
        await caches.delete(name);
        return;
    }
    // Another worker, newer than this one, may have made its own instead.
    if (!(await caches.has(name))) return;
    for (const other of await copies()) if (other !== name) await caches.delete(other);
}

async function isSame(cache, path) {
    const [copied, now] = await Promise.all([cache.match(path), fetch(path, { cache: "no-cache" })]);
    return copied !== undefined && now.ok && (await copied.text()) === (await now.text());
}

/** Copies one file, and returns the parts that it names. */
async function copyPart(cache, path) {
    const answer = await fetch(path, { cache: "no-cache" });
    // What looks like the name of a picture may be none. The page does not work without the rest.
    if (answer.status === 404 && !isNeeded(path)) return [];
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    await cache.put(path, answer.clone());
    return /html|javascript|css|manifest/.test(answer.headers.get("Content-Type")) ? partsIn(await answer.text(), answer.url) : [];
}

function isNeeded(path) {
    return path === PAGE || /\.(js|css)$/.test(path);
}

function partsIn(source, address) {
    const named = source.matchAll(/["'](\.{0,2}\/[\w./-]+\.(?:js|css|svg|png|webmanifest))["']/g);
    const paths = [...named].map(([, path]) => new URL(path, address).pathname);
    return paths.filter((path) => isPart(path) && path !== location.pathname);
}

// What is shared

/** Another program sends files or text to the page: they are kept until the page, which opens with them, takes them, each share by itself. */
async function takeShared(request) {
    const id = crypto.randomUUID();
    try {
        const untaken = (await caches.keys()).filter((name) => name.startsWith(SHARED));
        for (const name of untaken.slice(0, -MOST_UNTAKEN)) await caches.delete(name);
        const form = await request.formData();
        const cache = await caches.open(SHARED + id);
        const files = form.getAll("files").filter((file) => file instanceof File && (file.size > 0 || file.name !== ""));
        for (const [index, file] of files.entries()) {
            const fields = { "Content-Type": file.type, "X-Name": encodeURIComponent(file.name), "X-Modified": String(file.lastModified) };
            await cache.put(`${PAGE}demo/shared/${index}`, new Response(file, { headers: fields }));
        }
        const texts = ["title", "text", "url"].map((name) => form.get(name)).filter((text) => typeof text === "string" && text !== "");
        await cache.put(`${PAGE}demo/shared/text`, new Response([...new Set(texts)].join("\n")));
        return Response.redirect(`${PAGE}?shared=${id}`, 303);
    } catch {
        await caches.delete(SHARED + id);
        return Response.redirect(`${PAGE}?shared=0`, 303);
    }
}
