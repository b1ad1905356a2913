// Files, and where they go, for the tests of transfers.

import { File } from "node:buffer";

import { Sha256 } from "../../../Web/client/files/sha256.js";

export const KIB = 1024;
export const MIB = 1024 * KIB;

export function fileOf(size, name = "picture.png", options = {}) {
    const bytes = new Uint8Array(size);
    for (let index = 0; index < size; index += 1) bytes[index] = (index * 31 + (index >> 9)) & 0xff;
    return new File([bytes], name, { type: "image/png", lastModified: 1_700_000_000_000, ...options });
}

/** A sink that keeps what it gets, and that a test can hold or break. */
export class TestSink {
    parts = [];
    size = 0;
    isClosed = false;
    isAborted = false;
    failing = false;
    #gate = Promise.resolve();
    release = () => {};

    hold() {
        this.#gate = new Promise((resolve) => {
            this.release = resolve;
        });
    }

    async write(parts) {
        await this.#gate;
        if (this.failing) throw new Error("the disk is full");
        this.parts.push(...parts);
        this.size += parts.reduce((sum, part) => sum + part.length, 0);
    }

    async close() {
        this.isClosed = true;
        return { savedAs: "somewhere" };
    }

    async abort() {
        this.isAborted = true;
    }

    async bytes() {
        return new Uint8Array(await new Blob(this.parts).arrayBuffer());
    }
}

/** What hashing.js does, without a worker. */
export function localHash() {
    const hash = new Sha256();
    return { update: async (parts) => parts.forEach((part) => hash.update(part)), hex: async () => hash.hex(), drop() {} };
}

export async function bytesOf(file) {
    return new Uint8Array(await file.arrayBuffer());
}
