// SHA-512's constants are calculated for the first hash, and for no program that makes none.

import assert from "node:assert/strict";
import test from "node:test";

test("constants are calculated once, for the first hash", async (t) => {
    const calculate = globalThis.BigInt;
    let calls = 0;
    t.after(() => { globalThis.BigInt = calculate; });
    globalThis.BigInt = (value) => {
        calls += 1;
        return calculate(value);
    };
    const { sha512 } = await import("../../Web/client/verified/sha512.js");
    assert.equal(calls, 0, "by loading the module");
    sha512(new Uint8Array(1));
    assert.ok(calls > 0);
    calls = 0;
    sha512(new Uint8Array(1));
    assert.equal(calls, 0, "by the second hash");
});
