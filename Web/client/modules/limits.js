// Limits on what is sent, and on what waits to be sent.

import { SignalingError } from "./errors.js";

/** Entries in order, each with a key and its size in bytes; their number and their bytes are limited. */
export class BoundedQueue {
    #limit;
    #entries = new Map();
    #bytes = 0;

    constructor(limit) {
        this.#limit = limit;
    }

    /** Throws if that would pass the limit. */
    add(key, value, bytes) {
        if (this.#entries.size >= this.#limit.count || this.#bytes + bytes > this.#limit.bytes) {
            throw new SignalingError("queue_full", `at most ${this.#limit.count} messages and ${this.#limit.bytes} bytes may wait`);
        }
        this.#entries.set(key, { value, bytes });
        this.#bytes += bytes;
    }

    get firstKey() { return this.#entries.keys().next().value; }

    get(key) { return this.#entries.get(key)?.value; }

    values() { return [...this.#entries.values()].map(({ value }) => value); }

    remove(key) {
        this.#bytes -= this.#entries.get(key)?.bytes ?? 0;
        this.#entries.delete(key);
    }

    removeAll() {
        const values = this.values();
        this.#entries.clear();
        this.#bytes = 0;
        return values;
    }
}

export function byteLength(text) {
    return new TextEncoder().encode(text).length;
}

/** The size of a message in bytes; throws if it is more than `maxBytes`. */
export function sizeWithin(maxBytes, text) {
    const bytes = byteLength(text);
    if (bytes <= maxBytes) return bytes;
    throw new SignalingError("message_too_big", `${bytes} bytes; the server takes ${maxBytes}`);
}

/** How deep objects and arrays are nested in a JSON text. */
export function depthOf(json) {
    let depth = 0;
    let deepest = 0;
    let inString = false;
    for (let at = 0; at < json.length; at += 1) {
        const letter = json[at];
        if (inString) {
            if (letter === "\\") at += 1;
            else if (letter === '"') inString = false;
        } else if (letter === '"') inString = true;
        else if (letter === "{" || letter === "[") deepest = Math.max(deepest, (depth += 1));
        else if (letter === "}" || letter === "]") depth -= 1;
    }
    return deepest;
}
