// The browser's private storage, and the worker that writes there, in memory.

import { SaveDesk } from "../../../Web/client/files/save-desk.js";

/** All that were started, by whichever test: the module of files keeps its worker. */
export const workers = [];

/** Installs both for one test; `can` says what this browser has. */
export function installPrivateStorage(t, can = {}) {
    const has = { worker: true, syncAccess: true, streams: true, quota: 1e12, ...can };
    const folder = new MemoryFolder(has);
    const storage = {
        getDirectory: async () => ({ getDirectoryHandle: async () => folder }),
        estimate: async () => ({ quota: has.quota, usage: 0 }),
    };
    class LocalWorker extends EventTarget {
        #desk = new SaveDesk();
        isTerminated = false;

        constructor(url) {
            super();
            this.url = url;
            workers.push(this);
            if (!has.worker) setTimeout(() => this.fails("no script"));
        }

        async postMessage(question) {
            if (!has.worker) return;
            const data = await this.#desk.answer(question);
            this.dispatchEvent(Object.assign(new Event("message"), { data }));
        }

        fails(message) {
            this.dispatchEvent(Object.assign(new Event("error"), { message }));
        }

        terminate() {
            this.isTerminated = true;
        }
    }
    const before = Object.fromEntries(["isSecureContext", "navigator", "Worker"].map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]));
    const install = (name, value) => Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    install("isSecureContext", true);
    install("navigator", { storage });
    install("Worker", LocalWorker);
    t.after(() => {
        for (const [name, descriptor] of Object.entries(before)) {
            if (descriptor === undefined) delete globalThis[name];
            else Object.defineProperty(globalThis, name, descriptor);
        }
    });
    return { folder };
}

class MemoryFolder {
    files = new Map();
    #has;

    constructor(has) {
        this.#has = has;
    }

    async getFileHandle(entry, { create = false } = {}) {
        if (!this.files.has(entry) && !create) throw Object.assign(new Error("none"), { name: "NotFoundError" });
        if (!this.files.has(entry)) this.files.set(entry, new MemoryFile());
        const file = this.files.get(entry);
        const handle = { getFile: async () => Object.assign(new Blob([file.bytes]), { lastModified: file.lastModified }) };
        if (this.#has.syncAccess) handle.createSyncAccessHandle = async () => file.open();
        if (this.#has.streams) handle.createWritable = async () => file.stream();
        return handle;
    }

    async removeEntry(entry) {
        if (this.files.get(entry)?.isOpen) throw Object.assign(new Error("in use"), { name: "NoModificationAllowedError" });
        this.files.delete(entry);
    }

    async *entries() {
        for (const entry of [...this.files.keys()]) yield [entry, await this.getFileHandle(entry)];
    }
}

class MemoryFile {
    bytes = new Uint8Array();
    isOpen = false;
    lastModified = Date.now();

    open() {
        if (this.isOpen) throw Object.assign(new Error("in use"), { name: "NoModificationAllowedError" });
        this.isOpen = true;
        return {
            getSize: () => this.bytes.length,
            // Not all at once, as a browser may do it too.
            write: (bytes, { at }) => {
                const part = bytes.subarray(0, Math.max(1, Math.ceil(bytes.length / 2)));
                const grown = new Uint8Array(Math.max(this.bytes.length, at + part.length));
                grown.set(this.bytes);
                grown.set(part, at);
                this.bytes = grown;
                return part.length;
            },
            read: (bytes, { at }) => {
                const part = this.bytes.subarray(at, at + bytes.length);
                bytes.set(part);
                return part.length;
            },
            flush() {},
            close: () => { this.isOpen = false; },
        };
    }

    stream() {
        const parts = [];
        return {
            write: async (part) => { parts.push(part.slice()); },
            close: async () => { this.bytes = new Uint8Array(await new Blob(parts).arrayBuffer()); },
            abort: async () => {},
        };
    }
}
