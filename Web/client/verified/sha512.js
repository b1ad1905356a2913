// SHA-512 on words of 32 bits. Browsers have it in crypto.subtle, but only on secure pages, and only with a promise.

const ROUNDS = 80;
const BLOCK_BYTES = 128;
/** The standard's, from the first hash on: most programs that load this make none. */
const constants = {};

export function sha512(message) {
    const length = message.length;
    // The message, a bit, zeros, and its length in bits, of which no message here needs more than 53.
    const padded = new Uint8Array(Math.ceil((length + 17) / BLOCK_BYTES) * BLOCK_BYTES);
    padded.set(message);
    padded[length] = 0x80;
    const view = new DataView(padded.buffer);
    view.setUint32(padded.length - 8, Math.floor(length / 2 ** 29));
    view.setUint32(padded.length - 4, (length * 8) >>> 0);
    if (constants.start === undefined) Object.assign(constants, calculated());
    const state = constants.start.slice();
    for (let at = 0; at < padded.length; at += BLOCK_BYTES) compress(state, view, at);
    const digest = new DataView(new ArrayBuffer(64));
    state.forEach((word, index) => digest.setInt32(index * 4, word));
    return new Uint8Array(digest.buffer);
}

/** Numbers of 64 bits lie in two places: the upper half, then the lower one. */
function compress(state, view, offset) {
    const w = new Int32Array(ROUNDS * 2);
    for (let index = 0; index < 32; index += 1) w[index] = view.getInt32(offset + index * 4);
    for (let t = 32; t < w.length; t += 2) {
        const [ah, al, bh, bl] = [w[t - 30], w[t - 29], w[t - 4], w[t - 3]];
        const s0h = upper(ah, al, 1) ^ upper(ah, al, 8) ^ (ah >>> 7);
        const s0l = lower(ah, al, 1) ^ lower(ah, al, 8) ^ lower(ah, al, 7);
        const s1h = upper(bh, bl, 19) ^ lower(bh, bl, 29) ^ (bh >>> 6);
        const s1l = lower(bh, bl, 19) ^ upper(bh, bl, 29) ^ lower(bh, bl, 6);
        const low = (w[t - 31] >>> 0) + (s0l >>> 0) + (w[t - 13] >>> 0) + (s1l >>> 0);
        w[t + 1] = low;
        w[t] = w[t - 32] + s0h + w[t - 14] + s1h + carryOf(low);
    }
    const { rounds } = constants;
    const v = state.slice();
    for (let t = 0; t < w.length; t += 2) {
        const [ah, al, bh, bl, ch, cl, , , eh, el, fh, fl, gh, gl] = v;
        const s1h = upper(eh, el, 14) ^ upper(eh, el, 18) ^ lower(eh, el, 9);
        const s1l = lower(eh, el, 14) ^ lower(eh, el, 18) ^ upper(eh, el, 9);
        const low1 = (v[15] >>> 0) + (s1l >>> 0) + (((el & fl) ^ (~el & gl)) >>> 0) + (rounds[t + 1] >>> 0) + (w[t + 1] >>> 0);
        const high1 = v[14] + s1h + ((eh & fh) ^ (~eh & gh)) + rounds[t] + w[t] + carryOf(low1);
        const s0h = upper(ah, al, 28) ^ lower(ah, al, 2) ^ lower(ah, al, 7);
        const s0l = lower(ah, al, 28) ^ upper(ah, al, 2) ^ upper(ah, al, 7);
        const low2 = (s0l >>> 0) + (((al & bl) ^ (al & cl) ^ (bl & cl)) >>> 0);
        const high2 = s0h + ((ah & bh) ^ (ah & ch) ^ (bh & ch)) + carryOf(low2);
        v.copyWithin(2, 0, 14);
        const lowE = (v[9] >>> 0) + (low1 >>> 0);
        v[8] += high1 + carryOf(lowE);
        v[9] = lowE;
        const lowA = (low1 >>> 0) + (low2 >>> 0);
        v[0] = high1 + high2 + carryOf(lowA);
        v[1] = lowA;
    }
    for (let index = 0; index < 16; index += 2) {
        const low = (state[index + 1] >>> 0) + (v[index + 1] >>> 0);
        state[index] += v[index] + carryOf(low);
        state[index + 1] = low;
    }
}

/** The halves of a number that is turned right by less than 32 bits; by 32 more, they change places. */
function upper(high, low, bits) {
    return (high >>> bits) | (low << (32 - bits));
}

function lower(high, low, bits) {
    return (low >>> bits) | (high << (32 - bits));
}

function carryOf(sum) {
    return Math.floor(sum / 2 ** 32);
}

/** Bits of the fractional parts of the primes' cube roots and, for the first eight, square roots. */
function calculated() {
    const primes = firstPrimes(ROUNDS);
    return {
        rounds: wordsOf(primes.map((prime) => root(BigInt(prime) << 192n, 3n))),
        start: wordsOf(primes.slice(0, 8).map((prime) => root(BigInt(prime) << 128n, 2n))),
    };
}

function firstPrimes(count) {
    const primes = [];
    for (let number = 2; primes.length < count; number += 1) {
        if (primes.every((prime) => number % prime !== 0)) primes.push(number);
    }
    return primes;
}

/** The whole part of a root, bit by bit. */
function root(value, degree) {
    let found = 0n;
    for (let bit = 1n << 80n; bit > 0n; bit >>= 1n) {
        if ((found | bit) ** degree <= value) found |= bit;
    }
    return found;
}

function wordsOf(numbers) {
    return Int32Array.from(numbers.flatMap((number) => [(number >> 32n) & 0xffffffffn, number & 0xffffffffn]), Number);
}
