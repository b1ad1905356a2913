// Sending over a data channel, no faster than it takes.

import { SignalingError } from "./errors.js";
import { BoundedQueue, byteLength } from "./limits.js";

/** With more bytes than HIGH_WATER in the channel's buffer, nothing is added until it is down to LOW_WATER. */
const HIGH_WATER = 1 << 20;
const LOW_WATER = HIGH_WATER / 4;
const MAX_WAITING = { count: 1000, bytes: 16 << 20 };

export class ChannelSender {
    #channel;
    #maxMessageSize;
    #waiting = new BoundedQueue(MAX_WAITING);
    /** Why nothing can be sent any more. */
    #error;

    /** `maxMessageSize` is that of the connection's SCTP transport, if it says one. */
    constructor(channel, maxMessageSize) {
        this.#channel = channel;
        this.#maxMessageSize = maxMessageSize > 0 ? maxMessageSize : Infinity;
        for (const type of ["open", "bufferedamountlow"]) channel.addEventListener(type, () => this.#sendWaiting());
        channel.addEventListener("close", () => this.end(new SignalingError("closed", "the channel was closed")));
    }

    /** Settled when the channel has taken the message, in the order of the calls, or cannot take it any more. */
    async send(data, signal) {
        signal?.throwIfAborted();
        if (this.#error !== undefined) throw this.#error;
        const bytes = sizeOf(data);
        if (bytes > this.#maxMessageSize) {
            throw new SignalingError("message_too_big", `${bytes} bytes; a message may have ${this.#maxMessageSize}`);
        }
        if (this.#waiting.firstKey === undefined && this.#hasRoom) return this.#channel.send(data);
        // Otherwise the event that is waited for might never come.
        this.#channel.bufferedAmountLowThreshold = Math.min(this.#channel.bufferedAmountLowThreshold || LOW_WATER, LOW_WATER);
        const key = Symbol();
        const settled = new AbortController();
        try {
            await new Promise((resolve, reject) => {
                this.#waiting.add(key, { data, resolve, reject }, bytes);
                signal?.addEventListener("abort", () => {
                    this.#waiting.remove(key);
                    reject(signal.reason);
                }, { signal: settled.signal });
            });
        } finally {
            settled.abort();
        }
    }

    end(error) {
        this.#error ??= error;
        for (const { reject } of this.#waiting.removeAll()) reject(error);
    }

    get #hasRoom() { return this.#channel.readyState === "open" && this.#channel.bufferedAmount <= HIGH_WATER; }

    #sendWaiting() {
        for (let key = this.#waiting.firstKey; key !== undefined && this.#hasRoom; key = this.#waiting.firstKey) {
            const { data, resolve, reject } = this.#waiting.get(key);
            this.#waiting.remove(key);
            try {
                this.#channel.send(data);
                resolve();
            } catch (error) {
                reject(error);
            }
        }
    }
}

function sizeOf(data) {
    const size = typeof data === "string" ? byteLength(data) : data?.byteLength ?? data?.size;
    if (typeof size !== "number") throw new TypeError("data must be a string, an ArrayBuffer, a view of one, or a Blob");
    return size;
}
