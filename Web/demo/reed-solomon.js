// Reed-Solomon check words over GF(256) with the polynomial x⁸+x⁴+x³+x²+1, as QR codes use them.

const POWERS = new Uint8Array(255);
const LOGARITHMS = new Uint8Array(256);
for (let exponent = 0, value = 1; exponent < 255; exponent += 1) {
    POWERS[exponent] = value;
    LOGARITHMS[value] = exponent;
    value <<= 1;
    if (value > 255) value ^= 0b1_0001_1101;
}

function product(a, b) {
    return a === 0 || b === 0 ? 0 : POWERS[(LOGARITHMS[a] + LOGARITHMS[b]) % 255];
}

/** The coefficients of (x - 1)(x - 2)(x - 4)… below the leading 1, highest first. */
function generator(degree) {
    let coefficients = [1];
    for (let factor = 0; factor < degree; factor += 1) {
        const next = [...coefficients, 0];
        coefficients.forEach((coefficient, index) => {
            next[index + 1] ^= product(coefficient, POWERS[factor]);
        });
        coefficients = next;
    }
    return coefficients.slice(1);
}

/** The remainder of the words as a polynomial, shifted up by `count`, after division by the generator of that degree. */
export function checkWords(words, count) {
    const divisor = generator(count);
    const remainder = new Uint8Array(count);
    for (const word of words) {
        const factor = word ^ remainder[0];
        remainder.copyWithin(0, 1);
        remainder[count - 1] = 0;
        divisor.forEach((coefficient, index) => {
            remainder[index] ^= product(coefficient, factor);
        });
    }
    return remainder;
}
