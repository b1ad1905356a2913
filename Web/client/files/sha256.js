// SHA-256 (FIPS 180-4), fed piece by piece. The browser's own needs the whole message at once, which is impossible for a file of many
// gigabytes, and is missing on plain http.

export const BLOCK = 64;
/** Where the message's length begins in the last block. */
const LENGTH_AT = 56;

/** The first 32 bits of a root after the binary point. None of the roots used is so close to the next value of these bits (the nearest
 *  is 2⁻³⁷ away) that the last bit of an engine's Math.cbrt, about 2⁻⁵⁰, could matter. */
function fraction(root) {
    return ((root - Math.floor(root)) * 2 ** 32) | 0;
}

function firstPrimes(count) {
    const primes = [];
    for (let candidate = 2; primes.length < count; candidate += 1) {
        if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
    }
    return primes;
}

const PRIMES = firstPrimes(64);
const INITIAL = Int32Array.from(PRIMES.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
const ROUNDS = Int32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)));

export function hexOf(bytes) {
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Sha256 {
    #state = INITIAL.slice();
    #schedule = new Int32Array(64);
    #block = new Uint8Array(BLOCK);
    #filled = 0;
    #total = 0;

    /** Takes the next bytes of the message. */
    update(bytes) {
        this.#total += bytes.length;
        let at = 0;
        if (this.#filled > 0) {
            at = Math.min(BLOCK - this.#filled, bytes.length);
            this.#block.set(bytes.subarray(0, at), this.#filled);
            this.#filled += at;
            if (this.#filled < BLOCK) return this;
            this.#compress(this.#block, 0);
        }
        for (; at + BLOCK <= bytes.length; at += BLOCK) this.#compress(bytes, at);
        this.#block.set(bytes.subarray(at));
        this.#filled = bytes.length - at;
        return this;
    }

    /** Ends the message and returns its hash as 64 lower-case hex digits. Call it once. */
    hex() {
        return hexOf(this.bytes());
    }

    /** Ends the message and returns the 32 bytes of its hash. Call it once. */
    bytes() {
        const ending = new Uint8Array(this.#filled < LENGTH_AT ? BLOCK - this.#filled : 2 * BLOCK - this.#filled);
        ending[0] = 0x80;
        const length = new DataView(ending.buffer, ending.length - 8);
        length.setUint32(0, Math.floor(this.#total / 2 ** 29));
        length.setUint32(4, (this.#total * 8) >>> 0);
        this.update(ending);
        const digest = new DataView(new ArrayBuffer(32));
        this.#state.forEach((word, index) => digest.setInt32(4 * index, word));
        return new Uint8Array(digest.buffer);
    }

    #compress(bytes, from) {
        const w = this.#schedule;
        for (let t = 0, at = from; t < 16; t += 1, at += 4) {
            w[t] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
        }
        for (let t = 16; t < 64; t += 1) {
            const early = w[t - 15];
            const late = w[t - 2];
            const sigma0 = ((early >>> 7) | (early << 25)) ^ ((early >>> 18) | (early << 14)) ^ (early >>> 3);
            const sigma1 = ((late >>> 17) | (late << 15)) ^ ((late >>> 19) | (late << 13)) ^ (late >>> 10);
            w[t] = (w[t - 16] + sigma0 + w[t - 7] + sigma1) | 0;
        }
        const state = this.#state;
        // Taken out one by one: destructuring goes through an iterator, which halves the speed.
        let a = state[0];
        let b = state[1];
        let c = state[2];
        let d = state[3];
        let e = state[4];
        let f = state[5];
        let g = state[6];
        let h = state[7];
        for (let t = 0; t < 64; t += 1) {
            const sum1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
            const choice = (e & f) ^ (~e & g);
            const first = (h + sum1 + choice + ROUNDS[t] + w[t]) | 0;
            const sum0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
            const majority = (a & b) ^ (a & c) ^ (b & c);
            h = g;
            g = f;
            f = e;
            e = (d + first) | 0;
            d = c;
            c = b;
            b = a;
            a = (first + sum0 + majority) | 0;
        }
        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
        state[4] += e;
        state[5] += f;
        state[6] += g;
        state[7] += h;
    }
}
