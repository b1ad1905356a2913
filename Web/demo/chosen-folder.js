// A folder that a person chose or dropped, with the files in it.

import { text } from "./text.js";

/** More are not sent at once; what the other end takes is the same. */
const MAX_FILES = 10_000;
const MAX_DEPTH = 32;
const MAX_PATH = 1024;

export class ChosenFolder {
    type = "";

    /** `entries`: {file, path}, with the names of the folders that it is in, from this one down. */
    constructor(name, entries) {
        this.name = name;
        this.entries = entries;
        this.size = entries.reduce((sum, { file }) => sum + file.size, 0);
    }

    /** How many. */
    get files() {
        return this.entries.length;
    }
}

/** Its message is for people. */
export class FolderError extends Error {}

/** The folders of a field that takes them: each file there has a path. */
export function foldersOf(files) {
    const byName = new Map();
    for (const file of files) {
        const path = file.webkitRelativePath.split("/").slice(0, -1).join("/");
        const [name] = path.split("/");
        byName.set(name, [...(byName.get(name) ?? []), { file, path }]);
    }
    return [...byName].map(([name, entries]) => checked(name, entries));
}

/** Reads a folder that was dropped. Rejects with a FolderError if it is too large, too deep, empty, or cannot be read. */
export async function readFolder(entry) {
    const entries = [];
    const read = async (folder, path, depth) => {
        if (depth > MAX_DEPTH) throw new FolderError(text("folder.deep", { name: entry.name }));
        const reader = folder.createReader();
        // It gives some at a time, and none at the end.
        for (let some = await entriesOf(reader); some.length > 0; some = await entriesOf(reader)) {
            for (const each of some) {
                if (each.isDirectory) await read(each, `${path}/${each.name}`, depth + 1);
                else entries.push({ file: await fileOf(each), path });
                if (entries.length > MAX_FILES) throw tooMany(entry.name);
            }
        }
    };
    try {
        await read(entry, entry.name, 1);
    } catch (error) {
        if (error instanceof FolderError) throw error;
        throw new FolderError(text("folder.unreadable", { name: entry.name, reason: error.message }));
    }
    return checked(entry.name, entries);
}

function checked(name, entries) {
    if (entries.length === 0) throw new FolderError(text("folder.empty", { name }));
    if (entries.length > MAX_FILES) throw tooMany(name);
    const isDeep = ({ path }) => path.length > MAX_PATH || path.split("/").length > MAX_DEPTH;
    if (entries.some(isDeep)) throw new FolderError(text("folder.deep", { name }));
    return new ChosenFolder(name, entries);
}

function tooMany(name) {
    return new FolderError(text("folder.large", { name, count: MAX_FILES }));
}

function entriesOf(reader) {
    return new Promise((resolve, reject) => reader.readEntries(resolve, reject));
}

function fileOf(entry) {
    return new Promise((resolve, reject) => entry.file(resolve, reject));
}
