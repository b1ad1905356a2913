// What may wait to be sent, and how large it is.

import assert from "node:assert/strict";
import test from "node:test";
import { BoundedQueue, byteLength, depthOf, sizeWithin } from "../../Web/client/modules/limits.js";

test("a queue takes so many entries, and so many bytes", () => {
    const queue = new BoundedQueue({ count: 2, bytes: 10 });
    queue.add("a", 1, 5);
    assert.throws(() => queue.add("b", 2, 6), { code: "queue_full" });
    queue.add("b", 2, 5);
    assert.throws(() => queue.add("c", 3, 0), { code: "queue_full" });
    assert.deepEqual([queue.firstKey, queue.get("a"), queue.get("c"), queue.values()], ["a", 1, undefined, [1, 2]]);
});

test("what leaves a queue gives its place and its bytes back, once", () => {
    const queue = new BoundedQueue({ count: 2, bytes: 10 });
    queue.add("a", 1, 4);
    queue.add("b", 2, 6);
    queue.remove("a");
    queue.remove("a");
    assert.equal(queue.firstKey, "b");
    assert.throws(() => queue.add("c", 3, 5), { code: "queue_full" });
    queue.add("c", 3, 4);
    assert.deepEqual(queue.removeAll(), [2, 3]);
    assert.deepEqual([queue.firstKey, queue.removeAll()], [undefined, []]);
    queue.add("d", 4, 10);
});

test("a size is counted in bytes of UTF-8", () => {
    assert.deepEqual(["", "a", "é", "€", "😀"].map(byteLength), [0, 1, 2, 3, 4]);
    assert.equal(sizeWithin(4, "éé"), 4);
    assert.throws(() => sizeWithin(3, "éé"), { code: "message_too_big", message: "4 bytes; the server takes 3" });
});

test("depth is counted outside of strings", () => {
    for (const [json, depth] of [["1", 0], ["{}", 1], ['[[],{"a":[]}]', 3], ['["[[[\\"{{"]', 1], ['{"a\\\\":{}}', 2], ["[][[]]", 2]]) {
        assert.equal(depthOf(json), depth, json);
    }
});
