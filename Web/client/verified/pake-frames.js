// The member `pake` of relayed frames.

import { HASH_BYTES, base64url, bytesOfBase64url, isUnicode } from "./bytes.js";

export const PAKE_VERSION = 1;

export function askFrame() {
    return { type: "sender_ready", pake: { v: PAKE_VERSION } };
}

export function shareFrame(by, share) {
    return { type: "sender_ready", pake: { v: PAKE_VERSION, by, share: base64url(share) } };
}

/** A courtesy: anybody could have said it. */
export function mismatchFrame() {
    return { type: "sender_ready", pake: { v: PAKE_VERSION, end: "mismatch" } };
}

/** `share` only in what A offers before B's proof. */
export function sealedFrame({ type, text, id, n, mac, share }) {
    const pake = { v: PAKE_VERSION, n, mac: base64url(mac), ...(share && { share: base64url(share) }) };
    return { type, sdp: { type, sdp: text }, id, pake };
}

/** `{ by, share }` of a frame; undefined where they are malformed. */
export function shareIn({ by, share }) {
    const bytes = bytesOfBase64url(share, HASH_BYTES);
    return typeof by === "string" && bytes !== undefined ? { by, share: bytes } : undefined;
}

/** What is in a sealed description: `{ type, text, id, n, mac, share }`; undefined where that is malformed. */
export function sealedIn(type, { sdp, id, pake }) {
    // What the stack gets is the frame's type and this text alone.
    const text = typeof sdp === "string" ? sdp : sdp?.sdp;
    const mac = bytesOfBase64url(pake?.mac, HASH_BYTES);
    if (pake?.v !== PAKE_VERSION || !isNumber(pake.n) || !isNumber(id) || mac === undefined) return undefined;
    if (typeof text !== "string" || !isUnicode(text)) return undefined;
    return { type, text, id, n: pake.n, mac, share: bytesOfBase64url(pake.share, HASH_BYTES) };
}

export function isNumber(value) {
    return Number.isSafeInteger(value) && value >= 1;
}
