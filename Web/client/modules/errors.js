// What can go wrong, and what people can do about it.

/** By error code, for people. */
const ADVICE = {
    code_malformed: "Type the code again: it has 4 to 8 digits.",
    code_gone: "The code was used, has expired or never was. Ask the other side for a new one.",
    too_many_guesses: "Too many wrong codes came from here. Wait, then check the code before trying again.",
    no_code_free: "The server has no code left at the moment. Try again later.",
    rate_limited: "The server has had too many requests from here. Wait, then try again.",
    origin_refused: "The server does not let this page in. Its operator allows a page's origin with CORS_ORIGINS.",
    token_refused: "The server opens rooms of codes alone, and does not know this one's token. Ask for a new code.",
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
