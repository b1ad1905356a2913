// CPace (draft-irtf-cfrg-cpace-21, CPACE-X25519-SHA512), as verified pairing uses it: from a secret to one key for each direction.

import { HASH_BYTES, areEqual, bytesOfUUID, joined, lv, utf8 } from "./bytes.js";
import { elligator2, x25519 } from "./curve25519.js";
import { hkdf, hmac } from "./hkdf.js";
import { sha512 } from "./sha512.js";

const LABEL = "nt-verified-pairing-1";
/** Names the protocol and its roles: B is the initiator, A the responder. */
const CHANNEL = lv(LABEL, "B", "A");
const DOMAIN = "CPace255";
/** The zeros fill the first block of the hash, so that its time does not depend on the secret. */
const FIRST_BLOCK_BYTES = 128;

/** `PRS`: what both sides know. */
export function passwordOf({ by, secret }) {
    return utf8(`${by}:${secret}`);
}

export function generatorString(password, channel, sid) {
    const zeros = Math.max(0, FIRST_BLOCK_BYTES - 1 - lv(password).length - lv(DOMAIN).length);
    return lv(DOMAIN, password, new Uint8Array(zeros), channel, sid);
}

export function generatorOf(secret, appID) {
    return elligator2(sha512(generatorString(passwordOf(secret), CHANNEL, bytesOfUUID(appID))).subarray(0, HASH_BYTES));
}

export function shareOf(scalar, generator) {
    return x25519(scalar, generator);
}

/** `K`; undefined where it is zero, which other shares than a point of the right group lead to. */
export function commonPoint(scalar, othersShare) {
    const point = x25519(scalar, othersShare);
    return areEqual(point, new Uint8Array(HASH_BYTES)) ? undefined : point;
}

/** The keys under which the sides seal: `{ A, B }`. */
export function keysOf({ appID, by, point, shares }) {
    const sid = bytesOfUUID(appID);
    const transcript = joined(lv(shares.B, `B ${by}`), lv(shares.A, "A"));
    const intermediate = sha512(joined(lv(`${DOMAIN}_ISK`, sid, point), transcript));
    const key = (side) => hkdf(utf8(LABEL), intermediate, utf8(side), HASH_BYTES);
    return { A: key("A"), B: key("B") };
}

/** Covers all that the other side will act upon. */
export function macOf(key, { type, n, id, text }) {
    return hmac(key, lv(type, String(n), String(id), text)).subarray(0, HASH_BYTES);
}
