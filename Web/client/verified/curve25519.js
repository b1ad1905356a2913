// X25519 (RFC 7748) and the map Elligator 2 (RFC 9380) to its curve, in BigInt. Its time depends on values, which is borne: a scalar serves
// for two multiplications in one attempt. No branch and no index depends on a secret.

const PRIME = 2n ** 255n - 19n;
/** The curve's A. */
const COEFFICIENT = 486662n;
const BASIC = 2n ** 255n - 1n;

/** The other's `u` may be any 32 bytes; the result may be all zeros, and the caller looks for that. */
export function x25519(scalar, u) {
    const factor = ((numberOf(scalar) & ~7n) & (2n ** 254n - 1n)) | (2n ** 254n);
    const x1 = numberOf(u) & BASIC;
    let [x2, z2, x3, z3, swap] = [1n, 0n, x1, 1n, 0n];
    for (let bit = 254n; bit >= 0n; bit -= 1n) {
        const digit = (factor >> bit) & 1n;
        [x2, z2, x3, z3] = swapped(swap ^ digit, x2, z2, x3, z3);
        swap = digit;
        const [a, b, c, d] = [x2 + z2, x2 - z2, x3 + z3, x3 - z3];
        const [aa, bb, da, cb] = [(a * a) % PRIME, (b * b) % PRIME, (d * a) % PRIME, (c * b) % PRIME];
        const e = aa - bb;
        x3 = (da + cb) ** 2n % PRIME;
        z3 = (x1 * (da - cb) ** 2n) % PRIME;
        x2 = (aa * bb) % PRIME;
        z2 = (e * (aa + 121665n * e)) % PRIME;
    }
    [x2, z2] = swapped(swap, x2, z2, x3, z3);
    return bytesOf(x2 * power(z2, PRIME - 2n));
}

export function elligator2(bytes) {
    const r = numberOf(bytes) & BASIC;
    const v = -COEFFICIENT * power(1n + 2n * r * r, PRIME - 2n);
    // 1 where v is on the curve, −1 where it is on the twist: then −v − A is on the curve.
    const side = power(v * (v * (v + COEFFICIENT) + 1n), (PRIME - 1n) / 2n);
    const half = (PRIME + 1n) / 2n;
    return bytesOf(side * v - (1n - side) * COEFFICIENT * half);
}

function swapped(swap, x2, z2, x3, z3) {
    const [x, z] = [swap * (x2 - x3), swap * (z2 - z3)];
    return [x2 - x, z2 - z, x3 + x, z3 + z];
}

/** The exponents are constants. */
function power(base, exponent) {
    let result = 1n;
    let square = modulo(base);
    for (let rest = exponent; rest > 0n; rest >>= 1n) {
        if (rest & 1n) result = (result * square) % PRIME;
        square = (square * square) % PRIME;
    }
    return result;
}

function modulo(value) {
    return ((value % PRIME) + PRIME) % PRIME;
}

/** The lowest byte comes first. */
function numberOf(bytes) {
    return bytes.reduceRight((number, byte) => (number << 8n) | BigInt(byte), 0n);
}

function bytesOf(value) {
    const number = modulo(value);
    return Uint8Array.from({ length: 32 }, (_, index) => Number((number >> BigInt(8 * index)) & 0xffn));
}
