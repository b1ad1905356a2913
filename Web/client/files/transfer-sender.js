// The sending end of a file's transfer.

import { Transfer } from "./transfer.js";
import { offerOf, WINDOW, WINDOW_OF_ALL } from "./wire.js";

/** How much of a file is read at once. Each time costs messages between the browser's processes, however little is read. */
const READ_SIZE = 1024 * 1024;

export class OutgoingTransfer extends Transfer {
    direction = "out";
    /** The file: what is cut is offered anew from it. */
    blob;
    /** It is one of those that send now. */
    hasTurn = false;
    #newHash;
    #turns;
    #mayResume;
    #isOnTheWay;
    #sent = 0;

    /** `about` has name, and maybe folder and path. `newHash`: see hashing.js. `mayResume()` says whether the other end has proved who it
     *  is, `isOnTheWay()` how many bytes of all files are. */
    constructor(id, file, { name, folder, path }, { port, newHash, turns, mayResume, isOnTheWay }) {
        const offer = offerOf(id, { name, size: file.size, type: file.type, modified: timeOf(file), folder: folder?.id, path });
        super(offer, port, folder);
        this.blob = file;
        this.#newHash = newHash;
        this.#turns = turns;
        this.#mayResume = mayResume;
        this.#isOnTheWay = isOnTheWay;
        port.sendControl(offer);
    }

    /** Bytes on the way that the receiver has not saved yet. */
    get unacknowledged() {
        return this.isOver ? 0 : this.#sent - this.moved;
    }

    receiveChunk() {
        this.fail("broken", "broken");
    }

    receiveControl(message) {
        if (super.receiveControl(message)) return true;
        switch (message.kind) {
            case "accept":
                if (this.state === "offered") this.#accepted(message.from ?? 0);
                return true;
            case "decline":
                if (this.state === "offered") this.end("declined", message.reason);
                return true;
            case "ack":
                if (message.received < this.moved || message.received > this.#sent) this.fail("broken", "broken");
                else this.moved = message.received;
                this.changed();
                return true;
            case "result":
                if (this.state !== "checking") this.fail("broken", "broken");
                else if (message.intact) this.#arrived();
                else this.end("failed", "damaged");
                return true;
            default:
                return false;
        }
    }

    #accepted(from) {
        if (from > this.size || (from > 0 && !this.#mayResume())) {
            this.fail("broken", "broken");
            return;
        }
        this.resumedFrom = from;
        this.#sent = from;
        this.moved = from;
        this.#become("waiting");
    }

    /** Sends the accepted file, from its first turn on. Settled when all of it is sent, or the transfer is over; never rejected. */
    async send() {
        this.#become("moving");
        const hash = this.#newHash();
        try {
            // What the receiver has already is read for the hash alone.
            for (let at = 0; at < this.size; ) {
                const end = Math.min(at + READ_SIZE, at < this.resumedFrom ? this.resumedFrom : this.size);
                const block = await this.#read(at, end);
                await Promise.all([hash.update([block]), at < this.resumedFrom ? undefined : this.#sendBlock(block)]);
                if (this.isOver) return;
                at = end;
            }
            const sha256 = await hash.hex();
            if (this.isOver) return;
            this.port.sendControl({ kind: "end", id: this.id, sha256 });
            this.#become("checking");
        } catch (error) {
            this.fail("broken", "broken", error);
        } finally {
            hash.drop();
        }
    }

    async #sendBlock(block) {
        for (let at = 0; at < block.length && !this.isOver; at += this.port.chunkSize) {
            const chunk = block.subarray(at, at + this.port.chunkSize);
            await this.#turns.take(() => this.isOver || this.#maySend(chunk.length), () => this.#sendChunk(chunk));
        }
    }

    #maySend(length) {
        return this.hasTurn && !this.isPaused && this.unacknowledged + length <= WINDOW && this.#isOnTheWay() + length <= WINDOW_OF_ALL;
    }

    #sendChunk(chunk) {
        if (this.isOver) return;
        this.port.sendChunk(this.id, chunk);
        this.#sent += chunk.length;
    }

    /** The file's bytes. If the file has been changed or removed since it was chosen: none, and the transfer is over. */
    async #read(start, end) {
        let cause;
        try {
            const bytes = new Uint8Array(await this.blob.slice(start, end).arrayBuffer());
            if (bytes.length === end - start) return bytes;
        } catch (error) {
            // A file that cannot be read and one that has become shorter are the same to the receiver.
            cause = error;
        }
        this.fail("unreadable", "unreadable", cause);
        return new Uint8Array();
    }

    #arrived() {
        this.moved = this.size;
        this.end("done");
    }

    #become(state) {
        this.state = state;
        this.changed();
    }
}

/** Undefined for a Blob, which has none, and for a time before 1970. */
function timeOf({ lastModified }) {
    return Number.isSafeInteger(lastModified) && lastModified >= 0 ? lastModified : undefined;
}
