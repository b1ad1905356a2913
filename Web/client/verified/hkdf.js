// HMAC and HKDF with SHA-512: RFC 2104 and RFC 5869.

import { joined } from "./bytes.js";
import { sha512 } from "./sha512.js";

const HMAC_BLOCK_BYTES = 128;

export function hmac(key, message) {
    const block = new Uint8Array(HMAC_BLOCK_BYTES);
    block.set(key.length > HMAC_BLOCK_BYTES ? sha512(key) : key);
    const inner = sha512(joined(block.map((byte) => byte ^ 0x36), message));
    return sha512(joined(block.map((byte) => byte ^ 0x5c), inner));
}

/** Up to 64 bytes, which is all that is asked for here. */
export function hkdf(salt, secret, info, length) {
    return hmac(hmac(salt, secret), joined(info, Uint8Array.of(1))).subarray(0, length);
}
