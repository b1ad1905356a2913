// How long a side waits for the other one, and for the server: by the client's own clock, and also if its page was suspended meanwhile.

import assert from "node:assert/strict";
import test from "node:test";
import { described, FakePeerConnection } from "./support/fake-peer-connection.js";
import { FakeSocket } from "./support/fake-socket.js";
import { begun, connected, NOW, pass, VERDICT_MS } from "./support/pairings.js";
import { answerRequests, mockMonotonicClock, session, turns } from "./support/sessions.js";

/** What an hour's error of the device's time does to `expiresAt`. */
const WRONG_TIMES = { slow: NOW + 3_660_000, fast: NOW - 3_540_000 };

for (const [clock, expiresAt] of Object.entries(WRONG_TIMES)) {
    for (const [side, code] of [["A", undefined], ["B", "2802"]]) {
        test(`side ${side} waits until the code ends, and 10 s more, with a ${clock} clock`, async (t) => {
            const served = { expiresAt: new Date(expiresAt).toISOString(), expiresInMs: 60_000 };
            const { outcome } = await begun(t, { code, served });
            await pass(t, 69_999);
            assert.equal(outcome.error, undefined);
            await pass(t, 1);
            assert.equal(outcome.error?.code, "peer_never_came");
        });
    }
}

test("of a server that does not say it, the time is taken from expiresAt", async (t) => {
    const { outcome } = await begun(t);
    await pass(t, 69_999);
    assert.equal(outcome.error, undefined);
    await pass(t, 1);
    assert.equal(outcome.error?.code, "peer_never_came");
});

test("side B finds an A that comes back when its page is looked at again", async (t) => {
    const { outcome, stages, connection } = await begun(t, { code: "2802", served: { expiresInMs: 600_000 } });
    await pass(t, 300_000);
    FakeSocket.last.say({ type: "room_full" });
    FakeSocket.last.say({ type: "offer", sdp: described("offer") });
    await turns();
    connection.becomes("connected");
    connection.opens();
    await turns();
    assert.equal(outcome.link?.state, "connected");
    assert.deepEqual(stages, ["code", "waiting", "negotiating", "connected"]);
});

test("an A whose page fell asleep before the server noticed is waited for too", async (t) => {
    const { outcome, stages, connection } = await begun(t, { code: "2802", served: { expiresInMs: 600_000 } });
    FakeSocket.last.say({ type: "room_full" });
    await pass(t, 40_000);
    FakeSocket.last.say({ type: "peer_left" });
    await pass(t, 300_000);
    assert.deepEqual(stages, ["code", "waiting", "negotiating", "waiting"]);
    FakeSocket.last.say({ type: "room_full" });
    await pass(t, 60_000);
    FakeSocket.last.say({ type: "offer", sdp: described("offer") });
    await turns();
    connection.becomes("connected");
    connection.opens();
    await turns();
    assert.equal(outcome.link?.state, "connected");
});

test("an A that is there and says nothing until the code has ended is gone", async (t) => {
    const { outcome } = await begun(t, { code: "2802", served: { expiresInMs: 600_000 } });
    FakeSocket.last.say({ type: "room_full" });
    await pass(t, 609_999);
    assert.equal(outcome.error, undefined);
    await pass(t, 1);
    await pass(t, VERDICT_MS);
    assert.equal(outcome.error?.code, "peer_left");
});

test("once A has said something, the attempt has its time, and a departure is one", async (t) => {
    for (const leaves of [true, false]) {
        const { outcome } = await begun(t, { code: "2802", served: { expiresInMs: 600_000 } });
        FakeSocket.last.say({ type: "room_full" });
        FakeSocket.last.say({ type: "sender_ready" });
        await turns();
        if (leaves) FakeSocket.last.say({ type: "peer_left" });
        await pass(t, leaves ? 5_000 : 45_000);
        await pass(t, VERDICT_MS);
        assert.equal(outcome.error?.code, "peer_left");
        t.mock.timers.reset();
        t.mock.restoreAll();
    }
});

test("who redeems a code in its last second waits for half a minute all the same", async (t) => {
    const { outcome } = await begun(t, { code: "2802", served: { expiresInMs: 900 } });
    await pass(t, 29_999);
    assert.equal(outcome.error, undefined);
    await pass(t, 1);
    assert.equal(outcome.error?.code, "peer_never_came");
});

test("what the program does in between is not waited for once more", async (t) => {
    const clocks = [];
    const onCode = () => { clocks[0].aheadMs += 20_000; };
    const begins = begun(t, { served: { expiresInMs: 60_000 }, onCode });
    clocks.push(mockMonotonicClock(t));
    const { outcome } = await begins;
    await pass(t, 49_999);
    assert.equal(outcome.error, undefined);
    await pass(t, 1);
    assert.equal(outcome.error?.code, "peer_never_came");
});

test("a page that wakes up when its time is over looks whether the other side is there", async (t) => {
    const { outcome, clock } = await begun(t, { served: { expiresInMs: 60_000 } });
    clock.aheadMs += 15_000;
    await pass(t, 70_000);
    assert.equal(outcome.error, undefined);
    clock.aheadMs -= 15_000;
    await pass(t, 9_999);
    assert.equal(outcome.error, undefined);
    await pass(t, 1);
    assert.equal(outcome.error?.code, "peer_never_came");
});

// The server is away

test("no session gives up while its link lives", async (t) => {
    const { link, connection } = await connected(t);
    answerRequests(t, {});
    FakeSocket.last.end(1006);
    for (let minute = 0; minute < 60; minute += 1) {
        await pass(t, 60_000);
        if (link.session.state === "connecting") FakeSocket.last.end(1006);
        await turns();
    }
    assert.notEqual(link.session.state, "closed");
    FakePeerConnection.window.dispatchEvent(new Event("online"));
    await turns();
    FakeSocket.last.welcome();
    FakeSocket.last.say({ type: "room_full" });
    await turns();
    assert.equal(connection.restarts, 1);
    assert.equal(FakeSocket.last.sentOf("offer").length, 1, "it is restored over the server");
    assert.equal(link.state, "connected");
    link.close();
    assert.equal(link.session.state, "closed");
});

test("a link that was interrupted in the server's absence is restored when the server is back", async (t) => {
    const { link, connection, states } = await connected(t, { giveUpAfterMs: 1_000, restoreWithinMs: 3_600_000 });
    answerRequests(t, {});
    FakeSocket.last.end(1006);
    connection.becomes("failed");
    for (let count = 0; count < 30; count += 1) {
        await pass(t, 20_000);
        if (link.session.state === "connecting") FakeSocket.last.end(1006);
        await turns();
    }
    for (let count = 0; link.session.state !== "connecting" && count < 30; count += 1) await pass(t, 1_000);
    FakeSocket.last.welcome();
    FakeSocket.last.say({ type: "room_full" });
    await turns();
    connection.becomes("connected");
    assert.deepEqual(states, ["interrupted", "connected"]);
});

test("before the two are connected, giveUpAfterMs holds", async (t) => {
    const { outcome } = await begun(t, { giveUpAfterMs: 3_000 });
    answerRequests(t, {});
    FakeSocket.last.end(1006);
    for (let count = 0; count < 7; count += 1) {
        await pass(t, 500);
        if (outcome.error === undefined && FakeSocket.last.closedWith === undefined) FakeSocket.last.end(1006);
        await turns();
    }
    assert.equal(outcome.error?.code, "server_unreachable");
});

test("a session whose page was suspended tries once more before it gives up", async (t) => {
    answerRequests(t, {});
    const { session: made, clock } = session(t, { giveUpAfterMs: 60_000 });
    FakeSocket.last.welcome();
    FakeSocket.last.end(1006);
    t.mock.timers.tick(500);
    FakeSocket.last.end(1006);
    await turns();
    const count = FakeSocket.all.length;
    // The system holds the page's timers back; when it lets go they are all due.
    clock.aheadMs += 600_000;
    t.mock.timers.tick(59_500);
    assert.notEqual(made.state, "closed");
    assert.ok(FakeSocket.all.length > count);
    FakeSocket.last.welcome();
    t.mock.timers.tick(600_000);
    assert.equal(made.state, "open");
});

test("one that finds no server then gives up", async (t) => {
    answerRequests(t, {});
    const { session: made, clock } = session(t, { giveUpAfterMs: 60_000 });
    FakeSocket.last.welcome();
    FakeSocket.last.end(1006);
    clock.aheadMs += 600_000;
    t.mock.timers.tick(60_000);
    clock.aheadMs -= 600_000;
    assert.notEqual(made.state, "closed");
    for (let waited = 0; waited < 10_000; waited += 500) {
        if (made.state === "connecting") FakeSocket.last.end(1006);
        await turns();
        t.mock.timers.tick(500);
    }
    assert.equal(made.state, "closed");
});
