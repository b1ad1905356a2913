// The receiving end of a file's transfer.

import { safeName } from "./names.js";
import { Parts } from "./parts.js";
import { memorySink } from "./saving.js";
import { Transfer } from "./transfer.js";
import { ACK_EVERY, WINDOW } from "./wire.js";

/** How much of what is there already is read at once, for the hash. */
const REREAD_SIZE = 1024 * 1024;

/**
 * The bytes go into a sink, see saving.js. It has `write(parts)` with an array of Uint8Array; `close()`, which returns what is left for the
 * person to do; and `abort()`, which never fails. All return promises.
 */
export class IncomingTransfer extends Transfer {
    direction = "in";
    #sink = null;
    #newHash;
    #hash = null;
    #received = 0;
    #acknowledged = 0;
    #parts = new Parts();
    /** Settled when nothing is being written; rejected if something could not be. */
    #writing = null;
    #isRereading = false;
    #isClosing = false;
    #expectedHash = null;
    /** What has arrived is kept if the channel closes. */
    outlives = false;
    /** Its beginning is being looked for; meanwhile nothing else accepts it. */
    isResuming = false;
    /** What was kept: resolves with {sink, from, hash} as accept() takes them, and with null if it could not be written. */
    rest = null;

    /** `newHash`: see hashing.js. */
    constructor(offer, port, newHash, folder = null) {
        super(offer, port, folder);
        this.#newHash = newHash;
    }

    /** Bytes that have arrived and are not saved yet. */
    get held() {
        return this.isOver ? 0 : this.#received - this.moved;
    }

    get sink() {
        return this.#sink;
    }

    /** The hash that the sender has said, once it has. */
    get sha256() {
        return this.#expectedHash;
    }

    /** All of it is here, and it is being compared and put away: for that, the channel is not needed any more. */
    get isClosing() {
        return this.#isClosing && !this.isOver;
    }

    /** Receives the file into the sink; into memory if there is none, which throws a NoSpaceError if the file is too large for that. What an
     *  earlier transfer has left is `rest`: {from, hash}, or {from} if the sink has to be read for the hash. */
    accept(sink = memorySink(safeName(this.name), this.size), rest = { from: 0 }) {
        if (this.state !== "offered") {
            // It was cancelled while the person was choosing where to save it.
            rest.hash?.drop();
            sink.abort();
            return;
        }
        const { from } = rest;
        this.#sink = sink;
        this.#hash = rest.hash ?? this.#newHash();
        this.resumedFrom = this.#received = this.#acknowledged = this.moved = from;
        this.state = "moving";
        this.port.sendControl({ kind: "accept", id: this.id, ...(from > 0 && { from }) });
        if (from > 0 && rest.hash === undefined) this.#begin(() => this.#rereadUpTo(from));
        this.changed();
    }

    decline(reason = "declined") {
        if (this.state !== "offered") return;
        this.port.sendControl({ kind: "decline", id: this.id, reason });
        this.end("declined", reason);
    }

    receiveControl(message) {
        if (super.receiveControl(message)) return true;
        if (message.kind !== "end") return false;
        if (this.state !== "moving" || this.#received !== this.size) {
            this.fail("broken", "broken");
            return true;
        }
        this.#expectedHash = message.sha256;
        this.state = "checking";
        this.changed();
        this.#putAway();
        return true;
    }

    receiveChunk(bytes) {
        this.#received += bytes.length;
        if (this.state !== "moving" || this.#received > this.size || this.held > WINDOW) {
            this.fail("broken", "broken");
            return;
        }
        this.#parts.add(bytes);
        this.#putAway();
    }

    fail(failure, reasonForPeer, cause) {
        if (failure !== "closed" || !this.isClosing) super.fail(failure, reasonForPeer, cause);
    }

    end(state, failure, cause) {
        this.#parts.take();
        this.isKept = failure === "closed" && this.#keeps();
        if (!this.isKept) {
            this.#hash?.drop();
            if (state !== "done") this.#sink?.abort();
        }
        super.end(state, failure, cause);
    }

    /** Keeps what has arrived for a later transfer, if there is anything. */
    #keeps() {
        if (this.#sink === null || this.#isClosing || !this.outlives) return false;
        this.rest = (this.#writing ?? Promise.resolve()).then(
            () => {
                if (!this.#isRereading) return { sink: this.#sink, from: this.moved, hash: this.#hash };
                this.#hash.drop();
                return { sink: this.#sink, from: this.moved };
            },
            () => {
                this.#hash.drop();
                this.#sink.abort();
                return null;
            },
        );
        return true;
    }

    #putAway() {
        if (this.#writing === null) this.#begin(() => this.#writeAll());
    }

    #begin(work) {
        const writing = work();
        this.#writing = writing;
        writing.then(
            () => {
                this.#writing = null;
                if (this.isOver) return;
                if (this.#parts.length > 0 || (this.#expectedHash !== null && !this.#isClosing)) this.#putAway();
            },
            (error) => {
                const failure = error instanceof SinkError ? "unwritable" : "broken";
                this.fail(failure, failure, error instanceof SinkError ? error.cause : error);
            },
        );
    }

    /** Writes and hashes everything that has arrived, at once, and again until nothing more has arrived meanwhile. */
    async #writeAll() {
        while (this.#parts.length > 0) {
            const parts = this.#parts.take();
            await Promise.all([ofSink(this.#sink.write(parts)), this.#hash.update(parts)]);
            this.moved += parts.reduce((sum, part) => sum + part.length, 0);
            if (this.isOver) return;
            this.#acknowledge();
            this.changed();
        }
        if (this.#expectedHash !== null && !this.isOver) await this.#finish();
    }

    async #rereadUpTo(end) {
        this.#isRereading = true;
        for (let at = 0; at < end; at += REREAD_SIZE) {
            await this.#hash.update([await ofSink(this.#sink.read(at, Math.min(REREAD_SIZE, end - at)))]);
            if (this.isOver) return;
        }
        this.#isRereading = false;
    }

    #acknowledge() {
        if (this.moved - this.#acknowledged < ACK_EVERY && this.moved < this.size) return;
        this.#acknowledged = this.moved;
        this.port.sendControl({ kind: "ack", id: this.id, received: this.moved });
    }

    async #finish() {
        this.#isClosing = true;
        const intact = (await this.#hash.hex()) === this.#expectedHash;
        if (this.isOver) return;
        const saved = intact ? await ofSink(this.#sink.close()) : null;
        if (this.isOver) {
            saved?.release?.();
            return;
        }
        this.saved = saved;
        this.port.sendControl({ kind: "result", id: this.id, intact });
        if (intact) this.end("done");
        else this.end("failed", "damaged");
    }
}

/** The sink failed: a full disk, a file that was removed. */
class SinkError extends Error {}

async function ofSink(promise) {
    try {
        return await promise;
    } catch (cause) {
        throw new SinkError("the file could not be saved", { cause });
    }
}
