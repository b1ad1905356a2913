// A session: one side's place in a room, kept across connections.

import { SignalingError } from "./errors.js";
import { Inbox } from "./inbox.js";
import { BoundedQueue, sizeWithin } from "./limits.js";
import { Outbox } from "./outbox.js";
import { ServerConnection } from "./server-connection.js";
import { RELAYED, wire } from "./wire.js";

const MAX_SIGNALS = { count: 256, bytes: 1 << 20 };
/** What a report to the server may hold, in the order in which it is sent. */
const REPORTED = [
    "mode", "reason", "candidates", "remote", "servers", "selected", "errors", "pairs", "dtls", "ice", "elapsedMs", "resumed",
];

export function connect({ signal, maxMessageBytes, ...place }) {
    signal?.throwIfAborted();
    return new SignalingSession(new ServerConnection(place), { signal, maxMessageBytes });
}

export class SignalingSession extends EventTarget {
    #connection;
    #maxMessageBytes;
    #inbox;
    #outbox;
    /** Relayed frames that wait for a connection. */
    #signals = new BoundedQueue(MAX_SIGNALS);
    #peerPresent = false;
    /** Why the session has ended. */
    #error;
    /** Aborted at the end, and the listeners with it. */
    #life = new AbortController();

    /** Starts the connection, and closes it at its end. */
    constructor(connection, { signal, maxMessageBytes = 1 << 20 } = {}) {
        super();
        this.#connection = connection;
        this.#maxMessageBytes = maxMessageBytes;
        this.#inbox = new Inbox(connection, (item) => this.#emit("item", item), (error) => this.#end(error));
        this.#outbox = new Outbox(connection, maxMessageBytes);
        signal?.addEventListener("abort", () => this.#end(signal.reason), { signal: this.#life.signal });
        connection.start({
            greeting: () => this.#inbox.hello(),
            opened: (mailbox) => this.#opened(mailbox),
            received: (frame) => this.#received(frame),
            lost: () => this.#lost(),
            retrying: (detail) => this.#emit("reconnecting", detail),
            failed: (error) => this.#end(error),
        });
    }

    get state() { return this.#connection.state; }
    get appID() { return this.#connection.appID; }
    get side() { return this.#connection.side; }
    get session() { return this.#connection.sid; }
    get peerPresent() { return this.#peerPresent; }

    signal(message) {
        if (!RELAYED.includes(message?.type)) throw new TypeError(`only ${RELAYED.join(", ")} are relayed`);
        if (this.state === "closed") throw this.#closedError();
        const text = wire.relay(message);
        const bytes = sizeWithin(this.#maxMessageBytes, text);
        if (!this.#connection.isOpen) {
            this.#signals.add(Symbol(), text, bytes);
        } else if (this.#connection.bufferedAmount > MAX_SIGNALS.bytes) {
            throw new SignalingError("queue_full", "the connection takes no more at the moment");
        } else {
            this.#connection.send(text);
        }
    }

    async send(payload, { to = this.side === "A" ? "B" : "A", signal } = {}) {
        signal?.throwIfAborted();
        if (to !== "A" && to !== "B") throw new TypeError('to must be "A" or "B"');
        if (JSON.stringify(payload) === undefined) throw new TypeError("payload must be a JSON value");
        if (this.state === "closed") throw this.#closedError();
        await this.#outbox.send(to, payload, signal);
    }

    items({ signal } = {}) {
        return this.#inbox.items(signal);
    }

    telemetry(event, detail = {}) {
        if (!this.#connection.isOpen) return;
        this.#connection.send(wire.telemetry(event, Object.fromEntries(REPORTED.map((name) => [name, detail[name]]))));
    }

    close() {
        this.#end();
    }

    #opened(mailbox) {
        const resumed = this.#inbox.opened(mailbox);
        this.#outbox.opened();
        for (const text of this.#signals.removeAll()) this.#connection.send(text);
        this.#emit("open", { resumed });
    }

    #received(frame) {
        switch (frame.kind) {
            case "paired":
                this.#peerPresent = true;
                return this.#emit("paired");
            case "peerleft":
                this.#peerPresent = false;
                return this.#emit("peerleft");
            case "diagnosis": {
                const { kind, ...diagnosis } = frame;
                return this.#emit(kind, diagnosis);
            }
            case "signal":
                return this.#emit("signal", frame.message);
            case "item":
                return this.#inbox.receive(frame);
            case "accepted":
                return this.#outbox.accepted(frame);
            case "refused":
                if (frame.ref !== undefined) return this.#outbox.refused(frame);
                return this.#emit("refused", { code: frame.code, message: frame.message });
        }
    }

    #lost() {
        this.#peerPresent = false;
        this.#inbox.lost();
    }

    #end(error) {
        if (this.state === "closed") return;
        this.#error = error;
        this.#peerPresent = false;
        this.#inbox.end(error);
        this.#connection.close();
        this.#life.abort();
        this.#outbox.end(this.#closedError());
        this.#emit("closed", error === undefined ? {} : { error });
    }

    #closedError() {
        return this.#error ?? new SignalingError("closed", "the session was closed");
    }

    #emit(type, detail = null) {
        this.dispatchEvent(new CustomEvent(type, { detail }));
    }
}
