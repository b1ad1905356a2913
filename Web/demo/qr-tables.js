// The tables of the standard for error correction level M, which a phone reads well from a screen (it repairs about 15 % of a symbol).
// Index 0 is version 1.

/** How many blocks the words are split into. */
export const BLOCKS = [
    1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35, 37, 38, 40, 43,
    45, 47, 49,
];

/** How many check words each block ends with. */
export const CHECK_WORDS = [
    10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28,
    28, 28, 28, 28, 28, 28, 28,
];

export const MAX_VERSION = BLOCKS.length;

/** The level's two bits in the format information. */
export const LEVEL_BITS = 0b00;

/** The eight masks: whether the module in column x, row y is inverted. */
export const MASKS = [
    (x, y) => (x + y) % 2 === 0,
    (x, y) => y % 2 === 0,
    (x, y) => x % 3 === 0,
    (x, y) => (x + y) % 3 === 0,
    (x, y) => (Math.floor(y / 2) + Math.floor(x / 3)) % 2 === 0,
    (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
    (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
    (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/** The centres of the alignment patterns, the same for both axes. */
export function alignmentCentres(version) {
    if (version === 1) return [];
    const count = Math.floor(version / 7) + 2;
    const last = 4 * version + 10;
    // Evenly spaced from the far end in even steps; the first gap takes the remainder. Only version 32 is different.
    const step = version === 32 ? 26 : 2 * Math.ceil((last - 6) / (count - 1) / 2);
    const centres = [6];
    for (let index = count - 2; index >= 0; index -= 1) centres.push(last - index * step);
    return centres;
}
