// How an attempt or a link ends, in words: by the `code` of a SignalingError.

import { formatDuration } from "./format.js";

/**
 * `next` is what the main button does: "retry" the same again, "create" a new code, "enter" another code, "settings" of STUN and TURN,
 * "start" back to the beginning.
 */
const ENDINGS = {
    code_malformed: { title: "That is not a code", next: "enter" },
    code_gone: { title: "This code does not work", next: "enter" },
    too_many_guesses: { title: "Too many wrong codes", next: "enter" },
    no_code_free: { title: "No code is free", next: "retry" },
    rate_limited: { title: "Too many requests", next: "retry" },
    server_full: { title: "The server is full", next: "retry" },
    server_draining: { title: "The server is restarting", next: "retry" },
    server_unreachable: { title: "The server cannot be reached", next: "retry" },
    server_error: { title: "The server gave no proper answer", next: "retry" },
    upgrade_refused: { title: "The server cannot be reached fully", next: "retry" },
    unresponsive: { title: "The server has lost sight of this device", next: "retry" },
    side_busy: { title: "The room is taken", next: "create" },
    replaced: { title: "Connected somewhere else", next: "start" },
    peer_left: { title: "The other side has left", next: "create" },
    peer_never_came: { title: "The other side did not come", next: "create" },
    no_route: { title: "The two devices cannot reach each other", next: "settings" },
    ice_servers_invalid: { title: "The STUN or TURN server is not accepted", next: "settings" },
    unsupported: { title: "This browser cannot connect", next: "start" },
};

const BUTTONS = {
    retry: "Try again",
    create: "Create a new code",
    enter: "Enter another code",
    settings: "Enter a TURN server",
    start: "Back to the start",
};

/**
 * `{title, advice, detail, next, button}` for the error that ended the connection, or for undefined if the person here ended it. `detail`
 * is the error's own message, for people who run the server or the network; null if the page says the same.
 */
export function endingOf(error) {
    if (error === undefined) return worded({ title: "Disconnected", next: "start" }, "You have ended the connection.", null);
    const known = ENDINGS[error.code] ?? { title: "Something went wrong", next: "start" };
    const wait = error.retryAfterMs === undefined ? "" : ` Try again in ${formatDuration(error.retryAfterMs)}.`;
    const advice = `${error.advice ?? "Begin anew. If it happens again, reload the page."}${wait}`;
    return worded(known, advice, error.code === "no_route" ? null : `Details: ${error.message}`);
}

function worded({ title, next }, advice, detail) {
    return { title, advice, detail, next, button: BUTTONS[next] };
}
