// The hashes that are under way, each known by a number: in the worker, or in this thread where there is no worker.

import { Sha256 } from "./sha256.js";

export class HashDesk {
    #hashes = new Map();

    /** `{number, parts}` are the next bytes of a hash, and the answer is `{}`. `{number, isEnd}` ends it, and the answer is `{hex}`.
     *  `{number, isDropped}` forgets it, without an answer. */
    answer({ number, parts = [], isEnd = false, isDropped = false }) {
        const hash = this.#hashes.get(number) ?? new Sha256();
        this.#hashes.set(number, hash);
        if (isDropped || isEnd) this.#hashes.delete(number);
        if (isDropped) return undefined;
        for (const part of parts) hash.update(part);
        return isEnd ? { hex: hash.hex() } : {};
    }
}
