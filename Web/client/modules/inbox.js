// The receiving end of a mailbox: each item is handed over once, and acknowledged when the program is done with it.

import { Timers } from "./timers.js";
import { wire } from "./wire.js";

/** Items that arrive within this time are acknowledged together. */
const ACK_DELAY_MS = 20;

export class Inbox {
    #connection;
    #deliver;
    /** The server's name for the mailbox, which shows after a restart that the mailbox is a new one. Empty before the first connection. */
    #mailbox = "";
    /** The highest number that has arrived, and the highest that the program is done with. */
    #arrived = 0;
    #taken = 0;
    /** Items that wait for `items()`. Undefined until it is first called: then each item is taken as soon as it is delivered. */
    #queue;
    #isLooping = false;
    #itemCame = () => {};
    #isOver = false;
    #error;
    #timers = new Timers();

    /** `deliver` is called with each item, in order. */
    constructor(connection, deliver) {
        this.#connection = connection;
        this.#deliver = deliver;
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
        this.#arrived = seq;
        const item = { seq, payload };
        const isQueued = this.#queue !== undefined;
        this.#queue?.push({ item, mailbox: this.#mailbox });
        this.#itemCame();
        this.#deliver(item);
        if (!isQueued) this.#acknowledge(seq);
    }

    items() {
        // Here and not in the generator, which begins only when its first item is asked for: items that arrive until then are for it too.
        this.#queue ??= [];
        return this.#eachItem();
    }

    async *#eachItem() {
        if (this.#isLooping) throw new TypeError("another loop over items() is running");
        this.#isLooping = true;
        try {
            while (!this.#isOver) {
                const next = this.#queue[0];
                if (next === undefined) {
                    await new Promise((resolve) => { this.#itemCame = resolve; });
                    continue;
                }
                yield next.item;
                // The next item was asked for. A loop that is left does not get here, and the next loop begins with the same item.
                this.#queue.shift();
                if (next.mailbox === this.#mailbox) this.#acknowledge(next.item.seq);
            }
            if (this.#error !== undefined) throw this.#error;
        } finally {
            this.#isLooping = false;
        }
    }

    /** The session ends, with an error or without: sends the acknowledgement that is due, and ends the loop over `items()`. */
    end(error) {
        if (this.#timers.has("ack")) this.#sendAcknowledgement();
        this.#timers.stop("ack");
        this.#isOver = true;
        this.#error = error;
        this.#itemCame();
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
