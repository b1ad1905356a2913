// Sessions: mailbox items in both directions, exactly once across drops.

import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import test from "node:test";
import { FakeSocket } from "./support/fake-socket.js";
import { session, turns } from "./support/sessions.js";

const ROOM = "00000000000000a1";
const OTHER_LIFE = "00000000000000b2";

function item(seq, payload = seq) {
    FakeSocket.last.say({ type: "deliver", seq, payload });
}

function drop(t) {
    FakeSocket.last.end(1006);
    t.mock.timers.tick(20_000);
}

const acknowledged = () => FakeSocket.last.sentOf("delivered").map(({ upTo }) => upTo);
const refs = () => FakeSocket.last.sentOf("send").map(({ ref }) => ref);

test("items reach the listeners, and are acknowledged together", (t) => {
    const { events } = session(t);
    FakeSocket.last.welcome(ROOM);
    assert.deepEqual(FakeSocket.last.sent, [{ type: "hello", mailbox: "", deliveredUpTo: 0 }]);
    item(1, { a: [1.5, null, "é"] });
    item(2, "x");
    assert.deepEqual(events.of("item"), [{ seq: 1, payload: { a: [1.5, null, "é"] } }, { seq: 2, payload: "x" }]);
    t.mock.timers.tick(20);
    assert.deepEqual(acknowledged(), [2]);
});

test("the next connection says what was taken, and what comes again is dropped", (t) => {
    const { events } = session(t);
    FakeSocket.last.welcome(ROOM);
    item(1);
    item(2);
    drop(t);
    FakeSocket.last.welcome(ROOM, 2);
    assert.deepEqual(FakeSocket.last.sent[0], { type: "hello", mailbox: ROOM, deliveredUpTo: 2 });
    item(2);
    item(3);
    assert.deepEqual(events.of("item").map(({ seq }) => seq), [1, 2, 3]);
    assert.deepEqual(events.of("open"), [{ resumed: false }, { resumed: true }]);
});

test("items that come before the answer wait for it", (t) => {
    const { events } = session(t);
    FakeSocket.last.open();
    item(1, "of this life");
    assert.deepEqual(events, []);
    FakeSocket.last.say({ type: "mailbox", id: ROOM, deliveredUpTo: 0 });
    assert.deepEqual(events.map(([type]) => type), ["open", "item"]);
});

test("in another life of the room the numbers begin anew", (t) => {
    const { events } = session(t);
    FakeSocket.last.welcome(ROOM);
    item(1, "old");
    item(2, "old");
    drop(t);
    FakeSocket.last.open();
    item(1, "new");
    FakeSocket.last.say({ type: "mailbox", id: OTHER_LIFE, deliveredUpTo: 0 });
    item(2, "new");
    assert.deepEqual(events.of("item").map(({ seq, payload }) => `${seq} ${payload}`), ["1 old", "2 old", "1 new", "2 new"]);
    assert.deepEqual(events.of("open"), [{ resumed: false }, { resumed: false }]);
    t.mock.timers.tick(20);
    assert.deepEqual(acknowledged(), [2]);
});

test("in another life nothing counts as taken until something is", (t) => {
    session(t);
    FakeSocket.last.welcome(ROOM);
    for (const seq of [1, 2, 3]) item(seq);
    drop(t);
    FakeSocket.last.welcome(OTHER_LIFE);
    drop(t);
    FakeSocket.last.welcome(OTHER_LIFE);
    assert.deepEqual(FakeSocket.last.sent[0], { type: "hello", mailbox: OTHER_LIFE, deliveredUpTo: 0 });
});

test("a session that joins a mailbox in use goes on behind what was acknowledged", (t) => {
    const { events } = session(t);
    FakeSocket.last.welcome(ROOM, 41);
    item(41);
    item(42);
    assert.deepEqual(events.of("item").map(({ seq }) => seq), [42]);
});

test("acknowledgements that were due when the connection broke are not sent on the next", (t) => {
    session(t);
    FakeSocket.last.welcome(ROOM);
    item(1);
    FakeSocket.last.end(1006);
    t.mock.timers.tick(500);
    FakeSocket.last.open();
    t.mock.timers.tick(20);
    assert.deepEqual(acknowledged(), []);
});

test("an item that is done with while the next connection opens is acknowledged there", async (t) => {
    const { session: made } = session(t);
    FakeSocket.last.welcome(ROOM);
    const loop = made.items();
    item(1);
    await loop.next();
    drop(t);
    FakeSocket.last.open();
    assert.deepEqual(FakeSocket.last.sent[0], { type: "hello", mailbox: ROOM, deliveredUpTo: 0 });
    loop.next();
    await turns();
    FakeSocket.last.say({ type: "mailbox", id: ROOM, deliveredUpTo: 0 });
    t.mock.timers.tick(20);
    assert.deepEqual(acknowledged(), [1]);
});

test("closing acknowledges what was taken", (t) => {
    const { session: made } = session(t);
    FakeSocket.last.welcome(ROOM);
    item(1);
    made.close();
    assert.deepEqual(acknowledged(), [1]);
});

test("more than a mailbox holds before the answer is no server to stay with", (t) => {
    const { session: made } = session(t);
    FakeSocket.last.open();
    for (let seq = 1; seq <= 4097; seq += 1) item(seq);
    assert.equal(made.state, "waiting");
});

test("a loop takes each item when it asks for the next", async (t) => {
    const { session: made } = session(t);
    const items = made.items();
    FakeSocket.last.welcome(ROOM);
    item(1);
    item(2);
    assert.deepEqual((await items.next()).value, { seq: 1, payload: 1 });
    t.mock.timers.tick(20);
    assert.deepEqual(acknowledged(), []);
    assert.deepEqual((await items.next()).value, { seq: 2, payload: 2 });
    t.mock.timers.tick(20);
    assert.deepEqual(acknowledged(), [1]);
    const waiting = items.next();
    await turns();
    item(3);
    assert.deepEqual((await waiting).value, { seq: 3, payload: 3 });
});

test("items that wait in a loop are not doubled by a drop", async (t) => {
    const { session: made } = session(t);
    const items = made.items();
    FakeSocket.last.welcome(ROOM);
    for (const seq of [1, 2, 3]) item(seq);
    await items.next();
    await items.next();
    drop(t);
    assert.equal(FakeSocket.all.length, 2);
    FakeSocket.last.welcome(ROOM, 1);
    assert.deepEqual(FakeSocket.last.sent[0], { type: "hello", mailbox: ROOM, deliveredUpTo: 1 });
    for (const seq of [2, 3, 4]) item(seq);
    assert.deepEqual([(await items.next()).value.seq, (await items.next()).value.seq], [3, 4]);
    t.mock.timers.tick(20);
    assert.deepEqual(acknowledged(), [3]);
});

test("an item of an earlier life is not acknowledged in this one", async (t) => {
    const { session: made } = session(t);
    const items = made.items();
    FakeSocket.last.welcome(ROOM);
    for (const seq of [1, 2, 3]) item(seq);
    await items.next();
    drop(t);
    FakeSocket.last.welcome(OTHER_LIFE);
    item(1, "new");
    assert.deepEqual([(await items.next()).value.seq, (await items.next()).value.seq], [2, 3]);
    assert.deepEqual((await items.next()).value, { seq: 1, payload: "new" });
    t.mock.timers.tick(20);
    assert.deepEqual(acknowledged(), []);
    items.next();
    await turns();
    t.mock.timers.tick(20);
    assert.deepEqual(acknowledged(), [1]);
});

test("a loop that was left is gone on with, from the item it was left at", async (t) => {
    const { session: made } = session(t);
    const first = made.items();
    FakeSocket.last.welcome(ROOM);
    for (const seq of [1, 2]) item(seq);
    for await (const { seq } of first) if (seq === 1) break;
    const seen = [];
    for await (const { seq } of made.items()) {
        seen.push(seq);
        await assert.rejects(made.items().next(), TypeError);
        if (seq === 2) made.close();
    }
    assert.deepEqual(seen, [1, 2]);
});

test("a loop that waits is left at once, and the next one begins at once", async (t) => {
    const { session: made } = session(t);
    FakeSocket.last.welcome(ROOM);
    const first = made.items();
    const waiting = first.next();
    assert.deepEqual(await first.return("left"), { value: "left", done: true });
    assert.deepEqual(await waiting, { value: undefined, done: true });
    assert.deepEqual(await first.next(), { value: undefined, done: true });
    const second = made.items();
    const next = second.next();
    item(1);
    assert.deepEqual(await next, { value: { seq: 1, payload: 1 }, done: false });
});

test("an abort ends a loop that waits with its reason, and lets the next one begin in the same turn", async (t) => {
    const { session: made } = session(t);
    FakeSocket.last.welcome(ROOM);
    const controller = new AbortController();
    const waiting = made.items({ signal: controller.signal }).next();
    controller.abort(new Error("enough"));
    const next = made.items().next();
    await assert.rejects(waiting, /enough/);
    item(1);
    assert.equal((await next).value.seq, 1);
    assert.deepEqual(getEventListeners(controller.signal, "abort"), []);
});

test("an abort between two items ends the loop, whose last item is the first of the next one", async (t) => {
    const { session: made } = session(t);
    const controller = new AbortController();
    const items = made.items({ signal: controller.signal });
    FakeSocket.last.welcome(ROOM);
    for (const seq of [1, 2, 3]) item(seq);
    const seen = [];
    const loop = async () => {
        for await (const { seq } of items) {
            seen.push(seq);
            if (seq === 2) controller.abort();
        }
    };
    await assert.rejects(loop(), { name: "AbortError" });
    assert.deepEqual(seen, [1, 2]);
    t.mock.timers.tick(20);
    assert.deepEqual(acknowledged(), [1]);
    assert.equal((await made.items().next()).value.seq, 2);
});

test("a loop whose signal is aborted already does not begin, and holds nobody up", async (t) => {
    const { session: made } = session(t);
    FakeSocket.last.welcome(ROOM);
    const items = made.items({ signal: AbortSignal.abort() });
    await assert.rejects(items.next(), { name: "AbortError" });
    assert.deepEqual(await items.next(), { value: undefined, done: true });
    const next = made.items().next();
    item(1);
    assert.equal((await next).value.seq, 1);
});

test("who asks for several items at once gets them in order", async (t) => {
    const { session: made } = session(t);
    FakeSocket.last.welcome(ROOM);
    const items = made.items();
    const asked = [items.next(), items.next(), items.next()];
    for (const seq of [1, 2]) item(seq);
    made.close();
    assert.deepEqual(await Promise.all(asked), [
        { value: { seq: 1, payload: 1 }, done: false }, { value: { seq: 2, payload: 2 }, done: false }, { value: undefined, done: true },
    ]);
});

test("a loop ends with the session, and with its error", async (t) => {
    const { session: made } = session(t);
    const waiting = made.items().next();
    FakeSocket.last.welcome(ROOM);
    FakeSocket.last.end(4001, "replaced");
    await assert.rejects(waiting, { code: "replaced" });
    await assert.rejects(made.items().next(), { code: "replaced" });
});

test("a send is settled by the server's word on its ref", async (t) => {
    const { session: made } = session(t);
    FakeSocket.last.welcome(ROOM);
    const [first, second, third] = [made.send({ n: 1 }), made.send([2], { to: "A" }), made.send(null)];
    const sent = FakeSocket.last.sentOf("send");
    assert.deepEqual(sent.map(({ to, payload }) => [to, payload]), [["B", { n: 1 }], ["A", [2]], ["B", null]]);
    const [one, two, three] = refs();
    assert.ok(Number.isSafeInteger(one) && one < two && two < three);
    FakeSocket.last.say({ type: "accepted", ref: one });
    FakeSocket.last.say({ type: "error", code: "mailbox_full", message: "why", ref: two });
    FakeSocket.last.say({ type: "error", code: "invalid_field", message: "why", ref: three });
    await first;
    await assert.rejects(second, { code: "mailbox_full" });
    await assert.rejects(third, { code: "protocol_error" });
});

test("what was not accepted is sent again, in order and ahead of what is new", async (t) => {
    const { session: made } = session(t);
    const early = made.send("before the first connection");
    FakeSocket.last.welcome(ROOM);
    const sends = [early, made.send("b"), made.send("c")];
    const [one] = refs();
    FakeSocket.last.say({ type: "accepted", ref: one });
    await early;
    FakeSocket.last.end(1006);
    sends.push(made.send("d, while away"));
    t.mock.timers.tick(500);
    made.addEventListener("open", () => sends.push(made.send("e")), { once: true });
    FakeSocket.last.welcome(ROOM);
    assert.deepEqual(FakeSocket.last.sentOf("send").map(({ payload }) => payload), ["b", "c", "d, while away", "e"]);
    assert.deepEqual(refs(), [1, 2, 3, 4].map((more) => one + more));
    for (const ref of refs()) FakeSocket.last.say({ type: "accepted", ref });
    await Promise.all(sends);
    drop(t);
    FakeSocket.last.welcome(ROOM);
    assert.deepEqual(refs(), []);
});

test("nothing is sent again before the answer to hello", (t) => {
    const { session: made } = session(t);
    made.send(1).catch(() => {});
    FakeSocket.last.open();
    assert.deepEqual(FakeSocket.last.sent.map(({ type }) => type), ["hello"]);
});

test("a page that is loaded anew under the same name sends higher refs", (t) => {
    const first = refsOfThousandSends(t, 5_000_000);
    // A millisecond later, in which nobody has loaded a page and sent a thousand items.
    t.mock.timers.reset();
    t.mock.restoreAll();
    const second = refsOfThousandSends(t, 5_000_001);
    assert.ok(Math.min(...second) > Math.max(...first));
});

function refsOfThousandSends(t, now) {
    const { session: made } = session(t, { session: "kept" }, now);
    for (let count = 0; count < 1000; count += 1) made.send(count).catch(() => {});
    FakeSocket.last.welcome(ROOM);
    return refs();
}

test("aborting a send stops waiting, and sending again", async (t) => {
    const { session: made } = session(t);
    const controller = new AbortController();
    FakeSocket.last.welcome(ROOM);
    const sends = [made.send("a", { signal: controller.signal }), made.send("b")];
    controller.abort();
    await assert.rejects(sends[0], { name: "AbortError" });
    await assert.rejects(made.send("c", { signal: controller.signal }), { name: "AbortError" });
    drop(t);
    FakeSocket.last.welcome(ROOM);
    assert.deepEqual(FakeSocket.last.sentOf("send").map(({ payload }) => payload), ["b"]);
    sends[1].catch(() => {});
});

test("close rejects what was not settled", async (t) => {
    const { session: made } = session(t);
    FakeSocket.last.welcome(ROOM);
    const pending = made.send(1);
    made.close();
    await assert.rejects(pending, { code: "closed" });
    await assert.rejects(made.send(1), { code: "closed" });
});

test("an end with an error rejects with that error", async (t) => {
    const { session: made } = session(t);
    FakeSocket.last.welcome(ROOM);
    const pending = made.send(1);
    FakeSocket.last.end(1008, "side A busy");
    await assert.rejects(pending, { code: "side_busy" });
    await assert.rejects(made.send(1), { code: "side_busy" });
});

test("what is under way has bounds", async (t) => {
    const { session: made } = session(t);
    const settled = [];
    for (let count = 0; count < 1000; count += 1) settled.push(made.send(count).catch(({ code }) => code));
    await assert.rejects(made.send("one too many"), { code: "queue_full" });
    FakeSocket.last.welcome(ROOM);
    // What was refused has used no ref.
    const [first] = refs();
    FakeSocket.last.say({ type: "accepted", ref: first });
    await turns();
    made.send("room again").catch(() => {});
    assert.equal(refs().at(-1), first + 1000);
    made.close();
    assert.deepEqual(new Set(await Promise.all(settled)), new Set([undefined, "closed"]));
});

test("no ref is further ahead of one without an answer than the server looks back", async (t) => {
    const { session: made } = session(t);
    FakeSocket.last.welcome(ROOM);
    const first = made.send("first");
    for (let count = 0; count < 1024; count += 1) {
        const controller = new AbortController();
        const sent = made.send(count, { signal: controller.signal });
        controller.abort();
        await assert.rejects(sent, { name: "AbortError" });
    }
    await assert.rejects(made.send("one too many"), { code: "queue_full" });
    FakeSocket.last.say({ type: "accepted", ref: refs()[0] });
    await first;
    const last = made.send("there is room again");
    FakeSocket.last.say({ type: "accepted", ref: refs().at(-1) });
    await last;
});

for (const end of ["accepted", "closed"]) {
    test(`what has no room takes nothing from what is sent in the same turn: ${end}`, async (t) => {
        const { session: made } = session(t);
        FakeSocket.last.welcome(ROOM);
        const block = "x".repeat(1_000_000);
        for (let count = 0; count < 4; count += 1) made.send(block).catch(() => {});
        const [big, small] = [made.send(block), made.send("small")];
        await assert.rejects(big, { code: "queue_full" });
        drop(t);
        FakeSocket.last.welcome(ROOM);
        assert.equal(FakeSocket.last.sentOf("send").at(-1).payload, "small", "it is repeated like any other");
        if (end === "closed") {
            made.close();
            await assert.rejects(small, { code: "closed" });
        } else {
            FakeSocket.last.say({ type: "accepted", ref: refs().at(-1) });
            await small;
        }
    });
}

test("the bytes under way have a bound too", async (t) => {
    const { session: made } = session(t);
    const block = "é".repeat(500_000);
    for (let count = 0; count < 4; count += 1) made.send(block).catch(() => {});
    await assert.rejects(made.send(block), { code: "queue_full" });
    await assert.rejects(made.send("é".repeat(530_000)), { code: "message_too_big" });
});

test("what is no JSON value is the program's mistake", async (t) => {
    const { session: made } = session(t);
    const nested = (depth) => JSON.parse("[".repeat(depth) + "]".repeat(depth));
    for (const payload of [undefined, () => {}, 1n]) await assert.rejects(made.send(payload), TypeError);
    await assert.rejects(made.send(1, { to: "C" }), TypeError);
    await assert.rejects(made.send(nested(128)), TypeError);
    for (const payload of [nested(127), '[{"\\"'.repeat(200)]) made.send(payload).catch(() => {});
    FakeSocket.last.welcome(ROOM);
    assert.equal(refs().length, 2);
});
