// The types of signaling.js. docs/javascript.md explains them.

// Codes

export interface RequestOptions {
    /** Ends the request. */
    signal?: AbortSignal;
}

export interface CreateCodeOptions extends RequestOptions {
    /** The code's lifetime in seconds, fractions allowed. If it is absent or longer, the server's ROOM_TTL (10 minutes) applies. */
    ttl?: number;
}

export interface Room {
    /** The room's name, a UUID. */
    appID: string;
    /** When the code expires, or would have expired. */
    expiresAt: Date;
    /** Shows that this client may have its side of the room: A's from createCode, B's from redeemCode. Absent if the server has no tokens. */
    token?: string;
}

export interface MintedCode extends Room {
    /** 4 to 8 digits; leading zeros count. */
    code: string;
}

/** Asks the server at `base` (`https://example.org`, with a path if the server has one) for a code. Rejects with a SignalingError. */
export function createCode(base: string | URL, options?: CreateCodeOptions): Promise<MintedCode>;

/** Trades a code for its room, once. Rejects with a SignalingError. */
export function redeemCode(base: string | URL, code: string, options?: RequestOptions): Promise<Room>;

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

export interface Item {
    /** Its number in the mailbox, from 1. Starts from 1 again when the server has made the room anew. */
    seq: number;
    /** A copy of what the sender passed to `send`. */
    payload: unknown;
}

export interface Refusal {
    /** The server's error code, one of `wire.errorCodes`; later versions may have more. */
    code: string;
    message: string;
}

export interface SessionEventMap {
    /** Connected. `resumed` is true if the mailboxes are the same as on the connection before, so that nothing is lost or repeated. It is
     *  false the first time, and when the server has made the room anew meanwhile (after a restart): then items that it had accepted and
     *  not yet delivered are gone. */
    open: CustomEvent<{ resumed: boolean }>;
    /** Both sides are present. Also after each reconnection of this side to a room where the other one is. */
    paired: CustomEvent<null>;
    peerleft: CustomEvent<null>;
    /** A frame from the other side. */
    signal: CustomEvent<SignalMessage>;
    /** A mailbox item. It is acknowledged once the listeners have returned; if `items()` was called, only by its loop. */
    item: CustomEvent<Item>;
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

export interface SignalingSession extends EventTarget {
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
    send(payload: unknown, options?: SendOptions): Promise<void>;

    /** The items, in order. Each is acknowledged when the next is asked for. One loop at a time; a later loop continues where the one
     *  before was left. The loop ends with the session, by throwing its error if it has one. */
    items(): AsyncIterableIterator<Item>;

    /** Reports to the server's metrics; does nothing without a connection. */
    telemetry(event: "ice-connected", detail?: { mode?: TelemetryMode }): void;
    telemetry(event: "ice-failed", detail?: { reason?: TelemetryReason }): void;

    /** Ends the session. Sends that are not settled are rejected with `closed`. */
    close(): void;

    addEventListener<K extends keyof SessionEventMap>(
        type: K, listener: (this: SignalingSession, event: SessionEventMap[K]) => unknown, options?: boolean | AddEventListenerOptions
    ): void;
    addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void;
    removeEventListener<K extends keyof SessionEventMap>(
        type: K, listener: (this: SignalingSession, event: SessionEventMap[K]) => unknown, options?: boolean | EventListenerOptions
    ): void;
    removeEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | EventListenerOptions): void;
}

export type TelemetryMode = "direct" | "relay" | "host" | "srflx" | "prflx";
export type TelemetryReason = "ice-failed" | "timeout" | "disconnected" | "closed" | "no-candidates";

/** Takes a side of a room. Connects at once, and comes back after each drop until it is closed or `giveUpAfterMs` is over. Throws a
 *  SignalingError when appID is not a UUID. */
export function connect(options: ConnectOptions): SignalingSession;

// A pair of browsers with a data channel

/** Servers, a function that returns them within 15 s, or a URL of JSON: an array, or an object with one in `iceServers`. */
export type IceServers = RTCIceServer[] | ((signal: AbortSignal) => Promise<RTCIceServer[]>) | string | URL;

export type Stage = "code" | "waiting" | "negotiating" | "connected";

export interface PairOptions {
    base: string | URL;
    /** Absent: asks for a code, is side A, and waits for the other side. Present: redeems it, is side B. */
    code?: string;
    /** The lifetime of a code that is asked for, in seconds. */
    ttl?: number;
    /** STUN and TURN servers. None when absent. */
    iceServers?: IceServers;
    /** More of the RTCPeerConnection's configuration, such as `iceTransportPolicy`. */
    rtcConfiguration?: RTCConfiguration;
    /** Ends the attempt. Has no effect once the promise is settled. */
    signal?: AbortSignal;
    /** Called with the code that the other side needs. */
    onCode?: (minted: MintedCode) => void;
    /** Called with each stage as it begins; "negotiating" begins again when the other side comes back. */
    onProgress?: (stage: Stage) => void;
    /** Called with the session before it is connected, so that its `reconnecting` events can be listened to. */
    onSession?: (session: SignalingSession) => void;
    /** How long side B waits for side A, in milliseconds. 30,000. Side A waits until its code has expired. */
    peerWithinMs?: number;
    /** How long the peers may take to connect once both are there, in milliseconds. 45,000. */
    connectWithinMs?: number;
    /** How long an interrupted link may take to come back, in milliseconds. 120,000. */
    restoreWithinMs?: number;
    /** As in ConnectOptions. Once the peers are connected, the end of the session does not end the link. */
    giveUpAfterMs?: number;
}

/** Connects to another browser by a code. Rejects with a SignalingError. */
export function pair(options: PairOptions): Promise<PeerLink>;

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

export interface LinkEventMap {
    statechange: CustomEvent<LinkState>;
    /** The other side has left the signaling server. The link itself may go on. */
    peerleft: CustomEvent<null>;
    /** The end. Without an error: by `close()`. */
    closed: CustomEvent<{ error?: unknown }>;
}

export interface PeerLink extends EventTarget {
    readonly peerConnection: RTCPeerConnection;
    /** Ordered and reliable, label "data", negotiated with id 0. Open when `pair` resolves. */
    readonly channel: RTCDataChannel;
    /** Stays open for ICE restarts and presence. */
    readonly session: SignalingSession;
    readonly side: Side;
    readonly appID: string;
    readonly state: LinkState;
    /** The route that bytes take now; null while there is none. */
    route(): Promise<Route | null>;
    /** Ends link and session. */
    close(): void;

    addEventListener<K extends keyof LinkEventMap>(
        type: K, listener: (this: PeerLink, event: LinkEventMap[K]) => unknown, options?: boolean | AddEventListenerOptions
    ): void;
    addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void;
    removeEventListener<K extends keyof LinkEventMap>(
        type: K, listener: (this: PeerLink, event: LinkEventMap[K]) => unknown, options?: boolean | EventListenerOptions
    ): void;
    removeEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | EventListenerOptions): void;
}

// Errors

export type ErrorCode =
    | "code_malformed" | "code_gone" | "too_many_guesses" | "no_code_free"
    | "rate_limited" | "origin_refused" | "token_refused" | "server_full" | "server_draining" | "server_unreachable" | "server_error"
    | "upgrade_refused" | "room_invalid" | "side_busy" | "replaced" | "unresponsive" | "slow_consumer"
    | "mailbox_full" | "message_too_big" | "message_too_slow" | "too_many_refusals" | "queue_full" | "protocol_error" | "closed"
    | "peer_left" | "peer_never_came" | "no_route" | "ice_servers_invalid" | "ice_servers_unavailable" | "unsupported";

/** What went wrong. An aborted call rejects with the signal's reason instead: an AbortError, unless the caller chose another. */
export class SignalingError extends Error {
    /** Stable, for programs. */
    readonly code: ErrorCode;
    /** What to do, for people. */
    readonly advice: string;
    /** How long to wait before trying again, if the server has said so. */
    readonly retryAfterMs?: number;
    /** `retryAfterMs` and `cause` are kept; `advice` follows from the code. */
    constructor(code: ErrorCode, message: string, options?: { retryAfterMs?: number; cause?: unknown });
}

/** Both sides were there, and no route between them was found, or the route was lost for good. Its code is "no_route". */
export class NoRouteError extends SignalingError {
    /** The candidates of this side, one for each kind. */
    readonly local: CandidateKind[];
    /** Those of the other side. */
    readonly remote: CandidateKind[];
    constructor(message: string, local: CandidateKind[], remote: CandidateKind[]);
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
    | { kind: "going_away"; reconnectAfterMs: number };

export const wire: {
    readonly closeCodes: readonly { readonly code: number; readonly reason: string }[];
    readonly errorCodes: readonly string[];
    /** Undefined for data that is not a frame, or not one that this version knows. Ignore it. */
    parse(data: string | ArrayBuffer | ArrayBufferView): ServerFrame | undefined;
    hello(mailbox: string, deliveredUpTo: number): string;
    send(to: Side, payload: unknown, ref: number): string;
    delivered(upTo: number): string;
    telemetry(event: string, detail?: { mode?: string; reason?: string }): string;
    relay(message: SignalMessage): string;
};

export const reconnection: {
    /** How long to wait before an attempt; attempts are counted from 1. `random` returns a number in [0, 1). */
    delayMs(attempt: number, random?: () => number): number;
    errorOfClose(code: number, reason: string): SignalingError;
    /** Whether a session tries again after that error. */
    comesBack(error: SignalingError): boolean;
};
