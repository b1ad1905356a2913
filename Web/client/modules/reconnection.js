// When a session comes back after it has lost its connection, and when it does not.

import { SignalingError } from "./errors.js";
import { CLOSES, POLICIES } from "./wire.js";

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 20_000;

/** Errors after which another attempt would fail in the same way. */
const FINAL = new Set([
    "room_invalid", "origin_refused", "token_refused", "side_busy", "replaced", "message_too_big", "too_many_refusals", "protocol_error",
]);

export const reconnection = {
    /** Exponential backoff with full jitter: a random time up to a limit that doubles, so that clients do not all come back at once. */
    delayMs: (attempt, random = Math.random) => random() * Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1)),

    /** A code that the server does not send comes from something in between, or stands for no close frame at all (1006). */
    errorOfClose(code, reason) {
        const { error = "server_unreachable", retryAfterMs } = CLOSES[code] ?? {};
        const policy = code === 1008 ? Object.entries(POLICIES).find(([end]) => reason.endsWith(end))?.[1] : undefined;
        return new SignalingError(policy ?? error, `the connection was closed: ${code}${reason && ` ${reason}`}`, { retryAfterMs });
    },

    comesBack: (error) => !FINAL.has(error.code),
};
