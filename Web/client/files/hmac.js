// HMAC-SHA-256 (RFC 2104). The browser's own is missing on plain http.

import { BLOCK, Sha256 } from "./sha256.js";

/** The code of a text, as 64 lower-case hex digits. `key` has at most 64 bytes. */
export function hmacHex(key, text) {
    const padded = (fill) => Uint8Array.from({ length: BLOCK }, (_, index) => (key[index] ?? 0) ^ fill);
    const inner = new Sha256().update(padded(0x36)).update(new TextEncoder().encode(text)).bytes();
    return new Sha256().update(padded(0x5c)).update(inner).hex();
}
