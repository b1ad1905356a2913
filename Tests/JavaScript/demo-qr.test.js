// Whether the symbols are right is asked of another encoder and a reader in Tests/Browser/test_qr.py.

import assert from "node:assert/strict";
import test from "node:test";

import { encode, TextTooLongError } from "../../Web/demo/qr.js";
import { QRSymbol } from "../../Web/demo/qr-symbol.js";

/** The most bytes that the standard's table of capacities gives to byte mode at level M. */
const CAPACITIES = { 1: 14, 2: 26, 3: 42, 9: 180, 10: 213, 26: 1059, 27: 1125, 39: 2213, 40: 2331 };

for (const [version, capacity] of Object.entries(CAPACITIES)) {
    test(`version ${version} holds ${capacity} bytes and no more`, () => {
        const symbol = encode("x".repeat(capacity), { mask: 0 });
        assert.equal(symbol.version, Number(version));
        assert.equal(symbol.size, 17 + 4 * version);
        if (version !== "40") assert.equal(encode("x".repeat(capacity + 1), { mask: 0 }).version, Number(version) + 1);
    });
}

test("a text that no symbol holds is refused with its length, counted in bytes", () => {
    assert.throws(() => encode("x".repeat(2332)), TextTooLongError);
    assert.throws(() => encode("é".repeat(1166)), /has 2332/);
});

test("the mask is the one that the standard's penalties prefer", () => {
    const text = "https://example.org/#2802";
    const { mask, size, isDark } = encode(text);
    const penalties = Array.from({ length: 8 }, (_, forced) => {
        const symbol = new QRSymbol(encode(text).version);
        const other = encode(text, { mask: forced });
        for (let y = 0; y < size; y += 1) {
            for (let x = 0; x < size; x += 1) symbol.cells[y * size + x] = other.isDark(x, y) ? 1 : 0;
        }
        return symbol.penalty();
    });
    assert.equal(mask, penalties.indexOf(Math.min(...penalties)));
    assert.ok(new Set(penalties).size > 1);
    const chosen = encode(text, { mask });
    for (let y = 0; y < size; y += 1) {
        for (let x = 0; x < size; x += 1) assert.equal(isDark(x, y), chosen.isDark(x, y));
    }
});

/** A symbol of version 1 with the same pattern all over. */
function patterned(isDark) {
    const symbol = new QRSymbol(1);
    for (let y = 0; y < 21; y += 1) for (let x = 0; x < 21; x += 1) symbol.cells[y * 21 + x] = isDark(x, y) ? 1 : 0;
    return symbol;
}

test("penalties are counted as the standard says", () => {
    // 42 lines of 21 in a row: 3 + 16 each. 20 × 20 blocks: 3 each. All dark is 50 % off balance: 10 × 10.
    assert.equal(patterned(() => true).penalty(), 42 * 19 + 400 * 3 + 100);
    // A chessboard has neither runs nor blocks, and is even.
    assert.equal(patterned((x, y) => (x + y) % 2 === 0).penalty(), 0);
    // In one row of it, what looks like a finder pattern, 1:1:3:1:1, with four light modules behind it or before it.
    const withRow = (row) => patterned((x, y) => (y === 10 ? row[x] === "1" : (x + y) % 2 === 1)).penalty();
    assert.equal(withRow("101110100001010101010"), 40);
    assert.equal(withRow("010101010100001011101"), 40);
    assert.equal(withRow("101110101001010101010"), 0);
});
