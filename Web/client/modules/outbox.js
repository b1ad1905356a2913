// The sending end of mailboxes: each item is stored once, however often the connection is lost meanwhile.

import { SignalingError } from "./errors.js";
import { BoundedQueue, depthOf, sizeWithin } from "./limits.js";
import { Deferred } from "./promises.js";
import { MAX_DEPTH, wire } from "./wire.js";

const MAX_UNACCEPTED = { count: 1000, bytes: 4 << 20 };
/** The server recognizes a repeated ref if it is at most this far below the newest. */
const REF_WINDOW = 1024;

export class Outbox {
    #connection;
    #maxMessageBytes;
    /** Items that the server has not accepted yet, by `ref`, in order. */
    #unaccepted = new BoundedQueue(MAX_UNACCEPTED);
    /** Refs start with the time, since the server takes a ref for a repetition unless it is higher than all before it under the same sid,
     *  and a page that is loaded again may keep its sid. */
    #lastRef = Date.now() * 1000;

    constructor(connection, maxMessageBytes) {
        this.#connection = connection;
        this.#maxMessageBytes = maxMessageBytes;
    }

    async send(to, payload, signal) {
        const ref = this.#lastRef + 1;
        if (ref - (this.#unaccepted.firstKey ?? ref) > REF_WINDOW) {
            throw new SignalingError("queue_full", `a message that was sent ${REF_WINDOW} before this one is not accepted yet`);
        }
        const text = wire.send(to, payload, ref);
        // Checked here, since the server cannot say which frame it was that it could not read.
        if (depthOf(text) > MAX_DEPTH) throw new TypeError(`payload must be nested at most ${MAX_DEPTH - 1} deep`);
        const bytes = sizeWithin(this.#maxMessageBytes, text);
        const outcome = new Deferred();
        // If there is no room for it, it has used no ref, and there is nothing to remove: the ref may be another one's by then.
        this.#unaccepted.add(ref, { text, resolve: outcome.resolve, reject: outcome.reject }, bytes);
        this.#lastRef = ref;
        const settled = new AbortController();
        signal?.addEventListener("abort", () => outcome.reject(signal.reason), { signal: settled.signal });
        try {
            if (this.#connection.isOpen) this.#connection.send(text);
            await outcome.promise;
        } finally {
            settled.abort();
            this.#unaccepted.remove(ref);
        }
    }

    /** The connection is open again: repeats what may not have arrived. */
    opened() {
        for (const { text } of this.#unaccepted.values()) this.#connection.send(text);
    }

    accepted({ ref }) {
        this.#unaccepted.get(ref)?.resolve();
    }

    refused({ ref, code, message }) {
        const error = code === "mailbox_full" ? "mailbox_full" : "protocol_error";
        this.#unaccepted.get(ref)?.reject(new SignalingError(error, `the server refused an item: ${code}, ${message}`));
    }

    /** The session ends. */
    end(error) {
        for (const { reject } of this.#unaccepted.values()) reject(error);
    }
}
