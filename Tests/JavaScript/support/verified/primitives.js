// What verified pairing calculates with, against the vectors and against Node.

import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { bytesOfHex, hexOf, seeded, vectors } from "./module.js";

export const primitives = [
    ["SHA-512 hashes like Node at every length around the ends of blocks", (m) => {
        const random = seeded(1);
        for (let length = 0; length <= 300; length += 1) {
            const bytes = random(length);
            assert.equal(hexOf(m.sha512(bytes)), createHash("sha512").update(bytes).digest("hex"), `${length} bytes`);
        }
    }],
    ["SHA-512 adds with carries in both halves", (m) => {
        for (const fill of [0x00, 0x80, 0xff]) {
            const bytes = new Uint8Array(1000).fill(fill);
            assert.equal(hexOf(m.sha512(bytes)), createHash("sha512").update(bytes).digest("hex"));
        }
    }],
    ["HMAC takes keys of every length", (m) => {
        const random = seeded(2);
        for (const length of [0, 1, 32, 64, 127, 128, 129, 300]) {
            const key = random(length);
            const message = random(length);
            assert.equal(hexOf(m.hmac(key, message)), createHmac("sha512", key).update(message).digest("hex"), `${length} bytes`);
        }
    }],
    ["HKDF gives the vector's bytes", (m) => {
        const { salt, secret, info, length, result } = vectors.pieces.hkdf;
        assert.equal(hexOf(m.hkdf(bytesOfHex(salt), bytesOfHex(secret), bytesOfHex(info), length)), result);
    }],
    ["lengths are written in LEB128", (m) => {
        for (const { length, leb128 } of vectors.pieces.lengths) assert.equal(hexOf(m.leb128(length)), leb128);
    }],
    ["Elligator 2 maps every vector's bytes", (m) => {
        assert.ok(vectors.pieces.maps.length > 5);
        for (const { input, u } of vectors.pieces.maps) assert.equal(hexOf(m.elligator2(bytesOfHex(input))), u, input);
    }],
    ["X25519 gives the draft's points, and zero is found", (m) => {
        const { s, points } = vectors.cpace.scalarMultVfy;
        assert.ok(points.length > 10);
        for (const { u, result, mustAbort } of points) {
            assert.equal(hexOf(m.x25519(bytesOfHex(s), bytesOfHex(u))), result, u);
            const point = m.commonPoint(bytesOfHex(s), bytesOfHex(u));
            assert.equal(point === undefined, mustAbort, u);
        }
    }],
    ["CPace gives the draft's generator and shares", (m) => {
        const { generator, shares } = vectors.cpace;
        const string = m.generatorString(bytesOfHex(generator.PRS), bytesOfHex(generator.CI), bytesOfHex(generator.sid));
        assert.equal(hexOf(string), generator.generatorString);
        assert.equal(hexOf(m.sha512(string).subarray(0, 32)), generator.hash);
        assert.equal(hexOf(m.elligator2(bytesOfHex(generator.hash))), generator.g);
        for (const side of ["a", "b"]) {
            assert.equal(hexOf(m.shareOf(bytesOfHex(shares[`y${side}`]), bytesOfHex(generator.g))), shares[`Y${side}`]);
        }
        assert.equal(hexOf(m.commonPoint(bytesOfHex(shares.ya), bytesOfHex(shares.Yb))), shares.K);
        assert.equal(hexOf(m.commonPoint(bytesOfHex(shares.yb), bytesOfHex(shares.Ya))), shares.K);
    }],
    ["base64url has one form for each value", (m) => {
        const random = seeded(3);
        for (let length = 0; length <= 40; length += 1) {
            const bytes = random(length);
            const text = Buffer.from(bytes).toString("base64url");
            assert.equal(m.base64url(bytes), text);
            assert.deepEqual(m.bytesOfBase64url(text, length), bytes);
        }
        const good = "cYsJVdnhCvNzw7NGaHVwsZKYl-T2QdCVSBVBYa1dTjc";
        assert.ok(m.bytesOfBase64url(good, 32));
        const bad = [
            good.slice(1), `${good}A`, `${good}=`, good.replace("-", "+"), good.replace("c", " "), good.replace(/c$/, "d"), `${good.slice(1)}\n`,
            good.replace("c", "é"), 5, null, undefined, [good], {},
        ];
        for (const value of bad) assert.equal(m.bytesOfBase64url(value, 32), undefined, JSON.stringify(value));
    }],
    ["byte strings are equal or not, wherever they differ", (m) => {
        const bytes = seeded(4)(32);
        assert.ok(m.areEqual(bytes, bytes.slice()));
        for (let at = 0; at < 32; at += 1) {
            for (const bit of [1, 128]) assert.ok(!m.areEqual(bytes, bytes.map((byte, index) => byte ^ (index === at ? bit : 0))));
        }
    }],
    ["comparing looks at every byte, whichever differ", (m) => {
        // Counted instead of timed.
        const looked = (other) => {
            let count = 0;
            const counting = new Proxy(other, { get: (target, name) => (/^\d+$/.test(name) && (count += 1), target[name]) });
            m.areEqual(new Uint8Array(32), counting);
            return count;
        };
        assert.equal(looked(new Uint8Array(32)), 32);
        assert.equal(looked(new Uint8Array(32).fill(1)), 32);
    }],
];
