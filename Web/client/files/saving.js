// Where a received file goes: the first of these ways that this browser supports.
//
//   a file that the person chooses, written as the bytes come (Chrome and Edge on a computer, in secure contexts);
//   the browser's private file system, and a download from there at the end (secure contexts): written by a worker, else by the page;
//   memory, and a download at the end: the only way on plain http, with a limit.
//
// Each gives a sink as transfer-receiver.js describes it. If a download follows, close() returns {url, name, release()}. A sink with an
// `entry` is a file of private storage that can be opened again after a reload; one with `held` takes so much memory.

import { openPrivateFile } from "./disk.js";
import { safeName } from "./names.js";
import { FOLDER } from "./save-desk.js";

/** The browser keeps blobs on disk if it has to, but the largest of them only with luck. */
export const MEMORY_LIMIT = 1e9;
/** At this size, pieces in memory become one blob, which takes them off the page's own heap. */
const BLOB_SIZE = 8 * 1024 * 1024;
/** ... and at this number: each weighs something, however small it is. */
const MAX_PARTS = 1024;
/** A file this old was left behind by a page that was closed before it could clean up. */
const STALE_AFTER_MS = 24 * 60 * 60 * 1000;

/** The person closed the dialog: nothing has happened. */
export class NotChosenError extends Error {}

/** The file does not fit into what the browser offers. */
export class NoSpaceError extends Error {
    constructor(limit, advice) {
        super(advice);
        this.limit = limit;
    }
}

/** The largest file that can be received here. */
export function savingLimit() {
    const hasDisk = globalThis.showSaveFilePicker !== undefined || hasPrivateFiles();
    return hasDisk ? Infinity : MEMORY_LIMIT;
}

function hasPrivateFiles() {
    return globalThis.isSecureContext === true && globalThis.navigator?.storage?.getDirectory !== undefined;
}

/** Opens the best sink there is. Call it from a click: only then does the browser ask where to save a file. */
export async function openSink({ name, size }) {
    const fileName = safeName(name);
    if (globalThis.showSaveFilePicker !== undefined) {
        try {
            return await chosenFileSink(fileName);
        } catch (error) {
            if (error.name === "AbortError") throw new NotChosenError();
            // A browser may have the dialog and still refuse it, for example inside a frame. The other ways remain.
        }
    }
    return await openHiddenSink({ name, size });
}

/** The best sink that asks nothing: private storage, else memory. */
export async function openHiddenSink({ name, size }) {
    const fileName = safeName(name);
    const folder = await privateFolder();
    if (folder !== null && (await freeSpace()) > size) {
        const entry = `${Date.now()}-${Math.random().toString(36).slice(2)}`;
        const forget = () => removeFrom(folder, entry);
        try {
            return workerSink(await openPrivateFile(entry, true), { folder, entry, fileName, at: 0 });
        } catch {
            await forget();
        }
        try {
            return await pageSink(folder, entry, fileName);
        } catch {
            await forget();
        }
    }
    return memorySink(fileName, size);
}

/** What an earlier page has saved of a file in private storage: {sink, from}. Rejects if it is gone. */
export async function openAgain(entry, { name, size }) {
    const folder = await privateFolder();
    const file = await openPrivateFile(entry, false);
    const from = Math.min(file.size, size);
    return { from, sink: workerSink(file, { folder, entry, fileName: safeName(name), at: from }) };
}

export async function removePrivateFile(entry) {
    const folder = await privateFolder();
    if (folder !== null) await removeFrom(folder, entry);
}

function removeFrom(folder, entry) {
    return folder.removeEntry(entry).catch(() => {});
}

function workerSink(file, { folder, entry, fileName, at }) {
    let end = at;
    return {
        entry,
        write: async (parts) => {
            const bytes = joined(parts);
            const { length } = bytes;
            await file.write(end, bytes);
            end += length;
        },
        read: (from, length) => file.read(from, length),
        close: async () => {
            await file.close();
            const handle = await folder.getFileHandle(entry);
            return download(await handle.getFile(), fileName, () => removeFrom(folder, entry));
        },
        abort: async () => {
            await file.close().catch(() => {});
            await removeFrom(folder, entry);
        },
    };
}

async function chosenFileSink(fileName) {
    return await fileSink(await globalThis.showSaveFilePicker({ suggestedName: fileName }));
}

/** Writes into a file outside of the browser. */
export async function fileSink(handle) {
    const stream = await handle.createWritable();
    return {
        write: (parts) => stream.write(joined(parts)),
        close: async () => {
            await stream.close();
            return { savedAs: handle.name };
        },
        abort: () => stream.abort().catch(() => {}),
    };
}

/** One write is much cheaper than many, and passing bytes is cheaper than passing a Blob of them. */
function joined(parts) {
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
        bytes.set(part, at);
        at += part.length;
    }
    return bytes;
}

/** Null if the browser has none, or none that a page can write to. */
async function privateFolder() {
    if (!hasPrivateFiles()) return null;
    try {
        const root = await navigator.storage.getDirectory();
        return await root.getDirectoryHandle(FOLDER, { create: true });
    } catch {
        return null; // private windows of some browsers
    }
}

/** Safari before 17 has private storage and cannot tell how much fits: then it is tried. */
async function freeSpace() {
    const { quota = Infinity, usage = 0 } = (await navigator.storage.estimate?.()) ?? {};
    return quota - usage;
}

async function pageSink(folder, entry, fileName) {
    const handle = await folder.getFileHandle(entry, { create: true });
    const stream = await handle.createWritable();
    const forget = () => removeFrom(folder, entry);
    return {
        write: (parts) => stream.write(joined(parts)),
        close: async () => {
            await stream.close();
            return download(await handle.getFile(), fileName, forget);
        },
        abort: async () => {
            await stream.abort().catch(() => {});
            await forget();
        },
    };
}

/** Keeps the file in memory. Throws a NoSpaceError if that is too much. */
export function memorySink(fileName, size) {
    if (size > MEMORY_LIMIT) {
        throw new NoSpaceError(
            MEMORY_LIMIT,
            "Open this page over https, or in Chrome or Edge on a computer: there, files of any size go straight to the disk.",
        );
    }
    let blobs = [];
    let parts = [];
    let partsSize = 0;
    const gather = () => {
        blobs.push(new Blob(parts));
        parts = [];
        partsSize = 0;
    };
    return {
        held: size,
        write: async (added) => {
            for (const part of added) {
                parts.push(part);
                partsSize += part.length;
            }
            if (partsSize >= BLOB_SIZE || parts.length >= MAX_PARTS) gather();
        },
        close: async () => {
            gather();
            return download(new Blob(blobs), fileName, () => {});
        },
        abort: async () => {
            blobs = [];
            parts = [];
        },
    };
}

/** Writes into a WritableStream, such as a file's. */
export function streamSink(stream) {
    const writer = stream.getWriter();
    return {
        write: async (parts) => {
            for (const part of parts) await writer.write(part);
        },
        close: async () => {
            await writer.close();
            return {};
        },
        abort: () => writer.abort().catch(() => {}),
    };
}

/** The type is left out on purpose: the browser must save what the other side sent, never show it as a page of this origin. */
export function download(blob, fileName, forget) {
    const url = URL.createObjectURL(new Blob([blob], { type: "application/octet-stream" }));
    return {
        name: fileName,
        blob,
        url,
        release: () => {
            URL.revokeObjectURL(url);
            forget();
        },
    };
}

/** Removes files that earlier visits left in the private file system. */
export async function removeStaleFiles() {
    const folder = await privateFolder();
    if (folder === null) return;
    try {
        for await (const [entry, handle] of folder.entries()) await removeIfStale(folder, entry, handle);
    } catch {
        // This browser does not list them, or cannot now: a later visit may.
    }
}

async function removeIfStale(folder, entry, handle) {
    try {
        const { lastModified } = await handle.getFile();
        if (Date.now() - lastModified > STALE_AFTER_MS) await folder.removeEntry(entry);
    } catch {
        // Another window is using it, or was faster.
    }
}
