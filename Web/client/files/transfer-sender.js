// The sending end of a file's transfer.

import { Transfer } from "./transfer.js";
import { offerOf, WINDOW } from "./wire.js";

/** How much of a file is read at once. */
const READ_SIZE = 256 * 1024;

export class OutgoingTransfer extends Transfer {
    direction = "out";
    #file;
    #newHash;
    #sent = 0;
    #wake = () => {};

    /** `file` is a Blob. `newHash`: see hashing.js. */
    constructor(id, file, name, port, newHash) {
        const offer = offerOf(id, { name, size: file.size, type: file.type });
        super(offer, port);
        this.#file = file;
        this.#newHash = newHash;
        port.sendControl(offer);
    }

    /** Bytes on the way that the receiver has not saved yet. */
    get unacknowledged() {
        return this.#sent - this.moved;
    }

    receiveChunk() {
        this.fail("broken", "broken");
    }

    receiveControl(message) {
        if (super.receiveControl(message)) return true;
        switch (message.kind) {
            case "accept":
                if (this.state === "offered") this.#become("waiting");
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

    changed() {
        super.changed();
        this.wake();
    }

    /** Something has changed that send() may be waiting for. */
    wake() {
        this.#wake();
    }

    /** Sends the accepted file. Settled when the transfer is over, so that the receiver holds at most WINDOW bytes of all files; never
     *  rejected. */
    async send() {
        this.#become("moving");
        const hash = this.#newHash();
        try {
            while (this.#sent < this.size) {
                const block = await this.#read(this.#sent, Math.min(this.#sent + READ_SIZE, this.size));
                await Promise.all([hash.update([block]), this.#sendBlock(block)]);
                if (this.isOver) return;
            }
            const sha256 = await hash.hex();
            if (this.isOver) return;
            this.port.sendControl({ kind: "end", id: this.id, sha256 });
            this.#become("checking");
            await this.#until(() => false);
        } catch (error) {
            this.fail("broken", "broken", error);
        } finally {
            hash.drop();
        }
    }

    async #sendBlock(block) {
        for (let at = 0; at < block.length; at += this.port.chunkSize) {
            const chunk = block.subarray(at, at + this.port.chunkSize);
            await this.#until(() => !this.isPaused && this.port.hasRoom && this.unacknowledged + chunk.length <= WINDOW);
            if (this.isOver) return;
            this.port.sendChunk(this.id, chunk);
            this.#sent += chunk.length;
        }
    }

    /** The file's bytes. If the file has been changed or removed since it was chosen: none, and the transfer is over. */
    async #read(start, end) {
        let cause;
        try {
            const bytes = new Uint8Array(await this.#file.slice(start, end).arrayBuffer());
            if (bytes.length === end - start) return bytes;
        } catch (error) {
            // A file that cannot be read and one that has become shorter are the same to the receiver.
            cause = error;
        }
        this.fail("unreadable", "unreadable", cause);
        return new Uint8Array();
    }

    /** Waits for a condition, or for the transfer's end. */
    async #until(isTrue) {
        while (!this.isOver && !isTrue()) {
            await new Promise((resolve) => {
                this.#wake = resolve;
            });
        }
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
