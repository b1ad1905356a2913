// The receiving end of a file's transfer.

import { safeName } from "./names.js";
import { memorySink } from "./saving.js";
import { Transfer } from "./transfer.js";
import { ACK_EVERY, WINDOW } from "./wire.js";

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
    #parts = [];
    #isWriting = false;
    #expectedHash = null;

    /** `newHash`: see hashing.js. */
    constructor(offer, port, newHash) {
        super(offer, port);
        this.#newHash = newHash;
    }

    /** Receives the file into the sink; into memory if there is none, which throws a NoSpaceError if the file is too large for that. */
    accept(sink = memorySink(safeName(this.name), this.size)) {
        if (this.state !== "offered") {
            // It was cancelled while the person was choosing where to save it.
            sink.abort();
            return;
        }
        this.#sink = sink;
        this.#hash = this.#newHash();
        this.state = "moving";
        this.port.sendControl({ kind: "accept", id: this.id });
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
        const held = this.#received - this.moved;
        if (this.state !== "moving" || this.#received > this.size || held > WINDOW) {
            this.fail("broken", "broken");
            return;
        }
        this.#parts.push(bytes);
        this.#putAway();
    }

    end(state, failure, cause) {
        this.#parts = [];
        this.#hash?.drop();
        if (state !== "done") this.#sink?.abort();
        super.end(state, failure, cause);
    }

    /** Writes and hashes everything that has arrived, at once, and again until nothing more has arrived meanwhile. */
    async #putAway() {
        if (this.#isWriting) return;
        this.#isWriting = true;
        try {
            while (this.#parts.length > 0) {
                const parts = this.#parts;
                this.#parts = [];
                await Promise.all([ofSink(this.#sink.write(parts)), this.#hash.update(parts)]);
                if (this.isOver) return;
                this.moved += parts.reduce((sum, part) => sum + part.length, 0);
                this.#acknowledge();
                this.changed();
            }
            if (this.#expectedHash !== null) await this.#finish();
        } catch (error) {
            const failure = error instanceof SinkError ? "unwritable" : "broken";
            this.fail(failure, failure, error instanceof SinkError ? error.cause : error);
        } finally {
            this.#isWriting = false;
        }
    }

    #acknowledge() {
        if (this.moved - this.#acknowledged < ACK_EVERY && this.moved < this.size) return;
        this.#acknowledged = this.moved;
        this.port.sendControl({ kind: "ack", id: this.id, received: this.moved });
    }

    async #finish() {
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
