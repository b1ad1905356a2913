// The square of a QR code: its fixed patterns, the path of the data through the remaining modules, and how easy the symbol is to read.

import { alignmentCentres, LEVEL_BITS } from "./qr-tables.js";

/** The penalties of what is hard to read: long runs, 2×2 blocks, look-alikes of finder patterns, an uneven share of dark. */
const RUN_PENALTY = 3;
const BLOCK_PENALTY = 3;
const FINDER_PENALTY = 40;
const BALANCE_PENALTY = 10;
const FINDER_LIKE = ["10111010000", "00001011101"];

/** The remainder of value·x^degree by a generator polynomial of that degree over GF(2): the check bits of a BCH code. */
function checkBits(value, polynomial, degree) {
    let remainder = value << degree;
    for (let bit = 31 - Math.clz32(remainder); bit >= degree; bit = 31 - Math.clz32(remainder)) {
        remainder ^= polynomial << (bit - degree);
    }
    return remainder;
}

export class QRSymbol {
    constructor(version) {
        this.version = version;
        this.size = 17 + 4 * version;
        this.cells = new Uint8Array(this.size ** 2);
        this.fixed = new Uint8Array(this.size ** 2);
        this.#drawPatterns();
    }

    isDark(x, y) {
        return this.cells[y * this.size + x] === 1;
    }

    /** How many modules the fixed patterns leave to data. */
    get freeModules() {
        return this.fixed.reduce((free, isFixed) => free + (1 - isFixed), 0);
    }

    #fix(x, y, dark) {
        this.cells[y * this.size + x] = dark ? 1 : 0;
        this.fixed[y * this.size + x] = 1;
    }

    #drawPatterns() {
        for (let along = 0; along < this.size; along += 1) {
            this.#fix(along, 6, along % 2 === 0);
            this.#fix(6, along, along % 2 === 0);
        }
        const far = this.size - 4;
        for (const [x, y] of [[3, 3], [far, 3], [3, far]]) this.#drawSquares(x, y, 4, (ring) => ring !== 2 && ring !== 4);
        const centres = alignmentCentres(this.version);
        const last = centres.at(-1);
        for (const x of centres) {
            for (const y of centres) {
                const inFinder = (x === 6 && y === 6) || (x === 6 && y === last) || (x === last && y === 6);
                if (!inFinder) this.#drawSquares(x, y, 2, (ring) => ring !== 1);
            }
        }
        this.drawFormat(0);
        if (this.version >= 7) this.#drawVersion();
    }

    /** Concentric squares around a centre, cut off at the symbol's edge. */
    #drawSquares(centreX, centreY, radius, isDarkRing) {
        for (let dy = -radius; dy <= radius; dy += 1) {
            for (let dx = -radius; dx <= radius; dx += 1) {
                const x = centreX + dx;
                const y = centreY + dy;
                if (x < 0 || y < 0 || x >= this.size || y >= this.size) continue;
                this.#fix(x, y, isDarkRing(Math.max(Math.abs(dx), Math.abs(dy))));
            }
        }
    }

    /** Level and mask, twice: around the first finder pattern, and split between the other two. */
    drawFormat(mask) {
        const data = (LEVEL_BITS << 3) | mask;
        const bits = ((data << 10) | checkBits(data, 0x537, 10)) ^ 0x5412;
        const isSet = (index) => ((bits >> index) & 1) === 1;
        const skippingTiming = (index) => (index < 6 ? index : index + 1);
        for (let index = 0; index < 8; index += 1) {
            this.#fix(8, skippingTiming(index), isSet(index));
            this.#fix(this.size - 1 - index, 8, isSet(index));
        }
        for (let index = 8; index < 15; index += 1) {
            this.#fix(skippingTiming(14 - index), 8, isSet(index));
            this.#fix(8, this.size - 15 + index, isSet(index));
        }
        this.#fix(8, this.size - 8, true);
    }

    #drawVersion() {
        const bits = (this.version << 12) | checkBits(this.version, 0x1f25, 12);
        for (let index = 0; index < 18; index += 1) {
            const isSet = ((bits >> index) & 1) === 1;
            const near = Math.floor(index / 3);
            const far = this.size - 11 + (index % 3);
            this.#fix(near, far, isSet);
            this.#fix(far, near, isSet);
        }
    }

    /** Puts the words' bits into the free modules: two columns at a time from the right, up and down in turn, past the timing column. */
    place(words, mask) {
        let bit = 0;
        for (let right = this.size - 1, upwards = true; right > 0; right -= 2, upwards = !upwards) {
            if (right === 6) right = 5;
            for (let step = 0; step < this.size; step += 1) {
                const y = upwards ? this.size - 1 - step : step;
                for (const x of [right, right - 1]) {
                    const cell = y * this.size + x;
                    if (this.fixed[cell] === 1) continue;
                    // After the words come up to 7 modules that belong to none of them: light, before the mask.
                    const isSet = bit < words.length * 8 && ((words[bit >> 3] >> (7 - (bit & 7))) & 1) === 1;
                    this.cells[cell] = isSet !== mask(x, y) ? 1 : 0;
                    bit += 1;
                }
            }
        }
    }

    /** The standard's measure of how hard the symbol is to read. Less is better. */
    penalty() {
        let total = 0;
        for (const line of this.#lines()) {
            for (const [run] of line.matchAll(/0{5,}|1{5,}/g)) total += RUN_PENALTY + run.length - 5;
            for (const pattern of FINDER_LIKE) {
                for (let at = line.indexOf(pattern); at >= 0; at = line.indexOf(pattern, at + 1)) total += FINDER_PENALTY;
            }
        }
        let dark = 0;
        for (let y = 0; y < this.size; y += 1) {
            for (let x = 0; x < this.size; x += 1) {
                const colour = this.isDark(x, y);
                dark += colour ? 1 : 0;
                if (x + 1 === this.size || y + 1 === this.size) continue;
                const others = [this.isDark(x + 1, y), this.isDark(x, y + 1), this.isDark(x + 1, y + 1)];
                if (others.every((other) => other === colour)) total += BLOCK_PENALTY;
            }
        }
        const offBalance = Math.abs((dark * 100) / this.size ** 2 - 50);
        return total + BALANCE_PENALTY * Math.floor(offBalance / 5);
    }

    /** Every row and every column as text. */
    *#lines() {
        for (let y = 0; y < this.size; y += 1) yield this.cells.subarray(y * this.size, (y + 1) * this.size).join("");
        for (let x = 0; x < this.size; x += 1) {
            yield Array.from({ length: this.size }, (_, y) => this.cells[y * this.size + x]).join("");
        }
    }
}
