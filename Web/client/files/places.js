// Where many files go at once: into a folder that the person chooses (Chrome and Edge on a computer, in secure contexts), else into private
// storage or memory as single ones do.
//
// A place has `sink({name, size, path})`, a sink for one file; `close(name)`, once all files of a folder are over, whose result is `saved` of
// the folder; and `abort()`. One that `isFolder` is for single files too.

import { savedName } from "./names.js";
import { download, fileSink, MEMORY_LIMIT, NoSpaceError, NotChosenError, openHiddenSink, savingLimit } from "./saving.js";
import { zipOf } from "./zip.js";

/** Files of one name in one folder; beyond that, something is wrong. */
const MAX_ALIKE = 1000;

/** Opens the best place for a folder with so many bytes. Call it from a click. Rejects with a NotChosenError or a NoSpaceError. */
export async function openPlace({ size = 0 } = {}) {
    if (globalThis.showDirectoryPicker !== undefined) {
        try {
            return directoryPlace(await globalThis.showDirectoryPicker({ mode: "readwrite", id: "received" }));
        } catch (error) {
            if (error.name === "AbortError") throw new NotChosenError();
            // A browser may have the dialog and still refuse it. The other way remains.
        }
    }
    if (size > savingLimit()) throw new NoSpaceError(MEMORY_LIMIT, "Open this page over https: there, more goes straight to the disk.");
    return archivePlace();
}

/** A folder outside of the browser, as showDirectoryPicker gives it. */
export function directoryPlace(top) {
    /** One after the other: two files of one name must not find the same name free. */
    let last = Promise.resolve();
    const inTurn = (work) => {
        const result = last.then(work);
        last = result.catch(() => {});
        return result;
    };
    return {
        isFolder: true,
        sink: (file) => inTurn(async () => {
            let folder = top;
            for (const name of namesIn(file.path)) folder = await folder.getDirectoryHandle(savedName(name), { create: true });
            const handle = await freeFile(folder, file.name);
            const sink = await fileSink(handle);
            return {
                ...sink,
                abort: async () => {
                    await sink.abort();
                    await folder.removeEntry(handle.name).catch(() => {});
                },
            };
        }),
        close: async () => ({ savedAs: top.name }),
    };
}

/** A file of this name, or of the first one with a number that is free. */
async function freeFile(folder, name) {
    for (let count = 1; count <= MAX_ALIKE; count += 1) {
        const free = savedName(name, count === 1 ? "" : ` (${count})`);
        try {
            await folder.getFileHandle(free);
        } catch (error) {
            if (error.name === "NotFoundError") return await folder.getFileHandle(free, { create: true });
            if (error.name !== "TypeMismatchError") throw error; // a folder has this name
        }
    }
    throw new Error("too many files have this name");
}

/** Private storage or memory, and an archive of all at the end: a browser without folders would ask about every file. */
function archivePlace() {
    const files = [];
    let isAborted = false;
    const releaseAll = () => files.splice(0).forEach(({ saved }) => saved.release());
    return {
        sink: async (file) => {
            const sink = await openHiddenSink(file);
            return {
                ...sink,
                // After a reload, the rest of the archive would be missing.
                entry: undefined,
                close: async () => {
                    const saved = await sink.close();
                    if (isAborted) saved.release();
                    else files.push({ path: [...namesIn(file.path), file.name], modified: file.modified, saved });
                    // The file is in the archive: it is not for somebody to save by itself.
                    return {};
                },
            };
        },
        close: async (name) => {
            if (files.length === 0) return null;
            const paths = new Map();
            const entries = files.map(({ path, modified, saved }) => ({ name: freePath(paths, path), modified, blob: saved.blob }));
            return download(await zipOf(entries), `${savedName(name)}.zip`, releaseAll);
        },
        abort: () => {
            isAborted = true;
            releaseAll();
        },
    };
}

/** `taken` has the paths that are in use, with how many files have asked for each. */
function freePath(taken, names) {
    const folders = names.slice(0, -1).map((name) => savedName(name));
    const pathWith = (suffix) => [...folders, savedName(names.at(-1), suffix)].join("/");
    const wanted = pathWith("");
    let path = wanted;
    while (taken.has(path)) {
        const count = taken.get(wanted) + 1;
        taken.set(wanted, count);
        path = pathWith(` (${count})`);
    }
    taken.set(path, 1);
    return path;
}

function namesIn(path) {
    return path === undefined ? [] : path.split("/");
}
