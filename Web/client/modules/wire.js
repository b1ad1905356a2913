// The protocol's frames, close codes and error codes: those of Fixtures/wire.

/** The close codes of the server: the reason it gives, and the error code that a session reports. */
export const CLOSES = {
    // The server only repeats a client's own 1000: here, something between the two has closed the connection.
    1000: { reason: "", error: "server_unreachable" },
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

/** By the end of their reasons, other errors that the server closes a connection for with 1008. */
export const POLICIES = {
    "message took too long": "message_too_slow",
    "too many refused frames": "too_many_refusals",
};

/** The types of the frames that the server relays to the other side as they are. */
export const RELAYED = ["offer", "answer", "ice", "sender_ready"];

/** How deep the server lets JSON be nested. The frame itself is the first level. */
export const MAX_DEPTH = 128;

export const wire = {
    closeCodes: Object.entries(CLOSES).map(([code, { reason }]) => ({ code: Number(code), reason })),
    errorCodes: ["invalid_json", "missing_type", "unknown_type", "invalid_field", "peer_absent", "mailbox_full", "rate_limited"],

    hello: (mailbox, deliveredUpTo) => JSON.stringify({ type: "hello", mailbox, deliveredUpTo }),
    send: (to, payload, ref) => JSON.stringify({ type: "send", to, payload, ref }),
    delivered: (upTo) => JSON.stringify({ type: "delivered", upTo }),
    telemetry: (event, detail) => JSON.stringify({ type: "telemetry", event, ...detail }),
    relay: (message) => JSON.stringify(message),

    /** Reads a message from the server. Undefined if this version does not know the frame: it may be one of a later version, and must be
     *  ignored. The server relays a message as text or binary, whichever it came as, so both are read. */
    parse(data) {
        let frame;
        try {
            frame = JSON.parse(typeof data === "string" ? data : new TextDecoder().decode(data));
        } catch {
            return undefined;
        }
        if (typeof frame?.type !== "string") return undefined;
        const type = frame.type.toLowerCase();
        const { seq, payload, id, deliveredUpTo, ref, code, message, reconnectAfterMs, cause } = frame;
        if (RELAYED.includes(type)) return { kind: "signal", message: { ...frame, type } };
        if (type === "room_full") return { kind: "paired" };
        if (type === "peer_left") return { kind: "peerleft" };
        if ((type === "send" || type === "deliver") && isCount(seq) && payload !== undefined) return { kind: "item", seq, payload };
        if (type === "mailbox" && typeof id === "string" && isCount(deliveredUpTo)) return { kind: "mailbox", id, deliveredUpTo };
        if (type === "accepted" && isCount(ref)) return { kind: "accepted", ref };
        if (type === "error" && typeof code === "string") return { kind: "refused", code, message: typeof message === "string" ? message : "", ref };
        if (type === "diagnosis" && typeof cause === "string") return { kind: "diagnosis", ...diagnosisOf(frame) };
        if (type === "going_away" && isCount(reconnectAfterMs)) return { kind: "going_away", reconnectAfterMs };
        return undefined;
    },
};

function diagnosisOf({ cause, side, hint, advice }) {
    const text = (name, value) => (typeof value === "string" ? { [name]: value } : {});
    return { cause, ...(["A", "B", "both"].includes(side) && { side }), ...text("hint", hint), ...text("advice", advice) };
}

function isCount(value) {
    return Number.isInteger(value) && value >= 0;
}
