// How an attempt or a link ends, in words: by the `code` of a SignalingError.

import { formatDuration } from "./format.js";
import { obstacleOf } from "./obstacles.js";
import { text, textIfAny } from "./text.js";

/**
 * What the main button does: "retry" the same again, "create" a new code, "enter" another code, "settings" of STUN and TURN, "key" for
 * another access key, "start" back to the beginning.
 */
const NEXT = {
    code_malformed: "enter",
    code_gone: "enter",
    code_mismatch: "create",
    peer_unverified: "create",
    words_needed: "enter",
    digits_differ: "create",
    words_unknown: "enter",
    too_many_guesses: "enter",
    no_code_free: "retry",
    rate_limited: "retry",
    unauthorized: "key",
    forbidden: "key",
    server_full: "retry",
    server_draining: "retry",
    server_unreachable: "retry",
    server_error: "retry",
    upgrade_refused: "retry",
    unresponsive: "retry",
    side_busy: "create",
    token_refused: "create",
    replaced: "start",
    peer_left: "create",
    peer_never_came: "create",
    no_relay: "settings",
    ice_servers_invalid: "settings",
    unsupported: "start",
};

/**
 * `{title, advice, helps, detail, next, button, again, hasSettings}` for the error that ended the connection, or for undefined if the person here ended it.
 * `helps` is a list of what people can do, the first first, and `hasSettings` says whether the connection settings may help too; `detail` is the error's own message, for people who run the
 * server or the network; null if the page says the same; `again` is a second button, for another attempt in the same room, or null. `here` is
 * the side of this device, `hasRoom` whether there is a room to come back to, `isComingBack` whether the attempt has done that already, and
 * `wasConnected` whether it had come about.
 */
export function endingOf(error, here, { hasRoom = false, isComingBack = false, wasConnected = false } = {}) {
    if (error === undefined) return worded("start", text("ending.here.title"), text("ending.here.advice"), null);
    const again = hasRoom ? text("ended.again") : null;
    if (error.code === "no_route") {
        const { why, helps, next, hasSettings } = obstacleOf(error, here);
        const all = error.unproved ? [...helps, text("ended.unproved")] : helps;
        return { ...worded(next, text("ending.no_route.title"), why, null), helps: all, again, hasSettings };
    }
    const detail = text("ended.details", { message: error.message });
    // What is different where the attempt came back to a room.
    const back = isComingBack ? textIfAny(`ending.${error.code}.back`) : undefined;
    if (back !== undefined) return worded("create", back, adviceWith(error, text("ending.token_refused.advice")), detail);
    const title = textIfAny(`ending.${error.code}.title`) ?? text("ending.unknown.title");
    const advice = adviceWith(error, adviceFor(error));
    // Who has a code from somebody else asks for another one there.
    const next = error.code === "code_mismatch" && here === "B" ? "enter" : (NEXT[error.code] ?? "start");
    // Who leaves an attempt may have lost the server, and come back; who leaves a connection has ended it.
    const mayComeBack = error.code === "peer_never_came" || (error.code === "peer_left" && !wasConnected);
    return { ...worded(next, title, advice, detail), again: mayComeBack ? again : null };
}

/** What people read instead of the client's advice, which is for developers, and in English. That of an error unknown here is better than none. */
export function adviceFor({ code, advice }) {
    return textIfAny(`ending.${code}.advice`) ?? advice ?? text("ending.unknown.advice");
}

/** Whether that of an error is the client's own. */
export function isEnglish(error) {
    return error?.advice !== undefined && error.code !== "no_route" && textIfAny(`ending.${error.code}.advice`) === undefined;
}

function adviceWith({ unproved, retryAfterMs }, advice) {
    const wait = retryAfterMs !== undefined && text("ended.wait", { time: formatDuration(retryAfterMs) });
    return [advice, unproved && text("ended.unproved"), wait].filter(Boolean).join(" ");
}

function worded(next, title, advice, detail) {
    return { title, advice, helps: [], detail, next, button: text(`ended.next.${next}`), again: null, hasSettings: false };
}
