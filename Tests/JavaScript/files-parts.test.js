import assert from "node:assert/strict";
import test from "node:test";

import { Parts } from "../../Web/client/files/parts.js";

test("small parts are joined, and all come out in order", () => {
    const parts = new Parts();
    const sizes = [...Array(200_000).fill(1), 65_532, 3, 4096, 4095, ...Array(40).fill(4000)];
    const all = sizes.map((size, index) => new Uint8Array(size).fill(index & 0xff));
    for (const part of all) parts.add(part);
    assert.ok(parts.length < 20);
    const taken = parts.take();
    assert.deepEqual(Buffer.concat(taken), Buffer.concat(all));
    assert.ok(taken.every((part) => part.buffer.byteLength === part.length), "a short part does not hold a long buffer");
    assert.deepEqual([parts.length, parts.take()], [0, []]);
});
