// client 3446e9caeec339aa, signaling.js sha384-Ca3IDPefyPdBo03PqxKjWJfaAtJX0GYCujZm4kB7e9JuIqkvv2PK2E1rCA85nNr3
// The types of signaling.js. docs/javascript.md explains them.

// Codes

export interface RequestOptions {
    /** Ends the request. */
    signal?: AbortSignal;
}

/** A key or a token, sent as `Authorization: Bearer …`; with a space in it, the whole value of the field. Or a function that returns one
 *  within 15 s; undefined is none. */
export type Authorization = string | ((signal: AbortSignal) => string | undefined | Promise<string | undefined>);

export interface CodeOptions extends RequestOptions {
    /** For a server with access control. Its key or token is wrong or missing: `unauthorized`. */
    authorization?: Authorization;
}

export interface CreateCodeOptions extends CodeOptions {
    /** The code's lifetime in seconds, fractions allowed. If it is absent or longer, the server's ROOM_TTL (10 minutes) applies. */
    ttl?: number;
}

export interface Room {
    /** The room's name, a UUID. */
    appID: string;
    /** When the code expires, or would have expired. */
    expiresAt: Date;
    /** The milliseconds until then, as the server says: right also where the device's time is wrong. */
    expiresInMs: number;
    /** Shows that this client may have its side of the room: A's from createCode, B's from redeemCode. Absent if the server has no tokens. */
    token?: string;
    /** STUN and TURN servers for this side. Absent if the server has none to give. */
    iceServers?: RTCIceServer[];
    /** When the credentials among them expire. Absent if nothing expires. */
    iceServersExpireAt?: Date;
    /** This client has had too many credentials, so servers that need some are left out: `iceServers()` gives them after this time. */
    iceServersRetryAfterMs?: number;
}

export interface MintedCode extends Room {
    /** 4 to 8 digits; leading zeros count. */
    code: string;
}

/** Asks the server at `base` (`https://example.org`, with a path if the server has one) for a code. Rejects with a SignalingError. */
export function createCode(base: string | URL, options?: CreateCodeOptions): Promise<MintedCode>;

/** Trades a code for its room, once. A request whose response is lost is repeated, and means the same redemption. Rejects with a
 *  SignalingError. */
export function redeemCode(base: string | URL, code: string, options?: CodeOptions): Promise<Room>;

/** What side A passes on, of a code that it has asked for. docs/verified-pairing.md says what follows from which. */
export interface ShownCode extends MintedCode {
    /** `2802-crossword-clockwork`, to be said; if `words` were asked for. */
    phrase?: string;
    /** For behind the `#` of a link: the digits and a secret; if `link` was asked for. */
    fragment?: string;
}

/** A code as it was typed, pasted or scanned. Only `code`, the digits, may go to a server. */
export type ParsedCode = { code: string; by?: undefined; secret?: undefined } | { code: string; by: "words" | "link"; secret: string };

/** Reads what was typed, pasted or scanned, without asking a server for anything but verified.js. Rejects with a SignalingError:
 *  `code_malformed`, with `words_unknown`, or with `server_unreachable` if verified.js does not come within 15 s. */
export function parseCode(text: string, options?: { signal?: AbortSignal }): Promise<ParsedCode>;

export interface ServedIceServers {
    iceServers: RTCIceServer[];
    /** When the credentials among them expire. Absent if nothing expires. */
    expiresAt?: Date;
}

/** Asks for fresh STUN and TURN servers for a side, whose token is shown. Rejects with a SignalingError. */
export function iceServers(
    options: { base: string | URL; appID: string; side: Side; token: string } & RequestOptions
): Promise<ServedIceServers>;

// A session: one side's place in a room, kept across connections

export type Side = "A" | "B";

export interface ConnectOptions {
    base: string | URL;
    appID: string;
    side: Side;
    /** The side's token, from createCode or redeemCode. With it the side is safe from everybody who does not have it. */
    token?: string;
    /** The `sid`, a name that stays the same for the session's lifetime: 1 to 256 bytes of UTF-8. Random when absent. */
    session?: string;
    /** Closes the session; `closed` then has the signal's reason as its error. */
    signal?: AbortSignal;
    /** How long to try without a connection before the session ends, in milliseconds. 120,000; Infinity is allowed. */
    giveUpAfterMs?: number;
    /** The largest message the server takes, its WS_MAX_MSG, in bytes. 1,048,576. */
    maxMessageBytes?: number;
}

export type SessionState = "connecting" | "open" | "waiting" | "closed";

/** A frame that the server relays as it is, with any members. */
export interface SignalMessage {
    type: "offer" | "answer" | "ice" | "sender_ready";
    [member: string]: unknown;
}

/** `In` is what the program expects the other side to send, which nothing checks. */
export interface Item<In = unknown> {
    /** Its number in the mailbox, from 1. Starts from 1 again when the server has made the room anew. */
    seq: number;
    /** A copy of what the sender passed to `send`. */
    payload: In;
}

export interface Refusal {
    /** The server's error code, one of `wire.errorCodes`; later versions may have more. */
    code: string;
    message: string;
}

export interface SessionEventMap<In = unknown> {
    /** Connected. `resumed` is true if the mailboxes are the same as on the connection before, so that nothing is lost or repeated. It is
     *  false the first time, and when the server has made the room anew meanwhile (after a restart): then items that it had accepted and
     *  not yet delivered are gone. */
    open: CustomEvent<{ resumed: boolean }>;
    /** Both sides are present. Also after each reconnection of this side to a room where the other one is. */
    paired: CustomEvent<null>;
    peerleft: CustomEvent<null>;
    /** The server knows why the two do not reach each other; again when it knows better. Never once they are connected. */
    diagnosis: CustomEvent<Diagnosis>;
    /** A frame from the other side. */
    signal: CustomEvent<SignalMessage>;
    /** A mailbox item. It is acknowledged once the listeners have returned; if `items()` was called, only by its loop. */
    item: CustomEvent<Item<In>>;
    /** No connection; the next attempt begins in `delayMs`. `attempt` counts from 1. */
    reconnecting: CustomEvent<{ attempt: number; delayMs: number; reason: SignalingError }>;
    /** The server refused a frame other than an item. */
    refused: CustomEvent<Refusal>;
    /** The end. Without an error: by `close()`. */
    closed: CustomEvent<{ error?: unknown }>;
}

export interface SendOptions {
    /** Whose mailbox: the other side's, unless said otherwise. */
    to?: Side;
    /** Stops waiting. The item may still be stored. */
    signal?: AbortSignal;
}

export interface ItemsOptions {
    /** Ends the loop. */
    signal?: AbortSignal;
}

/** `In` and `Out` are the items' payloads, received and sent. */
export interface SignalingSession<In = unknown, Out = unknown> extends EventTarget {
    readonly state: SessionState;
    readonly appID: string;
    readonly side: Side;
    /** The `sid`. */
    readonly session: string;
    /** Whether the other side is connected, as far as the server has said on this connection. */
    readonly peerPresent: boolean;

    /** Relays a frame to the other side, at most once. Without a connection it waits for the next one, with at most 255 others and
     *  1 MiB in all; throws a SignalingError beyond that, or when the session is closed. */
    signal(message: SignalMessage): void;

    /** Puts an item into a mailbox, once. Settled when the server has stored or refused it, or the session has ended. Rejects with
     *  `queue_full` if more than 1,000 items or 4 MiB would be unsettled, or if one that was sent 1,024 items before still is. */
    send(payload: Out, options?: SendOptions): Promise<void>;

    /** The items, in order. Each is acknowledged when the next is asked for. One loop at a time; a later loop continues where the one
     *  before was left. Aborting the signal, and the iterator's `return()`, end it at once, also while it waits; after an abort it throws the
     *  signal's reason. The loop ends with the session, by throwing its error if it has one. */
    items(options?: ItemsOptions): AsyncIterableIterator<Item<In>>;

    /** Reports to the server's metrics; does nothing without a connection. */
    telemetry(event: "ice-connected", detail?: IceDetail & { mode?: TelemetryMode; resumed?: boolean }): void;
    telemetry(event: "ice-failed" | "ice-restart", detail?: IceDetail & { reason?: TelemetryReason }): void;

    /** Ends the session. Sends that are not settled are rejected with `closed`. */
    close(): void;

    addEventListener<K extends keyof SessionEventMap<In>>(
        type: K, listener: (this: SignalingSession<In, Out>, event: SessionEventMap<In>[K]) => unknown, options?: boolean | AddEventListenerOptions
    ): void;
    addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void;
    removeEventListener<K extends keyof SessionEventMap<In>>(
        type: K, listener: (this: SignalingSession<In, Out>, event: SessionEventMap<In>[K]) => unknown, options?: boolean | EventListenerOptions
    ): void;
    removeEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | EventListenerOptions): void;
}

export type TelemetryMode = "direct" | "relay" | "host" | "srflx" | "prflx";
export type TelemetryReason =
    | "ice-failed" | "timeout" | "disconnected" | "closed" | "no-candidates"
    | "verification-failed" | "dtls-failed" | "peer-left" | "signaling-lost";

/** How many candidates of each type; `mdns` counts those of `host` that are names ending in `.local`. */
export interface CandidateCounts {
    host?: number;
    srflx?: number;
    relay?: number;
    prflx?: number;
    mdns?: number;
}

/** What a report may say besides. All of it is optional. */
export interface IceDetail {
    /** As gathered here, and of the other side as seen here. */
    candidates?: CandidateCounts;
    remote?: CandidateCounts;
    /** How many URLs this side was configured with. */
    servers?: { stun?: number; turn?: number };
    /** The selected pair. */
    selected?: {
        local?: CandidateKind["type"];
        remote?: CandidateKind["type"];
        protocol?: CandidateKind["protocol"];
        relayProtocol?: "udp" | "tcp" | "tls";
    };
    /** Codes of `icecandidateerror`; the first 16 count. */
    errors?: number[];
    /** How many candidate pairs were checked. */
    pairs?: number;
    dtls?: RTCDtlsTransportState;
    ice?: RTCIceConnectionState;
    /** Since both sides were there. */
    elapsedMs?: number;
}

/** Why two devices do not reach each other. */
export type Cause =
    | "no_candidates" | "no_relay_configured" | "relay_unreachable" | "relay_refused" | "udp_blocked" | "checks_failed" | "dtls_failed"
    | "peer_left" | "verification_failed" | "signaling_lost" | "timeout";

/** No STUN server is configured; a strict NAT; addresses hidden behind names that were not resolved. */
export type Hint = "no_stun" | "strict_nat" | "mdns";

export interface Diagnosis {
    /** Later servers may have more. */
    cause: Cause;
    /** Whose network, device or settings are in the way. */
    side?: Side | "both";
    hint?: Hint;
    /** What to do, for developers and operators. */
    advice?: string;
}

/** Takes a side of a room. Connects at once, and comes back after each drop until it is closed or `giveUpAfterMs` is over. Throws a
 *  SignalingError when appID is not a UUID. */
export function connect<In = unknown, Out = unknown>(options: ConnectOptions): SignalingSession<In, Out>;

// A pair of browsers with a data channel

/** Servers, a function that returns them within 15 s, or a URL of JSON: an array, or an object with one in `iceServers`. */
export type IceServers = RTCIceServer[] | ((signal: AbortSignal) => Promise<RTCIceServer[]>) | string | URL;

export type Stage = "code" | "waiting" | "negotiating" | "connected";

/** A side's place in a room, to come back to. */
export interface Place {
    appID: string;
    side: Side;
    /** Absent if the server has no tokens. */
    token?: string;
    /** The `sid`. Random when absent. */
    session?: string;
}

export interface PairOptions<In = unknown, Out = unknown> extends CodeOptions, Partial<Place> {
    base: string | URL;
    /** Absent: asks for a code, is side A, and waits for the other side. Present: redeems it, is side B. Digits, a phrase or a fragment, as it
     *  was typed; with more than digits the other side has to be verified. With a Place instead, which has at least `appID` and `side`: comes
     *  back to a room whose code is spent. */
    code?: string;
    /** Side A: how many words are passed on besides the digits, 0 to 4. Absent is 0. From 1 on, the other side has to be verified. */
    words?: number;
    /** Side A: whether there is a fragment for a link. If so, the other side has to be verified. */
    link?: boolean;
    /** Side B: refuses digits alone with `words_needed`, before they are redeemed. There, `words` and `link` do the same. */
    verify?: boolean;
    /** With a Place: what side A has shown for its code, or side B was given, if the other side is to be verified. A secret that has been used
     *  is `code_gone`. */
    phrase?: string;
    fragment?: string;
    /** With a Place: in how many milliseconds its code ends, if that may still be redeemed. This side then waits as long as whoever made the
     *  code does. */
    expiresInMs?: number;
    /** The lifetime of a code that is asked for, in seconds. */
    ttl?: number;
    /** STUN and TURN servers. When absent, also in rtcConfiguration, those that the server gives; an empty list is none. */
    iceServers?: IceServers;
    /** More of the RTCPeerConnection's configuration, such as `iceTransportPolicy`. */
    rtcConfiguration?: RTCConfiguration;
    /** Makes the connections, for an environment that has no RTCPeerConnection of its own, and for tests. */
    rtc?: new (configuration?: RTCConfiguration) => RTCPeerConnection;
    /** Ends the attempt. Has no effect once the promise is settled. */
    signal?: AbortSignal;
    /** Called with the code that the other side needs. What this function and the following throw is reported as an uncaught error; it ends
     *  nothing. */
    onCode?: (shown: ShownCode) => void;
    /** Called with the place of this side, which `pair` takes to come back. */
    onRoom?: (place: Place & { session: string }) => void;
    /** Called with each stage as it begins; "negotiating" begins again when the other side comes back. It is also called with "negotiating"
     *  and a warning when something is known to be in the way, while the two still try. */
    onProgress?: (stage: Stage, detail?: { warning: Diagnosis }) => void;
    /** Called with the session before it is connected, so that its `reconnecting` events can be listened to. */
    onSession?: (session: SignalingSession<In, Out>) => void;
    /** How long side B waits for side A, in milliseconds. Until the code would have expired, and 10 s more, at least 30 s; for who comes back,
     *  120,000. Side A waits until its code has expired, and 10 s more. */
    peerWithinMs?: number;
    /** How long the peers may take to connect once both are there, in milliseconds. 45,000. */
    connectWithinMs?: number;
    /** How long an interrupted link may take to come back, in milliseconds. 120,000. */
    restoreWithinMs?: number;
    /** As in ConnectOptions, until the peers are connected. After that the session tries for as long as the link lives. */
    giveUpAfterMs?: number;
}

/** Connects to another browser by a code, or in a room that was left. Rejects with a SignalingError. `In` and `Out` are those of the link's
 *  session. */
export function pair<In = unknown, Out = unknown>(options: PairOptions<In, Out>): Promise<PeerLink<In, Out>>;

export type LinkState = "connected" | "interrupted" | "closed";

export interface CandidateKind {
    type: "host" | "srflx" | "prflx" | "relay";
    protocol: "udp" | "tcp";
}

export interface RouteEnd extends CandidateKind {
    address?: string;
    port?: number;
    /** How this end reaches its TURN server. */
    relayProtocol?: "udp" | "tcp" | "tls";
}

export interface Route {
    kind: "direct" | "relayed";
    local: RouteEnd;
    remote: RouteEnd;
    /** Round-trip time in milliseconds; null until it has been measured. */
    rttMs: number | null;
    bytesSent: number;
    bytesReceived: number;
}

export interface LinkSendOptions {
    /** Another channel of the link than its own. */
    channel?: RTCDataChannel;
    /** Stops waiting. What has not been sent yet is not sent. */
    signal?: AbortSignal;
}

export interface LinkEventMap {
    statechange: CustomEvent<LinkState>;
    /** The other side has opened a channel. Its messages are dispatched afterwards: attach `onmessage` here. */
    channel: CustomEvent<RTCDataChannel>;
    /** The six digits to compare are known. */
    sas: CustomEvent<string>;
    /** How many descriptions that the other side did not make have been dropped since it was verified. The link goes on. */
    forged: CustomEvent<number>;
    /** The other side has left the signaling server. The link itself may go on. */
    peerleft: CustomEvent<null>;
    /** Something was ignored that does not fit this link, such as an offer with another certificate. The link goes on. */
    problem: CustomEvent<{ error: unknown }>;
    /** The end. Without an error: by `close()`. */
    closed: CustomEvent<{ error?: unknown }>;
}

export interface PeerLink<In = unknown, Out = unknown> extends EventTarget {
    readonly peerConnection: RTCPeerConnection;
    /** Ordered and reliable, label "data", negotiated with id 0. Open when `pair` resolves. */
    readonly channel: RTCDataChannel;
    /** The open channels besides it, whichever side has opened them. */
    readonly channels: RTCDataChannel[];
    /** Stays open for ICE restarts and presence. */
    readonly session: SignalingSession<In, Out>;
    readonly side: Side;
    readonly appID: string;
    readonly state: LinkState;
    /** By what side B has shown that it knows the secret of the code, and A to B; null if nothing was verified. Does not change. */
    readonly verified: "words" | "link" | null;
    /** Six digits that are the same on both sides if nobody is in the middle, for people to compare. Null as long as there are none: with
     *  words or a link, or if the other side's program does not know them, for good. */
    readonly sas: string | null;
    /** Opens another channel, with the options of `createDataChannel`; the other side gets it by a `channel` event. Resolves when it is
     *  open. Rejects with `too_many_channels` above 256, with `closed` or the link's error when channel or link end first. */
    openChannel(label: string, options?: RTCDataChannelInit): Promise<RTCDataChannel>;
    /** Sends over `channel`. Resolves when it has taken the message, which it does at once until 1 MiB is in its buffer. Messages go in the
     *  order of the calls. Rejects with `queue_full` if more than 1,000 or 16 MiB wait, with `message_too_big` for more than the other end
     *  takes, and with the link's error when it ends. */
    send(data: string | ArrayBuffer | ArrayBufferView | Blob, options?: LinkSendOptions): Promise<void>;
    /** The route that bytes take now; null while there is none. */
    route(): Promise<Route | null>;
    /** Ends link and session. */
    close(): void;

    addEventListener<K extends keyof LinkEventMap>(
        type: K, listener: (this: PeerLink<In, Out>, event: LinkEventMap[K]) => unknown, options?: boolean | AddEventListenerOptions
    ): void;
    addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void;
    removeEventListener<K extends keyof LinkEventMap>(
        type: K, listener: (this: PeerLink<In, Out>, event: LinkEventMap[K]) => unknown, options?: boolean | EventListenerOptions
    ): void;
    removeEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | EventListenerOptions): void;
}

// Errors

export type ErrorCode =
    | "code_mismatch" | "peer_unverified" | "words_needed" | "words_unknown"
    | "code_malformed" | "code_gone" | "too_many_guesses" | "no_code_free"
    | "rate_limited" | "unauthorized" | "forbidden" | "origin_refused" | "token_refused"
    | "server_full" | "server_draining" | "server_unreachable" | "server_error"
    | "upgrade_refused" | "room_invalid" | "side_busy" | "replaced" | "unresponsive" | "slow_consumer"
    | "mailbox_full" | "message_too_big" | "message_too_slow" | "too_many_refusals" | "queue_full" | "too_many_channels"
    | "protocol_error" | "closed"
    | "peer_left" | "peer_never_came" | "no_route" | "no_relay" | "ice_servers_invalid" | "ice_servers_unavailable"
    | "unsupported";

/** What went wrong. An aborted call rejects with the signal's reason instead: an AbortError, unless the caller chose another. */
export class SignalingError extends Error {
    /** Stable, for programs. */
    readonly code: ErrorCode;
    /** What to do, for people. */
    readonly advice: string;
    /** How long to wait before trying again, if the server has said so. */
    readonly retryAfterMs?: number;
    /** Of `words_unknown`: what is none of the words, and up to 4 that may have been meant. It is not in the message. */
    readonly word?: string;
    readonly suggestions?: string[];
    /** Somebody had redeemed this side's code, and left without a proof that it knows its secret: perhaps after a wrong guess. The code is
     *  spent. */
    readonly unproved?: true;
    /** `retryAfterMs` and `cause` are kept; `advice` follows from the code. */
    constructor(code: ErrorCode, message: string, options?: { retryAfterMs?: number; cause?: unknown });
}

/** Both sides were there, and no route between them was found, or the route was lost for good. Its code is "no_route". */
export class NoRouteError extends SignalingError {
    /** The candidates of this side, one for each kind. */
    readonly local: CandidateKind[];
    /** Those of the other side, and whether this side has tried to reach any of that kind. A name that was not resolved is not tried. */
    readonly remote: (CandidateKind & { tried?: boolean })[];
    /** Why, as far as it is known, and whose network, device or settings are in the way. Both are absent when a link was lost later. */
    readonly cause?: Cause;
    readonly side?: Side | "both";
    readonly hint?: Hint;
    constructor(message: string, local: CandidateKind[], remote: (CandidateKind & { tried?: boolean })[], diagnosis?: Diagnosis);
}

// Parts of the client, for tests and for clients of your own

/** A frame from the server, as `wire.parse` reads it. */
export type ServerFrame =
    | { kind: "paired" } | { kind: "peerleft" }
    | { kind: "signal"; message: SignalMessage }
    | { kind: "item"; seq: number; payload: unknown }
    | { kind: "mailbox"; id: string; deliveredUpTo: number }
    | { kind: "accepted"; ref: number }
    | { kind: "refused"; code: string; message: string; ref?: number }
    | { kind: "going_away"; reconnectAfterMs: number }
    | ({ kind: "diagnosis" } & Diagnosis);

export const wire: {
    readonly closeCodes: readonly { readonly code: number; readonly reason: string }[];
    readonly errorCodes: readonly string[];
    /** Undefined for data that is not a frame, or not one that this version knows. Ignore it. */
    parse(data: string | ArrayBuffer | ArrayBufferView): ServerFrame | undefined;
    hello(mailbox: string, deliveredUpTo: number): string;
    send(to: Side, payload: unknown, ref: number): string;
    delivered(upTo: number): string;
    telemetry(event: string, detail?: IceDetail & { mode?: string; reason?: string; resumed?: boolean }): string;
    relay(message: SignalMessage): string;
};

export const reconnection: {
    /** How long to wait before an attempt; attempts are counted from 1. `random` returns a number in [0, 1). */
    delayMs(attempt: number, random?: () => number): number;
    errorOfClose(code: number, reason: string): SignalingError;
    /** Whether a session tries again after that error. */
    comesBack(error: SignalingError): boolean;
};

/** What the caller of a Comparison does. `send`: relay this frame. `digits`: show them. `end`: somebody is in the middle, or the other side
 *  is broken. */
export type ComparisonStep = { send: SignalMessage } | { digits: string } | { end: "protocol_error" };

/** One side of comparing six digits, without clock or network, for negotiations of your own. */
export class Comparison {
    constructor(options: { side: Side; appID: string; random?: (count: number) => Uint8Array });
    /** Six digits, the same on both sides if nobody is in the middle; null as long as there are none. */
    readonly digits: string | null;
    /** What to add as `sas` to the frame of an own description, with the text that is applied here; undefined for nothing. */
    member(type: "offer" | "answer", sdp: string): { v: 1; commit: string } | { v: 1; nonce: string } | undefined;
    /** After each description of the other side's was applied: its frame, and the text that the WebRTC stack got. */
    applied(frame: SignalMessage, sdp: string): ComparisonStep[];
    /** With each relayed frame of the type `sender_ready`. */
    receive(frame: SignalMessage): ComparisonStep[];
    /** At each `paired` (`room_full`) of the session. */
    connected(): ComparisonStep[];
}
