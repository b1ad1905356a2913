// One side's WebSocket to the server, opened again after each drop.

import { SignalingError } from "./errors.js";
import { endpoint, whyNoWebSocket } from "./http.js";
import { isUUID, randomID } from "./identifiers.js";
import { byteLength } from "./limits.js";
import { watchNetwork } from "./network.js";
import { reconnection } from "./reconnection.js";
import { Timers } from "./timers.js";
import { wire } from "./wire.js";

/** From the attempt to the server's response to `hello`. */
const OPEN_LIMIT_MS = 10_000;
/** After the network has changed, something has to arrive within this time, since the connection may have died with the old network. */
const PROBE_LIMIT_MS = 5_000;
/** After a connection that lasted this long, attempts are counted from 1 again. */
const STABLE_MS = 5_000;
/** Frames kept until the response to `hello`: more than a mailbox and the frames held for a side at the server's default limits. */
const MAX_EARLY = 4096;

/** Throws unless it is a side of a room, with a session's name and perhaps a token. */
export function requirePlace({ appID, side, token, session }) {
    if (side !== "A" && side !== "B") throw new TypeError('side must be "A" or "B"');
    if (typeof session !== "string" || session === "" || byteLength(session) > 256) {
        throw new TypeError("session must be a string of 1 to 256 bytes");
    }
    if (token !== undefined && typeof token !== "string") throw new TypeError("token must be a string");
    if (!isUUID(appID)) throw new SignalingError("room_invalid", "appID is not a UUID");
}

/** Connects, says `hello`, and is open once the server has responded with a `mailbox` frame. `start` is given the functions that it calls:
 *
 *    greeting()                              returns the text of `hello`
 *    opened(mailbox)                         it is open; `mailbox` is the frame
 *    received(frame)                         any other frame; never before `opened`
 *    lost()                                  the socket is gone
 *    retrying({ attempt, delayMs, reason })  the next attempt begins after `delayMs`
 *    failed(error)                           there will be no further attempt; the caller still has to close it
 */
export class ServerConnection {
    #base;
    #url;
    #appID;
    #side;
    #sid;
    #giveUpAfterMs;
    #handlers;

    #state = "connecting";
    #socket;
    #timers = new Timers();
    /** Aborted by close(): ends listeners and requests. */
    #life = new AbortController();

    #attempt = 0;
    #hasBeenOpen = false;
    /** Why the last socket ended, or the last attempt failed. */
    #lastFailure;
    /** The delay that a `going_away` frame has named, for the next attempt only. */
    #goingAwayMs;
    /** The server has named the time of the next attempt, so it is not made earlier when the network is back. */
    #mustWait = false;
    /** Frames that came before the response to `hello`, which says what their numbers mean. */
    #early = [];

    constructor({ base, appID, side, token, session = randomID(), giveUpAfterMs = 120_000 }) {
        requirePlace({ appID, side, token, session });
        this.#base = base;
        this.#url = endpoint(base, `/ws?${new URLSearchParams({ appID, side, sid: session, ...(token && { token }) })}`);
        this.#url.protocol = this.#url.protocol.replace("http", "ws");
        this.#appID = appID;
        this.#side = side;
        this.#sid = session;
        this.#giveUpAfterMs = giveUpAfterMs;
    }

    get appID() { return this.#appID; }
    get side() { return this.#side; }
    get sid() { return this.#sid; }
    /** "connecting", "open", "waiting" (for the next attempt) or "closed". */
    get state() { return this.#state; }
    get isOpen() { return this.#state === "open"; }
    get bufferedAmount() { return this.#socket.bufferedAmount; }

    start(handlers) {
        this.#handlers = handlers;
        watchNetwork(() => this.#check(), this.#life.signal);
        globalThis.document?.addEventListener("visibilitychange", () => {
            if (document.visibilityState === "visible") this.#check();
        }, { signal: this.#life.signal });
        this.#connect();
    }

    /** Only while it is open. */
    send(text) {
        this.#socket.send(text);
    }

    /** Why it is not open; undefined while it is. */
    whyAbsent() {
        if (this.isOpen) return undefined;
        return this.#lastFailure ?? new SignalingError("server_unreachable", `no answer from ${this.#url.host}`);
    }

    close() {
        this.#state = "closed";
        this.#timers.stopAll();
        this.#life.abort();
        if (!this.#socket) return;
        this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
        this.#socket.close(1000);
    }

    #connect() {
        this.#state = "connecting";
        this.#mustWait = false;
        const socket = new WebSocket(this.#url);
        socket.binaryType = "arraybuffer";
        this.#socket = socket;
        this.#early = [];
        let wasUpgraded = false;
        socket.onopen = () => {
            wasUpgraded = true;
            this.#greet();
        };
        socket.onmessage = ({ data }) => this.#receive(data);
        socket.onclose = async ({ code, reason }) => {
            this.#forgetSocket();
            if (wasUpgraded) return this.#comeBack(reconnection.errorOfClose(code, reason));
            const cause = await whyNoWebSocket(this.#url, this.#base, this.#life.signal);
            if (this.#state !== "closed") this.#comeBack(cause);
        };
        this.#timers.start("open", OPEN_LIMIT_MS, () => this.#drop("the server did not answer"));
        this.#limitAbsence();
    }

    #limitAbsence() {
        if (this.#timers.has("giveUp")) return;
        const giveUp = () => this.#handlers.failed(this.whyAbsent());
        this.#timers.startAwake("giveUp", this.#giveUpAfterMs, OPEN_LIMIT_MS, giveUp, () => this.#check());
    }

    /** From now on it tries for ever. */
    persist() {
        this.#giveUpAfterMs = Infinity;
        this.#timers.stop("giveUp");
    }

    #greet() {
        this.#socket.send(this.#handlers.greeting());
    }

    /** Leaves a connection that may be dead, without waiting for its closing handshake. */
    #drop(message) {
        const socket = this.#socket;
        this.#forgetSocket();
        socket.close();
        this.#comeBack(new SignalingError("unresponsive", message));
    }

    #forgetSocket() {
        this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
        this.#socket = undefined;
        this.#state = "waiting";
        for (const name of ["open", "stable", "probe"]) this.#timers.stop(name);
        this.#handlers.lost();
    }

    #comeBack(cause) {
        this.#lastFailure = cause;
        // The server has let this origin in before, so it is probably a proxy that refuses now, and only for a while.
        const wasLetIn = cause.code === "origin_refused" && this.#hasBeenOpen;
        if (!reconnection.comesBack(cause) && !wasLetIn) return this.#handlers.failed(cause);
        this.#attempt += 1;
        this.#mustWait = this.#goingAwayMs !== undefined || cause.retryAfterMs !== undefined;
        const delayMs = Math.round(this.#goingAwayMs ?? (cause.retryAfterMs ?? 0) + reconnection.delayMs(this.#attempt));
        this.#goingAwayMs = undefined;
        this.#timers.start("retry", delayMs, () => this.#connect());
        this.#limitAbsence();
        this.#handlers.retrying({ attempt: this.#attempt, delayMs, reason: cause });
    }

    /** The network has changed, or the page is visible again: tries at once, or finds out whether the connection is still alive. */
    #check() {
        if (this.#timers.has("retry") && !this.#mustWait) {
            this.#timers.stop("retry");
            this.#connect();
        } else if (this.isOpen && !this.#timers.has("probe")) {
            // The server responds to each `hello`.
            this.#greet();
            this.#timers.start("probe", PROBE_LIMIT_MS, () => this.#drop("nothing came since the network changed"));
        }
    }

    #receive(data) {
        this.#timers.stop("probe");
        const frame = wire.parse(data);
        if (frame?.kind === "going_away") {
            this.#goingAwayMs = frame.reconnectAfterMs;
        } else if (frame?.kind === "mailbox") {
            if (!this.isOpen) this.#open(frame);
        } else if (frame && this.isOpen) {
            this.#handlers.received(frame);
        } else if (frame && this.#early.push(frame) > MAX_EARLY) {
            this.#drop("the server sent much and did not answer");
        }
    }

    #open(mailbox) {
        this.#state = "open";
        this.#hasBeenOpen = true;
        this.#timers.stop("open");
        this.#timers.stop("giveUp");
        this.#timers.start("stable", STABLE_MS, () => { this.#attempt = 0; });
        this.#handlers.opened(mailbox);
        // The handler of one of these frames may close the connection.
        for (const frame of this.#early.splice(0)) {
            if (this.isOpen) this.#handlers.received(frame);
        }
    }
}
