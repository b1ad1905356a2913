// The receiving end of a mailbox: each item is handed over once, and acknowledged when the program is done with it.

import { SignalingError } from "./errors.js";
import { ItemLoop } from "./item-loop.js";
import { Timers } from "./timers.js";
import { wire } from "./wire.js";

/** Items that arrive within this time are acknowledged together. */
const ACK_DELAY_MS = 20;
/** What no mailbox holds, so that no honest server delivers it before any of it is acknowledged. */
const MAX_UNTAKEN = 1_000_000;

export class Inbox {
    #connection;
    #deliver;
    #failed;
    /** The server's name for the mailbox, which shows after a restart that the mailbox is a new one. Empty before the first connection. */
    #mailbox = "";
    /** The highest number that has arrived, and the highest that the program is done with. */
    #arrived = 0;
    #taken = 0;
    /** Items that wait for `items()`. Undefined until it is first called: then each item is taken as soon as it is delivered. */
    #queue;
    /** The one that is running. */
    #loop;
    #isOver = false;
    #error;
    #timers = new Timers();

    /** `deliver` is called with each item, in order, `failed` when the server delivers too many. */
    constructor(connection, deliver, failed) {
        this.#connection = connection;
        this.#deliver = deliver;
        this.#failed = failed;
    }

    hello() {
        return wire.hello(this.#mailbox, this.#taken);
    }

    /** The connection is open. Returns whether the mailbox is the same as on the connection before. */
    opened({ id, deliveredUpTo }) {
        const resumed = id === this.#mailbox;
        if (!resumed) {
            this.#mailbox = id;
            this.#arrived = this.#taken = deliveredUpTo;
        }
        // Taken after `hello` was sent, or acknowledged on a connection that had died.
        if (this.#taken > deliveredUpTo) this.#acknowledge(this.#taken);
        return resumed;
    }

    lost() {
        this.#timers.stop("ack");
    }

    receive({ seq, payload }) {
        if (seq <= this.#arrived) return;
        if (this.#queue?.length >= MAX_UNTAKEN) {
            return this.#failed(new SignalingError("protocol_error", `the server delivered ${MAX_UNTAKEN} items that are not acknowledged`));
        }
        this.#arrived = seq;
        const item = { seq, payload };
        const isQueued = this.#queue !== undefined;
        this.#queue?.push({ item, mailbox: this.#mailbox });
        this.#loop?.advance();
        this.#deliver(item);
        if (!isQueued) this.#acknowledge(seq);
    }

    /** A loop over the items, one at a time. */
    items(signal) {
        // Here and not when the first item is asked for: items that arrive until then are for the loop too.
        this.#queue ??= [];
        return new ItemLoop(this, signal);
    }

    enter(loop) {
        if (this.#loop !== undefined) throw new TypeError("another loop over items() is running");
        this.#loop = loop;
    }

    leave() {
        this.#loop = undefined;
    }

    get first() { return this.#queue[0]?.item; }
    get isOver() { return this.#isOver; }
    get error() { return this.#error; }

    /** The loop is done with the first item. */
    take() {
        const { item, mailbox } = this.#queue.shift();
        if (mailbox === this.#mailbox) this.#acknowledge(item.seq);
    }

    /** The session ends, with an error or without: sends the acknowledgement that is due, and ends the loop over `items()`. */
    end(error) {
        if (this.#timers.has("ack")) this.#sendAcknowledgement();
        this.#timers.stop("ack");
        this.#isOver = true;
        this.#error = error;
        this.#loop?.advance();
    }

    #acknowledge(seq) {
        this.#taken = seq;
        if (!this.#connection.isOpen || this.#timers.has("ack")) return;
        this.#timers.start("ack", ACK_DELAY_MS, () => this.#sendAcknowledgement());
    }

    #sendAcknowledgement() {
        this.#connection.send(wire.delivered(this.#taken));
    }
}
