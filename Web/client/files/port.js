// A data channel as transfers use it: it sends control messages and chunks, parses what arrives, and says when it can take more.

import { CHUNK_HEADER, chunkMessage, parseChunk, parseControl, WireError } from "./wire.js";

/** With more bytes than this in the channel's buffer, nothing is added until it is down to half. What waits there delays
 *  what else the channel is used for. */
export const BUFFER_LIMIT = 512 * 1024;
/** Larger messages gain nothing, and delay others for longer. */
const LARGEST_MESSAGE = 64 * 1024;
/** With more than this in the buffer, the other end takes nothing any more, and goes on asking: without a bound, the answers to a flood
 *  would be kept until the browser gives up. */
const MOST_UNSENT = BUFFER_LIMIT + 2 * 1024 * 1024;
/** What every browser takes, for a connection that does not say. */
const SAFE_MESSAGE = 16 * 1024;

/** Events: `control` (its message as detail), `chunk` ({id, bytes}), `open`, `room` (more can be sent), `malformed` (a WireError),
 *  `closed`. */
export class Port extends EventTarget {
    #channel;
    #furtherKinds;
    #hasEnded = false;

    /** `maxMessageSize` is that of the connection's SCTP transport. `furtherKinds`: see parseControl. */
    constructor(channel, maxMessageSize, furtherKinds) {
        super();
        this.#channel = channel;
        this.#furtherKinds = furtherKinds;
        const largest = maxMessageSize > 0 ? Math.min(maxMessageSize, LARGEST_MESSAGE) : SAFE_MESSAGE;
        /** The most bytes of a file that one message carries. */
        this.chunkSize = largest - CHUNK_HEADER;
        channel.binaryType = "arraybuffer";
        channel.bufferedAmountLowThreshold = BUFFER_LIMIT / 2;
        channel.addEventListener("message", ({ data }) => this.#receive(data));
        channel.addEventListener("open", () => this.dispatchEvent(new Event("open")));
        channel.addEventListener("bufferedamountlow", () => this.dispatchEvent(new Event("room")));
        channel.addEventListener("close", () => this.end());
    }

    get isOpen() {
        return !this.#hasEnded && this.#channel.readyState === "open";
    }

    get hasRoom() {
        return this.isOpen && this.#channel.bufferedAmount < BUFFER_LIMIT;
    }

    close() {
        this.#channel.close();
    }

    /** The channel is closed, or its connection is: a browser does not tell the channels of a connection that is closed at this end. */
    end() {
        if (this.#hasEnded) return;
        this.#hasEnded = true;
        this.dispatchEvent(new Event("closed"));
    }

    /** Does nothing when the channel is closed: the event `closed` says so. */
    sendControl(message) {
        if (!this.isOpen) return;
        if (this.#channel.bufferedAmount < MOST_UNSENT) this.#channel.send(JSON.stringify(message));
        else this.close();
    }

    sendChunk(id, bytes) {
        if (this.isOpen) this.#channel.send(chunkMessage(id, bytes));
    }

    #receive(data) {
        let event;
        try {
            event = typeof data === "string" ? ["control", parseControl(data, this.#furtherKinds)] : ["chunk", parseChunk(data)];
        } catch (error) {
            if (!(error instanceof WireError)) throw error;
            event = ["malformed", error];
        }
        const [type, detail] = event;
        if (detail !== null) this.dispatchEvent(new CustomEvent(type, { detail }));
    }
}
