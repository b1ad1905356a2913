// What can go wrong, and what people can do about it.

/** By error code, for people. */
const ADVICE = {
    code_malformed: "Type the code again: it has 4 to 8 digits, and its words behind them if it has any.",
    code_gone: "The code was used, has expired or never was. If you have just been told it, somebody else was quicker. Ask for a new one.",
    code_mismatch:
        "The words do not match: one was mistyped, or somebody else used the code. It is spent; make a new one. If it happens again, use " +
        "three words, or the link, or another server.",
    peer_unverified:
        "The other side's program knows no words, or it was given the digits alone. Nothing was connected. Make a new code, and pass on " +
        "all of it.",
    words_needed: "The code has words too. Ask for a new one, and enter all of it.",
    words_unknown: "A word is none of the list. Compare it with what was passed on, and enter it again. No code was spent.",
    too_many_guesses: "Too many wrong codes came from here. Wait, then check the code before trying again.",
    no_code_free: "The server has no code left at the moment. Try again later.",
    rate_limited: "The server has had too many requests from here. Wait, then try again.",
    unauthorized: "The server asks for an access key, and got none, or one that is wrong or has expired. Pass one as authorization.",
    forbidden: "The server knows who asks, and does not allow it. Ask its operator.",
    origin_refused: "The server does not let this page in. Its operator allows a page's origin with CORS_ORIGINS.",
    token_refused: "The server does not know this room's token: the room is gone, or was never one of its codes. Ask for a new code.",
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
    message_too_slow: "The network is too slow for a message of this size. Send smaller ones.",
    too_many_refusals: "The server has refused too many frames in a minute. Send slower, and look at the errors that it gave.",
    queue_full: "Too much is waiting to be sent. Wait until earlier sends have settled.",
    too_many_channels: "Close one of the channels before opening another.",
    protocol_error: "Client and server, or both clients, do not understand each other. Update them to versions that fit.",
    closed: "The session was closed here. Begin a new one.",
    peer_left: "The other side has gone. Ask for a new code to connect again.",
    peer_never_came: "The other side did not come in time. Make a new code and pass it on, or ask for one.",
    no_route: "The way between the two devices was lost, and no other was found. Check both networks; a TURN server helps to find one.",
    no_relay: "Only relays are allowed here (iceTransportPolicy), and no TURN server is known. Pass one in iceServers, or set TURN_URLS.",
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

/** Whoever redeemed side A's code has not proved that it has the secret, and has had its one try. */
export function markUnproved(error) {
    if (!(error instanceof SignalingError) || error.code === "code_mismatch") return;
    error.unproved = true;
    error.advice += " The other side never proved itself, and the code is spent.";
}

/** `diagnosis` is what is known of the cause: `cause`, `side`, `hint` and `advice`. */
export class NoRouteError extends SignalingError {
    constructor(message, local, remote, { cause, side, hint, advice } = {}) {
        const list = (kinds) => kinds.map(({ type, protocol }) => `${type}/${protocol}`).join(", ") || "none";
        super("no_route", `${message}; candidates here: ${list(local)}; of the other side: ${list(remote)}`);
        this.local = local;
        this.remote = remote;
        if (cause !== undefined) this.cause = cause;
        if (side !== undefined) this.side = side;
        if (hint !== undefined) this.hint = hint;
        if (advice !== undefined) this.advice = advice;
    }
}
