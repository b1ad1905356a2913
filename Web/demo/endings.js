// How an attempt or a link ends, in words: by the `code` of a SignalingError.

import { formatDuration } from "./format.js";
import { obstacleOf } from "./obstacles.js";

/**
 * `next` is what the main button does: "retry" the same again, "create" a new code, "enter" another code, "settings" of STUN and TURN,
 * "key" for another access key, "start" back to the beginning.
 */
const ENDINGS = {
    code_malformed: { title: "That is not a code", next: "enter" },
    code_gone: { title: "This code does not work", next: "enter" },
    code_mismatch: { title: "The words do not match", next: "create" },
    peer_unverified: { title: "The other side did not say the words", next: "create" },
    words_needed: { title: "This code has words too", next: "enter" },
    digits_differ: { title: "The digits differ", next: "create" },
    words_unknown: { title: "One of the words is not right", next: "enter" },
    too_many_guesses: { title: "Too many wrong codes", next: "enter" },
    no_code_free: { title: "No code is free", next: "retry" },
    rate_limited: { title: "Too many requests", next: "retry" },
    unauthorized: { title: "The access key is missing or wrong", next: "key" },
    forbidden: { title: "This server does not let you in", next: "key" },
    server_full: { title: "The server is full", next: "retry" },
    server_draining: { title: "The server is restarting", next: "retry" },
    server_unreachable: { title: "The server cannot be reached", next: "retry" },
    server_error: { title: "The server gave no proper answer", next: "retry" },
    upgrade_refused: { title: "The server cannot be reached fully", next: "retry" },
    unresponsive: { title: "The server has lost sight of this device", next: "retry" },
    side_busy: { title: "The room is taken", next: "create" },
    token_refused: { title: "The room is gone", next: "create" },
    replaced: { title: "Connected somewhere else", next: "start" },
    peer_left: { title: "The other side has left", next: "create" },
    peer_never_came: { title: "The other side did not come", next: "create" },
    no_route: { title: "The two devices cannot reach each other" },
    no_relay: { title: "There is no TURN server to use", next: "settings" },
    ice_servers_invalid: { title: "The STUN or TURN server is not accepted", next: "settings" },
    unsupported: { title: "This browser cannot connect", next: "start" },
};

const BUTTONS = {
    retry: "Try again",
    create: "Create a new code",
    enter: "Enter another code",
    settings: "Enter a TURN server",
    key: "Enter an access key",
    start: "Back to the start",
};

/** What is different where the attempt came back to a room. */
const COMING_BACK = {
    peer_never_came: { title: "The other side did not come back", next: "create" },
    peer_left: { title: "The other side has left the room", next: "create" },
};
const AGAIN = "Try again in this room";

/** What people read instead of the client's advice, which is for developers. */
const ADVICE = {
    code_mismatch:
        "One of the words was mistyped, or somebody else used the code. Nothing was connected, and the code is used up: make a new one. If " +
        "it happens again, use the link, or another server.",
    digits_differ:
        "Your devices are connected to somebody in between, not to each other, unless one of the digits was misread. The connection is " +
        "closed. Make a code with words, or use another server.",
    unauthorized: "This server asks for an access key. Whoever runs it can give you one.",
    forbidden: "The server knows your access key, and does not allow it to connect. Ask whoever runs the server.",
    token_refused: "This room cannot be used any more. Create a new code, and pass it on.",
    no_relay: "You have chosen to use a TURN server only, and this server has none. Enter one, or turn that off.",
};

const UNPROVED = "The other side never proved that it has the words, and the code is used up. Make a new one.";

/**
 * `{title, advice, helps, detail, next, button, again}` for the error that ended the connection, or for undefined if the person here ended it.
 * `helps` is a list of what people can do, if there is more than one thing; `detail` is the error's own message, for people who run the
 * server or the network; null if the page says the same; `again` is a second button, for another attempt in the same room, or null. `here` is
 * the side of this device, `hasRoom` whether there is a room to come back to, `isComingBack` whether the attempt has done that already, and
 * `wasConnected` whether it had come about.
 */
export function endingOf(error, here, { hasRoom = false, isComingBack = false, wasConnected = false } = {}) {
    if (error === undefined) return worded({ title: "Disconnected", next: "start" }, "You have ended the connection.", null);
    if (error.code === "no_route") {
        const { why, helps, next } = obstacleOf(error, here);
        const all = error.unproved ? [...helps, UNPROVED] : helps;
        return { ...worded({ title: ENDINGS.no_route.title, next }, why, null), helps: all, again: hasRoom ? AGAIN : null };
    }
    const detail = `Details: ${error.message}`;
    if (isComingBack && COMING_BACK[error.code]) return worded(COMING_BACK[error.code], adviceFor("token_refused", error), detail);
    const known = ENDINGS[error.code] ?? { title: "Something went wrong", next: "start" };
    const wait = error.retryAfterMs === undefined ? "" : ` Try again in ${formatDuration(error.retryAfterMs)}.`;
    const advice = `${adviceFor(error.code, error) ?? error.advice ?? "Begin anew. If it happens again, reload the page."}${wait}`;
    // Who has a code from somebody else asks for another one there.
    const next = error.code === "code_mismatch" && here === "B" ? "enter" : known.next;
    // Who leaves an attempt may have lost the server, and come back; who leaves a connection has ended it.
    const mayComeBack = error.code === "peer_never_came" || (error.code === "peer_left" && !wasConnected);
    return { ...worded({ ...known, next }, advice, detail), again: hasRoom && mayComeBack ? AGAIN : null };
}

/** What stands in for the client's advice, which says by itself that the other side has proved nothing. */
function adviceFor(code, { unproved }) {
    return unproved && ADVICE[code] ? `${ADVICE[code]} ${UNPROVED}` : ADVICE[code];
}

function worded({ title, next }, advice, detail) {
    return { title, advice, helps: [], detail, next, button: BUTTONS[next], again: null };
}
