// Random values that are the same for the same seed.

/** A function that returns a number in [0, 1), as Math.random does (mulberry32). */
export function seeded(seed) {
    let state = seed >>> 0;
    return () => {
        state = (state + 0x6d2b79f5) >>> 0;
        let value = Math.imul(state ^ (state >>> 15), state | 1);
        value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
        return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
    };
}

/** What somebody of bad intent puts where a value is expected. */
export class Mischief {
    #random;

    constructor(seed) {
        this.#random = seeded(seed);
    }

    below(limit) { return Math.floor(this.#random() * limit); }

    one(values) { return values[this.below(values.length)]; }

    chance(share) { return this.#random() < share; }

    value(depth = 0) {
        const plain = [
            null, true, 0, -1, 1.5, 1e308, 2 ** 53, "", "x", "x".repeat(5000), "\u0000", "candidate:", "__proto__", "NaN", "2026-01-01T00:00:00Z",
        ];
        if (depth > 2 || this.chance(0.7)) return this.one(plain);
        if (this.chance(0.5)) return Array.from({ length: this.below(4) }, () => this.value(depth + 1));
        return this.members(["a", "sdp", "type", "candidate", "constructor", "toString", "length"], depth + 1);
    }

    /** An object with some of the members, and any values in them. */
    members(names, depth = 0) {
        return Object.fromEntries(names.filter(() => this.chance(0.5)).map((name) => [name, this.value(depth)]));
    }
}
