// All files that are sent and received over one channel.

import { TransferError } from "./errors.js";
import { backgroundHash, startHashing } from "./hashing.js";
import { IncomingTransfer } from "./transfer-receiver.js";
import { OutgoingTransfer } from "./transfer-sender.js";
import { MAX_OPEN } from "./wire.js";

/** How many finished transfers are listed; beyond that, the oldest is removed. */
const MAX_OVER = 100;

/** Events: `added` and `removed`, with the transfer as detail; `closed`, when the channel is. */
export class Transfers extends EventTarget {
    #port;
    #newHash;
    #nextId;
    #isSending = false;
    /** By id, in the order in which they began. */
    #all = new Map();

    /** The two ends have different sides. `newHash` makes a hash as hashing.js describes it. */
    constructor(port, side, newHash = backgroundHash) {
        super();
        if (newHash === backgroundHash) startHashing();
        this.#port = port;
        this.#newHash = newHash;
        this.#nextId = side === "A" ? 1 : 2;
        port.addEventListener("control", ({ detail }) => this.#receiveControl(detail));
        port.addEventListener("chunk", ({ detail }) => this.#live(detail.id)?.receiveChunk(detail.bytes));
        port.addEventListener("room", () => {
            for (const transfer of this.#open("out")) transfer.wake();
        });
        port.addEventListener("closed", () => {
            for (const transfer of this.#all.values()) transfer.fail("closed");
            this.dispatchEvent(new Event("closed"));
        });
    }

    /** For what else goes over the channel. */
    get port() { return this.#port; }

    /** Those that are under way, and the newest of those that are over. */
    get all() { return [...this.#all.values()]; }

    /** Whether closing the channel now would interrupt a transfer. */
    get isBusy() {
        return [...this.#all.values()].some(({ state }) => ["waiting", "moving", "checking"].includes(state));
    }

    /** Offers a file to the other side. Files are sent one after the other. */
    send(file, { name = file.name ?? "file" } = {}) {
        if (!this.#port.isOpen) throw new TransferError("closed");
        if (this.#open("out").length >= MAX_OPEN) throw new TransferError("too_many");
        const transfer = new OutgoingTransfer(this.#nextId, file, name, this.#port, this.#newHash);
        this.#nextId += 2;
        transfer.addEventListener("change", () => this.#sendNext());
        this.#add(transfer);
        return transfer;
    }

    /** Offers as many of the files as there is room for. Returns the others. */
    offer(files) {
        const room = Math.max(0, MAX_OPEN - this.#open("out").length);
        for (const file of [...files].slice(0, room)) this.send(file);
        return [...files].slice(room);
    }

    /** Ends the transfers at both ends, with the channel. */
    close() {
        this.#port.close();
    }

    /** Removes a finished transfer from the list. */
    remove(transfer) {
        this.#all.delete(transfer.id);
        this.dispatchEvent(new CustomEvent("removed", { detail: transfer }));
    }

    #open(direction) {
        return [...this.#all.values()].filter((transfer) => transfer.direction === direction && !transfer.isOver);
    }

    #add(transfer) {
        const over = [...this.#all.values()].filter(({ isOver }) => isOver);
        for (const old of over.slice(0, Math.max(0, over.length - MAX_OVER + 1))) this.remove(old);
        this.#all.set(transfer.id, transfer);
        this.dispatchEvent(new CustomEvent("added", { detail: transfer }));
    }

    #receiveControl(message) {
        if (message.kind === "offer") this.#receiveOffer(message);
        else this.#live(message.id)?.receiveControl(message);
    }

    /** After a transfer has ended here, messages about it may still come from the other end, and chunks may be on the way. */
    #live(id) {
        const transfer = this.#all.get(id);
        return transfer?.isOver ? undefined : transfer;
    }

    #receiveOffer(offer) {
        const isOurs = offer.id % 2 === this.#nextId % 2;
        if (isOurs || this.#all.has(offer.id)) {
            this.#port.sendControl({ kind: "cancel", id: offer.id, reason: "broken" });
            return;
        }
        const transfer = new IncomingTransfer(offer, this.#port, this.#newHash);
        if (this.#open("in").length >= MAX_OPEN) transfer.decline("too_many");
        else this.#add(transfer);
    }

    async #sendNext() {
        if (this.#isSending) return;
        this.#isSending = true;
        for (let next = this.#firstWaiting(); next !== undefined; next = this.#firstWaiting()) await next.send();
        this.#isSending = false;
    }

    #firstWaiting() {
        return this.#open("out").find(({ state }) => state === "waiting");
    }
}
