// The client of nt-backend-wrtc for browsers and, but for pair(), for Node 22 and newer. docs/javascript.md describes it, signaling.d.ts
// has its types. One file without dependencies, so that one <script type="module"> is all it takes to have it. From top to bottom:
//
//   1. Wire         frames, close codes and error codes, as Fixtures/wire has them
//   2. Errors       what can go wrong, and what to do about it
//   3. Reconnection when to come back, and when not to
//   4. HTTP         createCode, redeemCode, and why a request or an upgrade failed
//   5. Session      connect: one side's place in a room, across drops
//   6. Negotiation  offers, answers and candidates (perfect negotiation)
//   7. Link         pair: two browsers and a data channel
//   8. Small tools

// 1. Wire ----------------------------------------------------------------------------------------------------------------------

/** Every close code of the server: its reason text, and the error that it is to a session. */
const CLOSES = {
    1000: { reason: "", error: "server_unreachable" }, // The server only repeats a client's own: somebody in between has closed.
    1001: { reason: "going away", error: "server_draining" },
    1002: { reason: "protocol error", error: "protocol_error" },
    1007: { reason: "not UTF-8", error: "protocol_error" },
    1008: { reason: "side busy", error: "side_busy" },
    1009: { reason: "message too big", error: "message_too_big" },
    1013: { reason: "server full", error: "server_full", retryAfterMs: 10_000 },
    4001: { reason: "replaced", error: "replaced" },
    4002: { reason: "unresponsive", error: "unresponsive" },
    4008: { reason: "slow consumer", error: "slow_consumer" },
};

const RELAYED = ["offer", "answer", "ice", "sender_ready"];
/** Nesting that the server takes; the frame itself is 1. */
const MAX_DEPTH = 128;

export const wire = {
    closeCodes: Object.entries(CLOSES).map(([code, { reason }]) => ({ code: Number(code), reason })),
    errorCodes: ["invalid_json", "missing_type", "unknown_type", "invalid_field", "peer_absent", "mailbox_full", "rate_limited"],

    hello: (mailbox, deliveredUpTo) => JSON.stringify({ type: "hello", mailbox, deliveredUpTo }),
    send: (to, payload, ref) => JSON.stringify({ type: "send", to, payload, ref }),
    delivered: (upTo) => JSON.stringify({ type: "delivered", upTo }),
    telemetry: (event, detail) => JSON.stringify({ type: "telemetry", event, ...detail }),
    relay: (message) => JSON.stringify(message),

    /** What a message says; undefined for what a later version may mean by it. A peer's binary messages are relayed as binary. */
    parse(data) {
        let frame;
        try {
            frame = JSON.parse(typeof data === "string" ? data : new TextDecoder().decode(data));
        } catch {
            return undefined;
        }
        if (typeof frame?.type !== "string") return undefined;
        const type = frame.type.toLowerCase();
        const { seq, payload, id, deliveredUpTo, ref, code, message, reconnectAfterMs } = frame;
        if (RELAYED.includes(type)) return { kind: "signal", message: { ...frame, type } };
        if (type === "room_full") return { kind: "paired" };
        if (type === "peer_left") return { kind: "peerleft" };
        if ((type === "send" || type === "deliver") && isCount(seq) && payload !== undefined) return { kind: "item", seq, payload };
        if (type === "mailbox" && typeof id === "string" && isCount(deliveredUpTo)) return { kind: "mailbox", id, deliveredUpTo };
        if (type === "accepted" && isCount(ref)) return { kind: "accepted", ref };
        if (type === "error" && typeof code === "string") return { kind: "refused", code, message: String(message ?? ""), ref };
        if (type === "going_away" && isCount(reconnectAfterMs)) return { kind: "going_away", reconnectAfterMs };
        return undefined;
    },
};

function isCount(value) {
    return Number.isInteger(value) && value >= 0;
}

// 2. Errors --------------------------------------------------------------------------------------------------------------------

const ADVICE = {
    code_malformed: "Type the code again: it has 4 to 8 digits.",
    code_gone: "The code was used, has expired or never was. Ask the other side for a new one.",
    too_many_guesses: "Too many wrong codes came from here. Wait, then check the code before trying again.",
    no_code_free: "The server has no code left at the moment. Try again later.",
    rate_limited: "The server has had too many requests from here. Wait, then try again.",
    origin_refused: "The server does not let this page in. Its operator allows a page's origin with CORS_ORIGINS.",
    server_full: "The server has as many connections as it may. Try again later.",
    server_draining: "The server is restarting. Try again in a moment.",
    server_unreachable: "Check the network and the server's address. A page on https needs a server on https.",
    server_error: "The server, or a proxy before it, gave an unexpected answer. Try again later; if that does not help, tell its operator.",
    upgrade_refused: "The server answers, but no WebSocket comes about. A proxy may not pass upgrades on, or not allow this page's origin.",
    room_invalid: "The room's name must be a UUID, such as createCode and redeemCode give.",
    side_busy: "Somebody else has this side of the room. Ask for a new code, or close the other one.",
    replaced: "Another window or device has taken this place over. Go on there, or begin anew here.",
    unresponsive: "The connection has died. Check the network.",
    slow_consumer: "This device did not keep up with what was sent to it. Send less, or slower.",
    mailbox_full: "The mailbox is full until the other side has fetched something. Wait, then send again.",
    message_too_big: "Send it in smaller pieces, or over the data channel.",
    queue_full: "Too much is waiting to be sent. Wait until earlier sends have settled.",
    protocol_error: "Client and server, or both clients, do not understand each other. Update them to versions that fit.",
    closed: "The session was closed here. Begin a new one.",
    peer_left: "The other side has gone. Ask for a new code to connect again.",
    peer_never_came: "The other side did not come in time. Make a new code and pass it on, or ask for one.",
    no_route: "No way between the two devices was found.",
    ice_servers_invalid: "The browser does not take a STUN or TURN server's address, user name or password. Check them. No code was spent.",
    ice_servers_unavailable: "The list of STUN and TURN servers could not be fetched. Try again.",
    unsupported: "This browser has no WebRTC, or it is turned off. Use another one.",
};

export class SignalingError extends Error {
    constructor(code, message, { retryAfterMs, cause } = {}) {
        super(message, cause === undefined ? undefined : { cause });
        this.name = new.target.name;
        this.code = code;
        this.advice = ADVICE[code];
        if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
    }
}

export class NoRouteError extends SignalingError {
    constructor(message, local, remote) {
        const list = (kinds) => kinds.map(({ type, protocol }) => `${type}/${protocol}`).join(", ") || "none";
        super("no_route", `${message}; candidates here: ${list(local)}; of the other side: ${list(remote)}`);
        this.local = local;
        this.remote = remote;
        if (local.length === 0) {
            this.advice = "This device offered no network address. Check its network; where only relays are allowed, its TURN server.";
        } else if (remote.length === 0) {
            this.advice = "The other device offered no network address. Check its network; where only relays are allowed, its TURN server.";
        } else if ([...local, ...remote].every(({ type }) => type !== "relay")) {
            this.advice = "A firewall or NAT is in the way. Put both devices on one network, or pass a TURN server in iceServers.";
        } else {
            this.advice = "Not even the TURN server made a way. Check its address, its credentials, and that both devices reach it.";
        }
    }
}

// 3. Reconnection --------------------------------------------------------------------------------------------------------------

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 20_000;

/** Errors that coming back would only repeat. */
const FINAL = new Set(["room_invalid", "origin_refused", "side_busy", "replaced", "message_too_big", "protocol_error"]);

export const reconnection = {
    /** Full jitter: any time up to a limit that doubles, so that clients which lost one server do not come back in step. */
    delayMs: (attempt, random = Math.random) => random() * Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1)),

    /** A code that is not in the table comes from somebody in between, or from nobody (1006). */
    errorOfClose(code, reason) {
        const { error = "server_unreachable", retryAfterMs } = CLOSES[code] ?? {};
        return new SignalingError(error, `the connection was closed: ${code}${reason && ` ${reason}`}`, { retryAfterMs });
    },

    comesBack: (error) => !FINAL.has(error.code),
};

// 4. HTTP ----------------------------------------------------------------------------------------------------------------------

const REQUEST_LIMIT_MS = 15_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export async function createCode(base, { ttl, signal } = {}) {
    if (ttl !== undefined && !(ttl > 0 && Number.isFinite(ttl))) throw new TypeError("ttl must be a number of seconds above 0");
    // Without a content type of its own the request is a simple one, which spares browsers the preflight.
    const response = await request(base, "/rendezvous/code", { method: "POST", body: ttl && JSON.stringify({ ttl }) }, signal);
    if (response.ok) return roomOf(response, ["code"]);
    throw refusal(response, {
        429: "rate_limited",
        503: response.status === 503 && (await isReady(base, signal)) ? "no_code_free" : "server_draining",
    });
}

export async function redeemCode(base, code, { signal } = {}) {
    if (!/^[0-9]{4,8}$/.test(code)) throw new SignalingError("code_malformed", "a code is a string of 4 to 8 digits");
    const headers = { "Content-Type": "application/json" };
    const response = await request(base, "/rendezvous/redeem", { method: "POST", headers, body: JSON.stringify({ code }) }, signal);
    if (response.ok) return roomOf(response, []);
    throw refusal(response, { 400: "code_malformed", 410: "code_gone", 429: "too_many_guesses", 503: "server_draining" });
}

function roomOf({ url, body }, members) {
    const answer = body ?? {};
    const expiresAt = new Date(answer.expiresAt);
    if (!UUID.test(answer.appID) || Number.isNaN(expiresAt.getTime()) || members.some((name) => typeof answer[name] !== "string")) {
        throw new SignalingError("protocol_error", `${url} did not answer as nt-backend-wrtc does`);
    }
    return { ...Object.fromEntries(members.map((name) => [name, answer[name]])), appID: answer.appID, expiresAt };
}

/** Why an upgrade failed, which a browser keeps from the page: the same address, asked without an upgrade, is answered with the reason. */
async function whyNoWebSocket(url, base, signal) {
    try {
        const response = await request(base, `/ws${url.search}`, {}, signal);
        return refusal(response, {
            400: "room_invalid",
            403: "origin_refused",
            426: "upgrade_refused", // The server itself would have granted it.
            429: "rate_limited",
            503: response.status === 503 && (await isReady(base, signal)) ? "server_full" : "server_draining",
        });
    } catch (error) {
        return error;
    }
}

/** An answer with its body, which is to come within the time too: the JSON value in it, or null. */
async function request(base, path, init, signal) {
    const url = endpoint(base, path);
    let response;
    try {
        return await within(REQUEST_LIMIT_MS, signal, async (signal) => {
            response = await fetch(url, { ...init, cache: "no-store", signal });
            const { ok, status, statusText, headers } = response;
            return { url: response.url, ok, status, statusText, headers, body: jsonOf(await response.text()) };
        });
    } catch (cause) {
        signal?.throwIfAborted();
        // A browser that keeps an answer from a page does so at once, and before any of it.
        const isKept = response === undefined && cause.name !== "TimeoutError" && (await isKeptFromPage(url, signal));
        const code = isKept ? "origin_refused" : "server_unreachable";
        throw new SignalingError(code, `no answer from ${url.origin}: ${cause.message}`, { cause });
    }
}

/** A page is not told whether nothing answered or it may not read the answer. Without CORS it learns whether anything answers at all. */
async function isKeptFromPage(url, signal) {
    if (!globalThis.location || globalThis.location.origin === url.origin) return false;
    try {
        await within(REQUEST_LIMIT_MS, signal, (signal) => fetch(new URL("/", url), { mode: "no-cors", cache: "no-store", signal }));
        return true;
    } catch {
        signal?.throwIfAborted();
        return false;
    }
}

async function isReady(base, signal) {
    try {
        return (await request(base, "/readyz", {}, signal)).ok;
    } catch {
        signal?.throwIfAborted();
        return false;
    }
}

function refusal({ status, statusText, headers, body }, codes) {
    const seconds = Number(headers.get("Retry-After") ?? NaN);
    const retryAfterMs = seconds >= 0 ? seconds * 1000 : undefined;
    return new SignalingError(codes[status] ?? "server_error", `${status}: ${body?.detail ?? statusText}`, { retryAfterMs });
}

function jsonOf(text) {
    try {
        return JSON.parse(text);
    } catch {
        return null;
    }
}

function endpoint(base, path) {
    const url = new URL(base);
    if (!/^https?:$/.test(url.protocol)) throw new TypeError("base must be an http or https URL");
    return new URL(url.pathname.replace(/\/+$/, "") + path, url);
}

// 5. Session -------------------------------------------------------------------------------------------------------------------

/** From the attempt to the server's answer to `hello`. */
const OPEN_LIMIT_MS = 10_000;
/** Until a frame comes, when the network has changed and the connection may have died unnoticed. */
const PROBE_LIMIT_MS = 5_000;
/** A connection that holds for so long makes the next failure a first one. */
const STABLE_MS = 5_000;
/** Acknowledgements of a burst are put together. */
const ACK_DELAY_MS = 20;
const MAX_UNACCEPTED = { count: 1000, bytes: 4 << 20 };
/** How far back the server tells refs apart. */
const REF_WINDOW = 1024;
const MAX_SIGNALS = { count: 256, bytes: 1 << 20 };
/** Frames that come before the answer to `hello`: a mailbox and what was held for the side, at the server's usual bounds, and some. */
const MAX_EARLY = 4096;

export function connect(options) {
    return new SignalingSession(options);
}

class SignalingSession extends EventTarget {
    #base;
    #url;
    #appID;
    #side;
    #sid;
    #giveUpAfterMs;
    #maxMessageBytes;

    #state = "connecting";
    #peerPresent = false;
    /** Why the session has ended. */
    #error;
    /** Aborted at the end: listeners and requests go with it. */
    #life = new AbortController();

    #socket;
    #attempt = 0;
    /** Why there is no connection, for the end if none comes about. */
    #lastFailure;
    /** The server has named a time to come back; the network's return is no reason to come earlier. */
    #mustWait = false;
    #goingAwayMs;
    #timers = new Timers();

    /** Frames that came before the answer to `hello`, which says what their numbers mean. */
    #early = [];
    #mailbox = "";
    /** The highest item that has arrived, and the highest that the program is done with. */
    #arrived = 0;
    #taken = 0;
    /** Items for `items()`, which takes them when it is asked; undefined until it is first called. */
    #queue;
    #looping = false;
    #itemCame = () => {};

    /** Sends that were not accepted yet, by `ref`, in order. */
    #unaccepted = new Bounded(MAX_UNACCEPTED);
    /** The server takes a ref for a repetition unless it is higher than any before from this sid, which a page may keep when it is loaded
     *  anew: so they begin with the time. */
    #lastRef = Date.now() * 1000;
    /** Relayed frames that wait for a connection. */
    #signals = new Bounded(MAX_SIGNALS);

    constructor({ base, appID, side, session = randomID(), signal, giveUpAfterMs = 120_000, maxMessageBytes = 1 << 20 }) {
        super();
        signal?.throwIfAborted();
        if (side !== "A" && side !== "B") throw new TypeError('side must be "A" or "B"');
        if (typeof session !== "string" || session === "" || byteLength(session) > 256) {
            throw new TypeError("session must be a string of 1 to 256 bytes");
        }
        if (!UUID.test(appID)) throw new SignalingError("room_invalid", "appID is not a UUID");
        this.#base = base;
        this.#url = endpoint(base, `/ws?${new URLSearchParams({ appID, side, sid: session })}`);
        this.#url.protocol = this.#url.protocol.replace("http", "ws");
        this.#appID = appID;
        this.#side = side;
        this.#sid = session;
        this.#giveUpAfterMs = giveUpAfterMs;
        this.#maxMessageBytes = maxMessageBytes;

        signal?.addEventListener("abort", () => this.#end(signal.reason), { signal: this.#life.signal });
        watchNetwork(() => this.#look(), this.#life.signal);
        globalThis.document?.addEventListener("visibilitychange", () => {
            if (document.visibilityState === "visible") this.#look();
        }, { signal: this.#life.signal });
        this.#connect();
    }

    get state() { return this.#state; }
    get appID() { return this.#appID; }
    get side() { return this.#side; }
    get session() { return this.#sid; }
    get peerPresent() { return this.#peerPresent; }

    signal(message) {
        if (!RELAYED.includes(message?.type)) throw new TypeError(`only ${RELAYED.join(", ")} are relayed`);
        if (this.#state === "closed") throw this.#closedError();
        const text = wire.relay(message);
        const bytes = this.#fittingBytes(text);
        if (this.#state !== "open") {
            this.#signals.add(Symbol(), text, bytes);
        } else if (this.#socket.bufferedAmount > MAX_SIGNALS.bytes) {
            throw new SignalingError("queue_full", "the connection takes no more at the moment");
        } else {
            this.#socket.send(text);
        }
    }

    async send(payload, { to = this.#side === "A" ? "B" : "A", signal } = {}) {
        signal?.throwIfAborted();
        if (to !== "A" && to !== "B") throw new TypeError('to must be "A" or "B"');
        if (JSON.stringify(payload) === undefined) throw new TypeError("payload must be a JSON value");
        if (this.#state === "closed") throw this.#closedError();
        const ref = this.#lastRef + 1;
        if (ref - (this.#unaccepted.firstKey ?? ref) > REF_WINDOW) {
            throw new SignalingError("queue_full", `a message that was sent ${REF_WINDOW} before this one is not accepted yet`);
        }
        const text = wire.send(to, payload, ref);
        // The server could not say which frame it was that it cannot read.
        if (depthOf(text) > MAX_DEPTH) throw new TypeError(`payload must be nested at most ${MAX_DEPTH - 1} deep`);
        const bytes = this.#fittingBytes(text);
        const settled = new AbortController();
        try {
            await new Promise((resolve, reject) => {
                this.#unaccepted.add(ref, { text, resolve, reject }, bytes);
                this.#lastRef = ref;
                signal?.addEventListener("abort", () => reject(signal.reason), { signal: settled.signal });
                if (this.#state === "open") this.#socket.send(text);
            });
        } finally {
            settled.abort();
            this.#unaccepted.remove(ref);
        }
    }

    items() {
        // Already now, not when the loop begins: what comes in between is the loop's too.
        this.#queue ??= [];
        return this.#eachItem();
    }

    async *#eachItem() {
        if (this.#looping) throw new TypeError("another loop over items() is running");
        this.#looping = true;
        try {
            while (this.#state !== "closed") {
                const next = this.#queue[0];
                if (next === undefined) {
                    await new Promise((resolve) => { this.#itemCame = resolve; });
                    continue;
                }
                yield next.item;
                // Reached when the next one is asked for. A loop that was left stays here, and its item is the first of the next loop.
                this.#queue.shift();
                if (next.mailbox === this.#mailbox) this.#acknowledge(next.item.seq);
            }
            if (this.#error !== undefined) throw this.#error;
        } finally {
            this.#looping = false;
        }
    }

    telemetry(event, { mode, reason } = {}) {
        if (this.#state === "open") this.#socket.send(wire.telemetry(event, { mode, reason }));
    }

    close() {
        this.#end();
    }

    // Connecting and coming back

    #connect() {
        this.#state = "connecting";
        this.#mustWait = false;
        const socket = new WebSocket(this.#url);
        socket.binaryType = "arraybuffer";
        this.#socket = socket;
        this.#early = [];
        let wasOpen = false;
        socket.onopen = () => {
            wasOpen = true;
            this.#hello();
        };
        socket.onmessage = ({ data }) => this.#receive(data);
        socket.onclose = async ({ code, reason }) => {
            this.#forgetSocket();
            if (wasOpen) return this.#comeBack(reconnection.errorOfClose(code, reason));
            const cause = await whyNoWebSocket(this.#url, this.#base, this.#life.signal);
            if (this.#state !== "closed") this.#comeBack(cause);
        };
        this.#timers.start("open", OPEN_LIMIT_MS, () => this.#drop("the server did not answer"));
        this.#limitAbsence();
    }

    #limitAbsence() {
        if (this.#timers.has("giveUp")) return;
        this.#timers.start("giveUp", this.#giveUpAfterMs, () => {
            this.#end(SignalingSession.whyAbsent(this));
        });
    }

    /** Why there is no connection; undefined while there is one. For this module alone, so no method of the session that programs hold. */
    static whyAbsent(session) {
        if (session.#state === "open") return undefined;
        return session.#lastFailure ?? new SignalingError("server_unreachable", `no answer from ${session.#url.host}`);
    }

    /** Says what this side has; its answer is also how one learns that a connection still lives. */
    #hello() {
        this.#socket.send(wire.hello(this.#mailbox, this.#taken));
    }

    /** Leaves a connection that may be dead: its close handshake would have to be waited for. */
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
        this.#peerPresent = false;
        for (const name of ["open", "stable", "probe", "ack"]) this.#timers.stop(name);
    }

    #comeBack(cause) {
        this.#lastFailure = cause;
        // An origin that was let in before is hardly refused now: a proxy answers in the server's place.
        const wasLetIn = cause.code === "origin_refused" && this.#mailbox !== "";
        if (!reconnection.comesBack(cause) && !wasLetIn) return this.#end(cause);
        this.#attempt += 1;
        this.#mustWait = this.#goingAwayMs !== undefined || cause.retryAfterMs !== undefined;
        const delayMs = Math.round(this.#goingAwayMs ?? (cause.retryAfterMs ?? 0) + reconnection.delayMs(this.#attempt));
        this.#goingAwayMs = undefined;
        this.#timers.start("retry", delayMs, () => this.#connect());
        this.#limitAbsence();
        this.#emit("reconnecting", { attempt: this.#attempt, delayMs, reason: cause });
    }

    /** The network has changed, or somebody looks at the page again. */
    #look() {
        if (this.#timers.has("retry") && !this.#mustWait) {
            this.#timers.stop("retry");
            this.#connect();
        } else if (this.#state === "open" && !this.#timers.has("probe")) {
            this.#hello();
            this.#timers.start("probe", PROBE_LIMIT_MS, () => this.#drop("nothing came since the network changed"));
        }
    }

    #end(error) {
        if (this.#state === "closed") return;
        if (this.#timers.has("ack")) this.#sendAcknowledgement();
        this.#state = "closed";
        this.#error = error;
        this.#peerPresent = false;
        this.#timers.stopAll();
        this.#life.abort();
        if (this.#socket) {
            this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
            this.#socket.close(1000);
        }
        for (const { reject } of this.#unaccepted.values()) reject(this.#closedError());
        this.#itemCame();
        this.#emit("closed", error === undefined ? {} : { error });
    }

    #closedError() {
        return this.#error ?? new SignalingError("closed", "the session was closed");
    }

    // Receiving

    #receive(data) {
        this.#timers.stop("probe");
        const frame = wire.parse(data);
        if (frame?.kind === "going_away") {
            this.#goingAwayMs = frame.reconnectAfterMs;
        } else if (frame?.kind === "mailbox") {
            if (this.#state !== "open") this.#welcome(frame);
        } else if (frame && this.#state === "open") {
            this.#take(frame);
        } else if (frame && this.#early.push(frame) > MAX_EARLY) {
            this.#drop("the server sent much and did not answer");
        }
    }

    #welcome({ id, deliveredUpTo }) {
        const resumed = id === this.#mailbox;
        if (!resumed) {
            this.#mailbox = id;
            this.#arrived = this.#taken = deliveredUpTo;
        }
        this.#state = "open";
        this.#timers.stop("open");
        this.#timers.stop("giveUp");
        this.#timers.start("stable", STABLE_MS, () => { this.#attempt = 0; });
        // Done with while the question was under way, or acknowledged on a connection that had died.
        if (this.#taken > deliveredUpTo) this.#acknowledge(this.#taken);
        for (const { text } of this.#unaccepted.values()) this.#socket.send(text);
        for (const text of this.#signals.removeAll()) this.#socket.send(text);
        this.#emit("open", { resumed });
        // A listener may end the session, or call for what comes first.
        for (const frame of this.#early.splice(0)) {
            if (this.#state === "open") this.#take(frame);
        }
    }

    #take(frame) {
        switch (frame.kind) {
            case "paired":
                this.#peerPresent = true;
                return this.#emit("paired");
            case "peerleft":
                this.#peerPresent = false;
                return this.#emit("peerleft");
            case "signal":
                return this.#emit("signal", frame.message);
            case "item":
                return this.#takeItem(frame);
            case "accepted":
                return this.#unaccepted.get(frame.ref)?.resolve();
            case "refused":
                return this.#takeRefusal(frame);
        }
    }

    #takeItem({ seq, payload }) {
        if (seq <= this.#arrived) return;
        this.#arrived = seq;
        const item = { seq, payload };
        const isQueued = this.#queue !== undefined;
        this.#queue?.push({ item, mailbox: this.#mailbox });
        this.#itemCame();
        this.#emit("item", item);
        if (!isQueued) this.#acknowledge(seq);
    }

    #takeRefusal({ code, message, ref }) {
        if (ref === undefined) return this.#emit("refused", { code, message });
        const error = code === "mailbox_full" ? "mailbox_full" : "protocol_error";
        this.#unaccepted.get(ref)?.reject(new SignalingError(error, `the server refused an item: ${code}, ${message}`));
    }

    #acknowledge(seq) {
        this.#taken = seq;
        if (this.#state === "open" && !this.#timers.has("ack")) this.#timers.start("ack", ACK_DELAY_MS, () => this.#sendAcknowledgement());
    }

    #sendAcknowledgement() {
        this.#socket.send(wire.delivered(this.#taken));
    }

    #fittingBytes(text) {
        const bytes = byteLength(text);
        if (bytes <= this.#maxMessageBytes) return bytes;
        throw new SignalingError("message_too_big", `${bytes} bytes; the server takes ${this.#maxMessageBytes}`);
    }

    #emit(type, detail = null) {
        this.dispatchEvent(new CustomEvent(type, { detail }));
    }
}

// 6. Negotiation ---------------------------------------------------------------------------------------------------------------

/** An offer that was not answered is sent again, since a connection may have died with it; each time after twice as long. */
const ANSWER_LIMIT_MS = 5_000;

/** Keeps two RTCPeerConnections in agreement. Side A makes the first offer, as all clients of this server have it; after that either
 *  may. When two offers meet, A's stands and B takes its own back. */
class Negotiation {
    #connection;
    #session;
    #side;
    #broken;
    /** What is under way. Own offers and the other side's frames take turns, so that each finds the state that it was decided in. */
    #turn = Promise.resolve();
    /** Whether this side may offer yet: B may not before A has. */
    #begun = false;
    /** An offer is due, and the other side was not there. */
    #due = false;
    /** Of this side's newest offer. Sent twice it may be answered twice, the second time when another is under way. */
    #offerID = 0;
    #fingerprint;
    #timers = new Timers();
    #answerLimitMs = ANSWER_LIMIT_MS;
    #local = new CandidateTally();
    #remote = new CandidateTally();

    /** `broken` is called with an error when no agreement is possible any more. */
    constructor(connection, session, side, broken) {
        this.#connection = connection;
        this.#session = session;
        this.#side = side;
        this.#broken = broken;
        connection.addEventListener("icecandidate", ({ candidate }) => this.#passCandidate(candidate));
        connection.addEventListener("negotiationneeded", () => {
            this.#due = true;
            this.#inTurn(() => connection.signalingState === "stable" && this.#offer());
        });
        session.addEventListener("paired", () => this.#inTurn(() => this.#catchUp()));
        session.addEventListener("signal", ({ detail }) => this.#inTurn(() => this.#take(detail)));
    }

    /** Candidates seen, one of each kind. */
    get local() { return this.#local.kinds; }
    get remote() { return this.#remote.kinds; }
    /** Whether one side has said all its candidates and has none. */
    get isHopeless() { return this.#local.isEmpty || this.#remote.isEmpty; }
    get hasMet() { return this.#fingerprint !== undefined; }

    restart() {
        this.#connection.restartIce();
        this.#due = true;
        this.#inTurn(() => this.#offer());
    }

    close() {
        this.#timers.stopAll();
    }

    #inTurn(task) {
        this.#turn = this.#turn.then(task).catch((error) => {
            if (this.#connection.signalingState !== "closed") this.#broken(error);
        });
    }

    /** Without a connection nothing is kept for later: `paired` comes with the next one, and brings everything up to date. */
    #tell(message) {
        if (this.#session.state === "open") this.#session.signal(message);
    }

    /** Both sides are there, perhaps again: frames of a connection that has died may be lost. */
    async #catchUp() {
        if (this.#side === "A") this.#begun = true;
        const { signalingState, connectionState, remoteDescription } = this.#connection;
        if (signalingState === "stable" && remoteDescription && connectionState !== "connected") this.restart();
        else if (signalingState !== "stable" || !remoteDescription || this.#due) await this.#offer();
    }

    /** Offers, or sends the offer again that is not answered yet: with the candidates that were found meanwhile. */
    async #offer() {
        if (!this.#begun || !this.#session.peerPresent) return;
        if (this.#connection.signalingState === "stable") {
            this.#due = false;
            this.#offerID += 1;
            await this.#connection.setLocalDescription();
        }
        this.#tell({ type: "offer", sdp: this.#connection.localDescription, id: this.#offerID });
        this.#timers.start("answer", this.#answerLimitMs, () => this.#inTurn(() => this.#offerAgain()));
    }

    async #offerAgain() {
        this.#answerLimitMs *= 2;
        if (this.#connection.signalingState === "have-local-offer") await this.#offer();
    }

    async #take(message) {
        const connection = this.#connection;
        if (message.type === "offer") {
            if (connection.signalingState !== "stable" && this.#side === "A") return;
            this.#timers.stop("answer");
            await this.#describe(message);
            this.#begun = true;
            await connection.setLocalDescription();
            this.#tell({ type: "answer", sdp: connection.localDescription, id: message.id });
        } else if (message.type === "answer") {
            // The second answer to an offer that was sent twice says nothing new. Other clients do not tell which offer they answer.
            if (connection.signalingState !== "have-local-offer" || (message.id ?? this.#offerID) !== this.#offerID) return;
            this.#timers.stop("answer");
            this.#answerLimitMs = ANSWER_LIMIT_MS;
            await this.#describe(message);
        } else if (message.type === "ice") {
            const candidate = message.candidate ?? message.cand ?? null;
            this.#remote.note(candidate?.candidate);
            // One of an offer that was taken back, or of an earlier generation, is refused, and rightly.
            await connection.addIceCandidate(candidate).catch(() => {});
        }
    }

    /** Some clients send the description, some its text. */
    async #describe({ type, sdp }) {
        const description = typeof sdp === "string" ? { type, sdp } : sdp;
        const fingerprint = fingerprintOf(description?.sdp);
        if (fingerprint === "") throw new SignalingError("protocol_error", `the other side sent an ${type} without a fingerprint`);
        if (this.#fingerprint !== undefined && this.#fingerprint !== fingerprint) {
            throw new SignalingError("peer_left", "the other side has begun anew");
        }
        this.#fingerprint = fingerprint;
        for (const [, candidate] of description.sdp.matchAll(/^a=(candidate:.*)$/gm)) this.#remote.note(candidate);
        try {
            await this.#connection.setRemoteDescription(description);
        } catch (cause) {
            throw new SignalingError("protocol_error", `the other side's ${type} cannot be used: ${cause.message}`, { cause });
        }
    }

    #passCandidate(candidate) {
        // An empty one ends a generation for some browsers, and null ends it for all.
        if (candidate?.candidate === "") return;
        this.#local.note(candidate?.candidate);
        this.#tell({ type: "ice", candidate });
    }
}

/** The kinds of one side's candidates. */
class CandidateTally {
    #kinds = new Map();
    #isComplete = false;

    get kinds() { return [...this.#kinds.values()]; }
    get isEmpty() { return this.#isComplete && this.#kinds.size === 0; }

    /** `line` as in SDP; absent at the end of all candidates. */
    note(line) {
        const [, protocol, type] = /^(?:a=)?candidate:\S+ \d+ (\S+) .* typ (\S+)/.exec(line ?? "") ?? [];
        if (type !== undefined) this.#kinds.set(`${type} ${protocol}`, { type, protocol: protocol.toLowerCase() });
        this.#isComplete = type === undefined;
    }
}

/** Of the certificate, so of one RTCPeerConnection for as long as it lives. */
function fingerprintOf(sdp) {
    const found = typeof sdp === "string" ? sdp.match(/^a=fingerprint:.*$/gim) ?? [] : [];
    return [...new Set(found.map((line) => line.trim().toLowerCase()))].sort().join("\n");
}

// 7. Link ----------------------------------------------------------------------------------------------------------------------

/** Between the server's clock and this one, and for the other side's way from code to room. */
const EXPIRY_GRACE_MS = 10_000;
/** A side that has left during the negotiation may be back soon: its connection broke, or its browser is loading anew. */
const RETURN_GRACE_MS = 5_000;
/** ICE gets over short gaps by itself. */
const DISCONNECTED_MS = 3_000;
/** By this much B leaves the restart to A, or the two would meet each time. */
const POLITE_DELAY_MS = 2_000;
/** An interrupted link whose other side has left the server as well is hardly coming back. */
const GONE_GRACE_MS = 15_000;

export async function pair(options) {
    const { base, code, ttl, signal, rtcConfiguration, onCode, onProgress } = options;
    signal?.throwIfAborted();
    if (typeof RTCPeerConnection === "undefined") throw new SignalingError("unsupported", "RTCPeerConnection is missing");
    onProgress?.("code");
    // All that can fail here comes before the code, which can be redeemed only once.
    const iceServers = await resolveIceServers(options.iceServers ?? rtcConfiguration?.iceServers ?? [], signal);
    const connection = newConnection({ ...rtcConfiguration, iceServers });
    try {
        const room = code === undefined ? await createCode(base, { ttl, signal }) : await redeemCode(base, code, { signal });
        if (code === undefined) onCode?.(room);
        signal?.throwIfAborted();
        return await PeerLink.open(connection, room, options);
    } catch (error) {
        connection.close();
        throw error;
    }
}

function newConnection(configuration) {
    try {
        return new RTCPeerConnection(configuration);
    } catch (cause) {
        // Unless it is something else that the browser objects to: then it is the program's mistake, and the error the browser's own.
        new RTCPeerConnection({ ...configuration, iceServers: [] }).close();
        throw new SignalingError("ice_servers_invalid", cause.message, { cause });
    }
}

async function resolveIceServers(source, signal) {
    if (Array.isArray(source)) return source;
    try {
        const answer = await within(REQUEST_LIMIT_MS, signal, typeof source === "function" ? source : async (signal) => {
            const response = await fetch(source, { signal });
            if (!response.ok) throw new Error(`${response.url} answered ${response.status}`);
            return await response.json();
        });
        const servers = Array.isArray(answer) ? answer : answer?.iceServers;
        if (!Array.isArray(servers)) throw new Error("there is no list of servers in it");
        return servers;
    } catch (cause) {
        signal?.throwIfAborted();
        throw new SignalingError("ice_servers_unavailable", cause.message, { cause });
    }
}

class PeerLink extends EventTarget {
    #connectWithinMs;
    #restoreWithinMs;
    #onProgress;
    #connection;
    #channel;
    #session;
    #negotiation;
    #side;
    /** "connecting" until `pair` is done. */
    #state = "connecting";
    #promise = new Deferred();
    #failures = 0;
    #timers = new Timers();
    #life = new AbortController();

    /** The link, once it is connected. */
    static open(connection, room, options) {
        return new PeerLink(connection, room, options).#promise.promise;
    }

    constructor(connection, { appID, expiresAt }, {
        base, code, signal, giveUpAfterMs, onSession, onProgress = () => {},
        peerWithinMs = 30_000, connectWithinMs = 45_000, restoreWithinMs = 120_000,
    }) {
        super();
        this.#connectWithinMs = connectWithinMs;
        this.#restoreWithinMs = restoreWithinMs;
        this.#onProgress = onProgress;
        this.#side = code === undefined ? "A" : "B";
        this.#connection = connection;
        // Agreed on beforehand, so that neither side has to wait for the other to announce it.
        this.#channel = this.#connection.createDataChannel("data", { negotiated: true, id: 0 });
        this.#session = connect({ base, appID, side: this.#side, giveUpAfterMs });
        this.#negotiation = new Negotiation(this.#connection, this.#session, this.#side, (error) => this.#end(error));
        onSession?.(this.#session);

        signal?.addEventListener("abort", () => this.#state === "connecting" && this.#end(signal.reason), { signal: this.#life.signal });
        // Otherwise the other side would notice only when nothing has come for some seconds.
        globalThis.addEventListener("pagehide", ({ persisted }) => persisted || this.close(), { signal: this.#life.signal });
        watchNetwork(() => this.#state !== "connecting" && this.#negotiation.restart(), this.#life.signal);
        this.#followSession();
        this.#followConnection();
        const patience = this.#side === "A" ? Math.max(0, expiresAt - Date.now()) + EXPIRY_GRACE_MS : peerWithinMs;
        this.#timers.start("peer", patience, () => {
            // To a side that is not at the server nobody could have come.
            this.#end(SignalingSession.whyAbsent(this.#session) ?? new SignalingError("peer_never_came", "the other side did not come"));
        });
        onProgress("waiting");
    }

    get peerConnection() { return this.#connection; }
    get channel() { return this.#channel; }
    get session() { return this.#session; }
    get side() { return this.#side; }
    get appID() { return this.#session.appID; }
    get state() { return this.#state; }

    async route() {
        const stats = await this.#connection.getStats();
        const all = [...stats.values()];
        const selected = all.find(({ type, selectedCandidatePairId }) => type === "transport" && selectedCandidatePairId);
        // Some browsers have no transport in their statistics and mark the pair instead.
        const pair = selected
            ? stats.get(selected.selectedCandidatePairId)
            : all.find((entry) => entry.type === "candidate-pair" && (entry.selected ?? (entry.nominated && entry.state === "succeeded")));
        const local = stats.get(pair?.localCandidateId);
        const remote = stats.get(pair?.remoteCandidateId);
        if (!local || !remote) return null;
        return {
            kind: [local, remote].some(({ candidateType }) => candidateType === "relay") ? "relayed" : "direct",
            local: routeEnd(local),
            remote: routeEnd(remote),
            rttMs: pair.currentRoundTripTime === undefined ? null : pair.currentRoundTripTime * 1000,
            bytesSent: pair.bytesSent ?? 0,
            bytesReceived: pair.bytesReceived ?? 0,
        };
    }

    close() {
        this.#end();
    }

    // Before the peers are connected

    #followSession() {
        this.#session.addEventListener("paired", () => {
            this.#timers.stop("peer");
            this.#timers.stop("gone");
            if (this.#state !== "connecting") return;
            this.#onProgress("negotiating");
            if (!this.#timers.has("connect")) this.#timers.start("connect", this.#connectWithinMs, () => this.#fail("timeout"));
        });
        this.#session.addEventListener("peerleft", () => {
            if (this.#state === "connecting") this.#timers.start("gone", RETURN_GRACE_MS, () => this.#fail("closed"));
            else if (this.#state === "interrupted") this.#expectNoReturn();
            this.#emit("peerleft");
        });
        this.#session.addEventListener("closed", ({ detail }) => this.#state === "connecting" && this.#end(detail.error));
    }

    #iceFailed(reason) {
        this.#failures += 1;
        if (this.#failures > 1 || !this.#session.peerPresent) this.#fail(reason);
        else this.#restart();
    }

    /** Ends the attempt, with what is most likely its cause: a side that finds no way leaves, and the other one only sees it leave. */
    #fail(reason) {
        const { hasMet, isHopeless, local, remote } = this.#negotiation;
        const noRoute = isHopeless || this.#failures > 0 || (reason === "timeout" && hasMet);
        this.#session.telemetry("ice-failed", { reason: isHopeless ? "no-candidates" : reason });
        this.#end(
            noRoute
                ? new NoRouteError("the peers cannot reach each other", local, remote)
                : new SignalingError("peer_left", "the other side went away, or fell silent, before the connection stood"),
        );
    }

    // Once they are

    #followConnection() {
        this.#channel.addEventListener("open", () => this.#rise());
        this.#channel.addEventListener("close", () => this.#end(new SignalingError("peer_left", "the other side has closed the link")));
        this.#connection.addEventListener("connectionstatechange", () => {
            const { connectionState } = this.#connection;
            this.#timers.stop("restart");
            if (connectionState === "connected") this.#recover();
            else if (connectionState === "failed" && this.#state === "connecting") this.#iceFailed("ice-failed");
            else if (connectionState === "failed" || connectionState === "disconnected") this.#interrupt(connectionState);
        });
        this.#connection.addEventListener("icecandidate", ({ candidate }) => {
            // With nothing to try, ICE does not even fail.
            if (candidate === null && this.#state === "connecting" && this.#negotiation.isHopeless) this.#iceFailed("no-candidates");
        });
    }

    async #rise() {
        this.#timers.stop("connect");
        this.#timers.stop("gone");
        this.#setState("connected");
        this.#onProgress("connected");
        this.#promise.resolve(this);
        const route = await this.route().catch(() => null);
        this.#session.telemetry("ice-connected", { mode: route && (route.kind === "relayed" ? "relay" : "direct") });
    }

    #interrupt(connectionState) {
        if (this.#state === "connecting") return;
        if (this.#state === "connected") {
            this.#setState("interrupted");
            this.#timers.start("restore", this.#restoreWithinMs, () => this.#lose());
            if (!this.#session.peerPresent && this.#session.state === "open") this.#expectNoReturn();
        }
        this.#timers.start("restart", connectionState === "failed" ? 0 : DISCONNECTED_MS, () => this.#restart());
    }

    #restart() {
        this.#timers.start("restart", this.#side === "A" ? 0 : POLITE_DELAY_MS, () => this.#negotiation.restart());
    }

    #expectNoReturn() {
        this.#timers.start("gone", GONE_GRACE_MS, () => this.#lose());
    }

    #recover() {
        for (const name of ["restore", "gone"]) this.#timers.stop(name);
        if (this.#state === "interrupted") this.#setState("connected");
    }

    #lose() {
        const { local, remote } = this.#negotiation;
        this.#end(
            this.#session.peerPresent
                ? new NoRouteError("the connection was lost and no new way was found", local, remote)
                : new SignalingError("peer_left", "the connection was lost, and the other side is gone from the server too"),
        );
    }

    #end(error) {
        if (this.#state === "closed") return;
        this.#timers.stopAll();
        this.#life.abort();
        this.#negotiation.close();
        this.#setState("closed");
        this.#channel.close();
        this.#connection.close();
        this.#session.close();
        this.#promise.reject(error ?? new SignalingError("closed", "the link was closed"));
        this.#emit("closed", error === undefined ? {} : { error });
    }

    #setState(state) {
        this.#state = state;
        this.#emit("statechange", state);
    }

    #emit(type, detail = null) {
        this.dispatchEvent(new CustomEvent(type, { detail }));
    }
}

function routeEnd({ candidateType, protocol, address, port, relayProtocol }) {
    const end = { type: candidateType, protocol };
    if (address) end.address = address;
    if (port) end.port = port;
    if (relayProtocol) end.relayProtocol = relayProtocol;
    return end;
}

// 8. Small tools ---------------------------------------------------------------------------------------------------------------

/** The longest time that setTimeout takes, three weeks and some. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Timers by name, of which each runs once at a time. */
class Timers {
    #running = new Map();

    has(name) { return this.#running.has(name); }

    start(name, ms, action) {
        this.stop(name);
        if (ms > LONGEST_TIMER_MS) return;
        this.#running.set(name, setTimeout(() => {
            this.#running.delete(name);
            action();
        }, ms));
    }

    stop(name) {
        clearTimeout(this.#running.get(name));
        this.#running.delete(name);
    }

    stopAll() {
        for (const name of [...this.#running.keys()]) this.stop(name);
    }
}

/** What waits to be sent, by key and in order. */
class Bounded {
    #limit;
    #entries = new Map();
    #bytes = 0;

    constructor(limit) {
        this.#limit = limit;
    }

    add(key, value, bytes) {
        if (this.#entries.size >= this.#limit.count || this.#bytes + bytes > this.#limit.bytes) {
            throw new SignalingError("queue_full", `at most ${this.#limit.count} messages and ${this.#limit.bytes} bytes may wait`);
        }
        this.#entries.set(key, { value, bytes });
        this.#bytes += bytes;
    }

    get firstKey() { return this.#entries.keys().next().value; }

    get(key) { return this.#entries.get(key)?.value; }

    values() { return [...this.#entries.values()].map(({ value }) => value); }

    remove(key) {
        this.#bytes -= this.#entries.get(key)?.bytes ?? 0;
        this.#entries.delete(key);
    }

    removeAll() {
        const values = this.values();
        this.#entries.clear();
        this.#bytes = 0;
        return values;
    }
}

class Deferred {
    promise = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
}

/** Runs a task under a signal that also ends it after a time, whether the task looks at it or not. AbortSignal.any is too new. */
async function within(ms, signal, task) {
    signal?.throwIfAborted();
    const controller = new AbortController();
    const follow = () => controller.abort(signal.reason);
    const timer = setTimeout(() => controller.abort(new DOMException(`no answer within ${ms} ms`, "TimeoutError")), ms);
    const ended = new Promise((_, reject) => controller.signal.addEventListener("abort", () => reject(controller.signal.reason)));
    signal?.addEventListener("abort", follow);
    try {
        return await Promise.race([task(controller.signal), ended]);
    } finally {
        clearTimeout(timer);
        signal?.removeEventListener("abort", follow);
    }
}

function watchNetwork(changed, signal) {
    globalThis.addEventListener?.("online", changed, { signal });
    const connection = globalThis.navigator?.connection;
    let type = connection?.type;
    // The event also tells of every new estimate of speed and round trip.
    connection?.addEventListener?.("change", () => {
        if (connection.type === type) return;
        type = connection.type;
        changed();
    }, { signal });
}

/** crypto.randomUUID is only there on https and localhost; pages are served over http in a local network too. */
function randomID() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function byteLength(text) {
    return new TextEncoder().encode(text).length;
}

/** How deep objects and arrays lie in each other in a JSON text. */
function depthOf(json) {
    let depth = 0;
    let deepest = 0;
    let inString = false;
    for (let at = 0; at < json.length; at += 1) {
        const letter = json[at];
        if (inString) {
            if (letter === "\\") at += 1;
            else if (letter === '"') inString = false;
        } else if (letter === '"') inString = true;
        else if (letter === "{" || letter === "[") deepest = Math.max(deepest, (depth += 1));
        else if (letter === "}" || letter === "]") depth -= 1;
    }
    return deepest;
}
