// Tasks with a time limit.

import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import test from "node:test";
import { within } from "../../Web/client/modules/promises.js";

test("a task that ends in time has its say", async () => {
    const { signal } = new AbortController();
    assert.equal(await within(1000, signal, async (inner) => inner.aborted), false);
    await assert.rejects(within(1000, signal, async () => { throw new Error("why"); }), /why/);
    assert.deepEqual(getEventListeners(signal, "abort"), [], "it listens no longer");
});

test("a task that ignores its signal is left when the time is over", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    let inner;
    const pending = within(1000, undefined, (signal) => {
        inner = signal;
        return new Promise(() => {});
    });
    t.mock.timers.tick(999);
    assert.equal(inner.aborted, false);
    t.mock.timers.tick(1);
    assert.equal(inner.aborted, true);
    await assert.rejects(pending, { name: "TimeoutError", message: "no answer within 1000 ms" });
});

test("an abort ends the task with the caller's reason, and one before it begins none", async () => {
    const controller = new AbortController();
    const pending = within(1000, controller.signal, () => new Promise(() => {}));
    controller.abort(new Error("enough"));
    await assert.rejects(pending, /enough/);
    await assert.rejects(within(1000, controller.signal, () => assert.fail("it was begun")), /enough/);
});
