import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";

import { Sha256 } from "../../Web/client/files/sha256.js";

/** Bytes that are the same in every run and repeat late. */
function patternBytes(length) {
    const bytes = new Uint8Array(length);
    for (let index = 0, value = 1; index < length; index += 1) {
        value = Math.imul(value, 1664525) + 1013904223;
        bytes[index] = value >>> 24;
    }
    return bytes;
}

function reference(bytes) {
    return createHash("sha256").update(bytes).digest("hex");
}

test("hashes like Node at every length around the ends of blocks", () => {
    for (let length = 0; length <= 260; length += 1) {
        const bytes = patternBytes(length);
        assert.equal(new Sha256().update(bytes).hex(), reference(bytes), `${length} bytes`);
    }
});

test("does not care how the message is cut", () => {
    const bytes = patternBytes(10_000);
    const expected = reference(bytes);
    for (const piece of [1, 3, 55, 63, 64, 65, 127, 128, 1000, 9999]) {
        const hash = new Sha256();
        for (let at = 0; at < bytes.length; at += piece) hash.update(bytes.subarray(at, at + piece));
        assert.equal(hash.hex(), expected, `pieces of ${piece}`);
    }
});

test("counts the length in 64 bits", () => {
    // 512 MiB are 2³² bits, and a little more shows both halves of the length.
    const piece = new Uint8Array(8 * 1024 * 1024).fill(0xa5);
    const ours = new Sha256();
    const theirs = createHash("sha256");
    for (let round = 0; round < 64; round += 1) {
        ours.update(piece);
        theirs.update(piece);
    }
    ours.update(piece.subarray(0, 5));
    theirs.update(piece.subarray(0, 5));
    assert.equal(ours.hex(), theirs.digest("hex"));
});
