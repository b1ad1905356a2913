// Byte strings, and their forms in frames.

export const HASH_BYTES = 32;

/** What is no Unicode has no UTF-8: a lone half of a surrogate pair would become U+FFFD, and so would other texts. */
export function isUnicode(text) {
    return !/\p{Surrogate}/u.test(text);
}

export function utf8(text) {
    return new TextEncoder().encode(text);
}

export function joined(...parts) {
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
        whole.set(part, at);
        at += part.length;
    }
    return whole;
}

/** Each part, a text or bytes, behind its length in LEB128. */
export function lv(...parts) {
    const all = parts.map((part) => (typeof part === "string" ? utf8(part) : part));
    return joined(...all.flatMap((part) => [leb128(part.length), part]));
}

export function leb128(number) {
    const bytes = [];
    for (; number > 127; number = Math.floor(number / 128)) bytes.push((number % 128) + 128);
    return Uint8Array.of(...bytes, number);
}

/** The 16 bytes of a room's name. */
export function bytesOfUUID(text) {
    const digits = text.replaceAll("-", "");
    if (!/^[0-9a-f]{32}$/i.test(digits)) throw new TypeError("a room is named by a UUID");
    return Uint8Array.from({ length: 16 }, (_, index) => parseInt(digits.slice(index * 2, index * 2 + 2), 16));
}

/** Takes the same time wherever the two differ. Both have the same length. */
export function areEqual(one, other) {
    return one.reduce((difference, byte, index) => difference | (byte ^ other[index]), 0) === 0;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Base64url without padding. */
export function base64url(bytes) {
    let text = "";
    for (let at = 0; at < bytes.length; at += 3) {
        const [a, b = 0, c = 0] = bytes.subarray(at, at + 3);
        const digits = [a >> 2, ((a & 3) << 4) | (b >> 4), ((b & 15) << 2) | (c >> 6), c & 63];
        text += digits.map((digit) => ALPHABET[digit]).join("").slice(0, bytes.length - at + 1);
    }
    return text;
}

/** `count` bytes; undefined for a value that is not what `base64url` makes of so many. */
export function bytesOfBase64url(value, count) {
    if (typeof value !== "string" || value.length !== Math.ceil((count * 4) / 3) || /[^\w-]/.test(value)) return undefined;
    const bytes = [];
    let bits = 0;
    let held = 0;
    for (const letter of value) {
        held = ((held << 6) | ALPHABET.indexOf(letter)) & 0xfff;
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        bytes.push((held >> bits) & 0xff);
    }
    // The last letter may hold bits that belong to no byte. They have to be zeros, or one value would have several forms.
    return (held & ((1 << bits) - 1)) === 0 ? Uint8Array.from(bytes) : undefined;
}

/** Also there on plain http, unlike crypto.subtle. */
export function randomBytes(count) {
    return crypto.getRandomValues(new Uint8Array(count));
}
