// Two sides that pair through a server in memory, on a clock that the test moves. What the server does with frames is the test's.

import { FakePeerConnection } from "./fake-peer-connection.js";
import { APP_ID, answerRequests, turns } from "./sessions.js";
import { pair } from "./client.js";

const NOW = 1_000_000;
const CODE = "2802";
/** More than a pairing takes. */
const MOST_ROUNDS = 20;
const STEP_MS = 500;
const RELAYED = ["offer", "answer", "ice", "sender_ready"];
const LETTERS = "0123456789ABCDEF";

/** An RTCPeerConnection with a certificate of its own, which shows in its descriptions. */
export class CertifiedConnection extends FakePeerConnection {
    static all = [];

    static install(t) {
        super.install(t);
        CertifiedConnection.all = [];
        globalThis.RTCPeerConnection = CertifiedConnection;
    }

    /** The other side's descriptions, in the order in which they were applied. */
    applied = [];

    constructor(configuration) {
        super(configuration);
        this.fingerprint = Array(32).fill(`A${LETTERS[CertifiedConnection.all.length]}`).join(":");
        CertifiedConnection.all.push(this);
    }

    async setLocalDescription() {
        await super.setLocalDescription();
        const { type, sdp } = this.localDescription;
        this.localDescription = { type, sdp: `${sdp}\r\na=fingerprint:sha-256 ${this.fingerprint}\r\n` };
    }

    async setRemoteDescription(description) {
        await super.setRemoteDescription(description);
        this.applied.push(description);
    }

    /** Whether DTLS would accept the other one: its certificate is that of the description. */
    expects(other) {
        return this.remoteDescription?.sdp.includes(other.fingerprint) ?? false;
    }
}

/** The server: both sides' sockets, and what they and their requests have said. `between(frame, from)` returns what the other side gets of a
 *  frame: a list of frames. */
export class MemoryServer {
    sockets = {};
    frames = [];
    between = (frame) => [frame];

    constructor(t) {
        const server = this;
        CertifiedConnection.install(t);
        t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: NOW });
        t.mock.method(Math, "random", () => 0.5);
        const room = { appID: APP_ID, expiresAt: new Date(NOW + 600_000).toISOString(), expiresInMs: 600_000 };
        this.requests = answerRequests(t, {
            "/rendezvous/code": { body: { code: CODE, ...room } }, "/rendezvous/redeem": { body: room },
        });
        const real = globalThis.WebSocket;
        t.after(() => { globalThis.WebSocket = real; });
        globalThis.WebSocket = class {
            bufferedAmount = 0;

            constructor(url) {
                this.url = String(url);
                this.side = new URL(url).searchParams.get("side");
                queueMicrotask(() => this.onopen?.());
            }

            send(text) {
                server.heard(this, JSON.parse(text));
            }

            close() {
                server.left(this);
            }

            say(frame) {
                this.onmessage?.({ data: JSON.stringify(frame) });
            }
        };
    }

    heard(socket, frame) {
        this.frames.push({ from: socket.side, frame });
        if (frame.type === "hello") return queueMicrotask(() => this.#enter(socket));
        if (!RELAYED.includes(frame.type)) return;
        // Read when it arrives: a test may have changed what the server does meanwhile.
        queueMicrotask(() => {
            for (const relayed of this.between(frame, socket.side)) this.say(other(socket.side), relayed);
        });
    }

    #enter(socket) {
        const isNew = this.sockets[socket.side] !== socket;
        this.sockets[socket.side] = socket;
        socket.say({ type: "mailbox", id: "00000000000000a1", deliveredUpTo: 0 });
        if (isNew && this.sockets.A && this.sockets.B) for (const side of "AB") this.say(side, { type: "room_full" });
    }

    left(socket) {
        if (this.sockets[socket.side] !== socket) return;
        delete this.sockets[socket.side];
        this.say(other(socket.side), { type: "peer_left" });
    }

    say(side, frame) {
        this.sockets[side]?.say(frame);
    }

    /** The connection of a side breaks; it comes back by itself. */
    cut(side) {
        const socket = this.sockets[side];
        this.left(socket);
        socket.onclose?.({ code: 1006, reason: "" });
    }

    sent(side, type) {
        return this.frames.filter(({ from, frame }) => from === side && frame.type === type).map(({ frame }) => frame);
    }
}

/** One side, and what has become of it. */
export class Party {
    stages = [];
    link = undefined;
    error = undefined;
    minted = undefined;
    #waiting;

    constructor(options) {
        // That it waits in its room. The part of the client that verifies is read from the disk before that.
        const waits = new Promise((resolve) => { this.#waiting = resolve; });
        this.settled = pair({
            base: "http://server.test",
            onCode: (minted) => { this.minted = minted; },
            onProgress: (stage) => this.#begins(stage),
            ...options,
        }).then((link) => { this.link = link; }, (error) => { this.error = error; });
        this.entered = Promise.race([waits, this.settled]);
    }

    #begins(stage) {
        this.stages.push(stage);
        if (stage === "waiting") this.#waiting();
    }
}

export const other = (side) => (side === "A" ? "B" : "A");

/** Side A with a code, and who enters what `typed` makes of it. Both have had the time to say all that they say without waiting. */
export async function paired(t, { a = {}, b = {}, typed = ({ code }) => code, server = new MemoryServer(t) } = {}) {
    const first = new Party(a);
    t.after(() => first.link?.close());
    await first.entered;
    const second = new Party({ code: typed(first.minted), ...b });
    t.after(() => second.link?.close());
    await second.entered;
    await settle();
    return { server, a: first, b: second };
}

/** ... and their DTLS, which opens the channels if each has the other's description. */
export async function connected(t, options) {
    const all = await paired(t, options);
    meet(CertifiedConnection.all);
    await settle();
    return all;
}

export function meet([one, another]) {
    if (!one.expects(another) || !another.expects(one)) return false;
    for (const connection of [one, another]) {
        connection.becomes("connected");
        connection.opens();
    }
    return true;
}

export async function settle() {
    for (let round = 0; round < MOST_ROUNDS; round += 1) await turns();
}

/** In steps, as a timer that is started by another one counts from the end of a step. */
export async function pass(t, ms) {
    for (let left = ms; left > 0; left -= STEP_MS) {
        t.mock.timers.tick(Math.min(left, STEP_MS));
        await turns();
    }
    await settle();
}
