// Sessions: connecting, coming back, and ending. Mailboxes are in session-mailbox.test.js.

import assert from "node:assert/strict";
import test from "node:test";
import { connect } from "./support/client.js";
import { FakeSocket } from "./support/fake-socket.js";
import { answerRequests, APP_ID, session, turns } from "./support/sessions.js";

test("the address carries room, side and session", (t) => {
    const { session: made } = session(t, { base: "https://server.test/behind/", side: "B", session: "it’s me" });
    const { href, protocol, pathname, searchParams } = FakeSocket.last.url;
    assert.deepEqual([protocol, pathname], ["wss:", "/behind/ws"], href);
    assert.deepEqual(Object.fromEntries(searchParams), { appID: APP_ID, side: "B", sid: "it’s me" });
    assert.deepEqual([made.appID, made.side, made.session, made.state], [APP_ID, "B", "it’s me", "connecting"]);
});

test("the address carries the side's token too, at each attempt", (t) => {
    const { session: made } = session(t, { token: "9WRKOUTkN-Oxnzs74zHOOA" });
    assert.equal(FakeSocket.last.url.searchParams.get("token"), "9WRKOUTkN-Oxnzs74zHOOA");
    assert.equal("token" in made, false);
});

test("without a name, each session has one of its own", (t) => {
    const names = [1, 2].map(() => connectOnce(t).session);
    assert.notEqual(names[0], names[1]);
    assert.match(names[0], /^[0-9a-f]{32}$/);
});

function connectOnce(t, options = {}) {
    FakeSocket.install(t);
    const made = connect({ base: "http://server.test", appID: APP_ID, side: "A", ...options });
    t.after(() => made.close());
    return made;
}

for (const [options, expected] of [
    [{ appID: "6f1f0a527a3c4a519d0c2f0e8f1b9c34" }, { code: "room_invalid" }],
    [{ appID: undefined }, { code: "room_invalid" }],
    [{ side: "a" }, TypeError],
    [{ session: "" }, TypeError],
    [{ token: 5 }, TypeError],
    [{ session: "é".repeat(129) }, TypeError],
    [{ base: "ws://server.test" }, TypeError],
    [{ signal: AbortSignal.abort() }, { name: "AbortError" }],
]) {
    test(`what cannot be connected throws: ${JSON.stringify(options)}`, (t) => {
        FakeSocket.install(t);
        assert.throws(() => connect({ base: "http://server.test", appID: APP_ID, side: "A", ...options }), expected);
        assert.equal(FakeSocket.all.length, 0);
    });
}

test("what the server says reaches the listeners in order", (t) => {
    const { session: made, events } = session(t);
    FakeSocket.last.open();
    // Presence comes before the answer to hello; the program sees it once the session is open.
    FakeSocket.last.say({ type: "room_full" });
    assert.deepEqual([events.length, made.state, made.peerPresent], [0, "connecting", false]);
    FakeSocket.last.say({ type: "mailbox", id: "a1", deliveredUpTo: 0 });
    assert.deepEqual([made.state, made.peerPresent], ["open", true]);
    FakeSocket.last.say({ type: "OFFER", sdp: "x" });
    FakeSocket.last.say({ type: "news" });
    FakeSocket.last.say({ type: "error", code: "peer_absent", message: "why" });
    FakeSocket.last.say({ type: "peer_left" });
    assert.equal(made.peerPresent, false);
    assert.deepEqual(events, [
        ["open", { resumed: false }], ["paired", null], ["signal", { type: "offer", sdp: "x" }],
        ["refused", { code: "peer_absent", message: "why" }], ["peerleft", null],
    ]);
});

test("a session comes back under the same name, later each time", (t) => {
    const { session: made, events } = session(t);
    for (const delayMs of [500, 1000, 2000]) {
        FakeSocket.last.welcome();
        FakeSocket.last.end(1006);
        assert.equal(made.state, "waiting");
        assert.equal(events.of("reconnecting").at(-1).delayMs, delayMs);
        const count = FakeSocket.all.length;
        t.mock.timers.tick(delayMs - 1);
        assert.equal(FakeSocket.all.length, count);
        t.mock.timers.tick(1);
        assert.equal(FakeSocket.all.length, count + 1);
    }
    assert.equal(new Set(FakeSocket.all.map(({ url }) => url.href)).size, 1);
    assert.deepEqual(events.of("reconnecting").map(({ attempt, reason }) => [attempt, reason.code]), [
        [1, "server_unreachable"], [2, "server_unreachable"], [3, "server_unreachable"],
    ]);
    assert.deepEqual(events.of("open"), [{ resumed: false }, { resumed: true }, { resumed: true }]);
});

test("after a connection that held, the first delay is the short one again", (t) => {
    const { events } = session(t);
    FakeSocket.last.welcome();
    FakeSocket.last.end(1006);
    t.mock.timers.tick(500);
    FakeSocket.last.welcome();
    t.mock.timers.tick(5000);
    FakeSocket.last.end(1006);
    assert.deepEqual(events.of("reconnecting").map(({ delayMs }) => delayMs), [500, 500]);
});

test("a server that goes away says when to come back", (t) => {
    const { events } = session(t);
    FakeSocket.last.welcome();
    FakeSocket.last.say({ type: "going_away", reconnectAfterMs: 1234 });
    FakeSocket.last.end(1001, "going away");
    assert.equal(events.of("reconnecting")[0].delayMs, 1234);
    assert.equal(events.of("reconnecting")[0].reason.code, "server_draining");
    // It holds for the next attempt only.
    t.mock.timers.tick(1234);
    FakeSocket.last.welcome();
    FakeSocket.last.end(1006);
    assert.equal(events.of("reconnecting")[1].delayMs, 1000);
});

for (const [code, reason, error] of [
    [1002, "protocol error", "protocol_error"], [1007, "not UTF-8", "protocol_error"], [1008, "side A busy", "side_busy"],
    [1009, "message too big", "message_too_big"], [4001, "replaced", "replaced"],
]) {
    test(`${code} ends the session`, (t) => {
        const { session: made, events } = session(t);
        FakeSocket.last.welcome();
        FakeSocket.last.end(code, reason);
        assert.equal(made.state, "closed");
        assert.deepEqual(events.map(([type]) => type), ["open", "closed"]);
        assert.equal(events.of("closed")[0].error.code, error);
        t.mock.timers.tick(1_000_000);
        assert.equal(FakeSocket.all.length, 1);
    });
}

for (const [answer, others, code, isFinal] of [
    [{ status: 400 }, {}, "room_invalid", true],
    [{ status: 403 }, {}, "origin_refused", true],
    [{ status: 403, body: { detail: "send the token that came with the code" } }, {}, "token_refused", true],
    [{ status: 426 }, {}, "upgrade_refused", false],
    [{ status: 429, headers: { "Retry-After": "9" } }, {}, "rate_limited", false],
    [{ status: 503, headers: { "Retry-After": "9" } }, { "/readyz": {} }, "server_full", false],
    [{ status: 503, headers: { "Retry-After": "9" } }, { "/readyz": { status: 503 } }, "server_draining", false],
    [{ status: 502 }, {}, "server_error", false],
    [undefined, {}, "server_unreachable", false],
]) {
    test(`an upgrade that fails is asked about: ${answer?.status ?? "no answer"} is ${code}`, async (t) => {
        const asked = answerRequests(t, { "/ws": answer, ...others });
        const { session: made, events } = session(t);
        FakeSocket.last.end(1006);
        assert.equal(made.state, "waiting");
        await turns();
        assert.equal(asked[0].search, FakeSocket.last.url.search);
        const [, { error, reason = error, delayMs }] = events[0];
        assert.equal(reason.code, code);
        assert.equal(made.state, isFinal ? "closed" : "waiting");
        if (!isFinal) assert.equal(delayMs, 500 + (answer?.headers ? 9000 : 0));
    });
}

test("an origin that was let in before may come back", async (t) => {
    answerRequests(t, { "/ws": { status: 403 } });
    const { session: made } = session(t);
    FakeSocket.last.welcome();
    FakeSocket.last.end(1006);
    t.mock.timers.tick(500);
    FakeSocket.last.end(1006);
    await turns();
    assert.equal(made.state, "waiting");
});

test("after giveUpAfterMs without a connection it is over", async (t) => {
    answerRequests(t, {});
    const { session: made, events } = session(t, { giveUpAfterMs: 3000 });
    FakeSocket.last.welcome();
    t.mock.timers.tick(100_000);
    assert.equal(made.state, "open");
    FakeSocket.last.end(1006);
    for (let waited = 0; waited < 2990; waited += 10) {
        t.mock.timers.tick(10);
        if (made.state === "connecting") FakeSocket.last.end(1006);
        await turns();
    }
    assert.equal(made.state, "waiting");
    t.mock.timers.tick(10);
    assert.equal(made.state, "closed");
    assert.equal(events.of("closed")[0].error.code, "server_unreachable");
});

test("giveUpAfterMs Infinity is for ever", async (t) => {
    answerRequests(t, {});
    const { session: made } = session(t, { giveUpAfterMs: Infinity });
    for (let hour = 0; hour < 100; hour += 1) {
        t.mock.timers.tick(3_600_000);
        if (made.state === "connecting") FakeSocket.last.end(1006);
        await turns();
    }
    assert.notEqual(made.state, "closed");
});

test("a server that does not answer within 10 s is left", (t) => {
    const { session: made, events } = session(t);
    FakeSocket.last.open();
    t.mock.timers.tick(9_999);
    assert.equal(made.state, "connecting");
    t.mock.timers.tick(1);
    assert.equal(made.state, "waiting");
    assert.notEqual(FakeSocket.last.closedWith, undefined);
    assert.equal(events.of("reconnecting")[0].reason.code, "unresponsive");
});

/** A browser's window, as much of it as a session looks at. */
function browserWindow(t) {
    const target = new EventTarget();
    globalThis.addEventListener = target.addEventListener.bind(target);
    globalThis.document = Object.assign(new EventTarget(), { visibilityState: "visible" });
    t.after(() => {
        delete globalThis.addEventListener;
        delete globalThis.document;
    });
    return target;
}

test("when the network returns, the next attempt is at once", (t) => {
    const window = browserWindow(t);
    session(t);
    for (const wake of [() => window.dispatchEvent(new Event("online")), () => document.dispatchEvent(new Event("visibilitychange"))]) {
        FakeSocket.last.welcome();
        FakeSocket.last.end(1006);
        const count = FakeSocket.all.length;
        wake();
        assert.equal(FakeSocket.all.length, count + 1);
        // The attempt that was planned is not made as well.
        FakeSocket.last.welcome();
        t.mock.timers.tick(60_000);
        assert.equal(FakeSocket.all.length, count + 1);
    }
});

test("a time that the server has named is kept all the same", (t) => {
    const window = browserWindow(t);
    session(t);
    FakeSocket.last.welcome();
    FakeSocket.last.say({ type: "going_away", reconnectAfterMs: 5000 });
    FakeSocket.last.end(1001);
    window.dispatchEvent(new Event("online"));
    assert.equal(FakeSocket.all.length, 1);
    t.mock.timers.tick(5000);
    assert.equal(FakeSocket.all.length, 2);
});

test("when the network has changed, a connection has 5 s to show that it lives", (t) => {
    const window = browserWindow(t);
    const { session: made } = session(t);
    FakeSocket.last.welcome("a1");
    const hellos = FakeSocket.last.sentOf("hello").length;
    window.dispatchEvent(new Event("online"));
    window.dispatchEvent(new Event("online"));
    assert.equal(FakeSocket.last.sentOf("hello").length, hellos + 1);
    FakeSocket.last.say({ type: "mailbox", id: "a1", deliveredUpTo: 0 });
    t.mock.timers.tick(60_000);
    assert.equal(made.state, "open");
    window.dispatchEvent(new Event("online"));
    t.mock.timers.tick(5000);
    assert.equal(made.state, "waiting");
});

test("a hidden page does not ask", (t) => {
    browserWindow(t);
    session(t);
    FakeSocket.last.welcome();
    document.visibilityState = "hidden";
    document.dispatchEvent(new Event("visibilitychange"));
    assert.equal(FakeSocket.last.sentOf("hello").length, 1);
});

test("after the end nothing is listened to", (t) => {
    const window = browserWindow(t);
    const { session: made } = session(t);
    FakeSocket.last.welcome();
    FakeSocket.last.end(1006);
    made.close();
    window.dispatchEvent(new Event("online"));
    document.dispatchEvent(new Event("visibilitychange"));
    t.mock.timers.tick(1_000_000);
    assert.equal(FakeSocket.all.length, 1);
});

test("close is clean, and its event comes once", (t) => {
    const { session: made, events } = session(t);
    FakeSocket.last.welcome();
    made.close();
    made.close();
    assert.equal(FakeSocket.last.closedWith, 1000);
    FakeSocket.last.end(1000);
    assert.deepEqual(events.of("closed"), [{}]);
    assert.throws(() => made.signal({ type: "ice" }), { code: "closed" });
});

test("aborting closes with the signal's reason", (t) => {
    const controller = new AbortController();
    const { session: made, events } = session(t, { signal: controller.signal });
    FakeSocket.last.welcome();
    controller.abort();
    assert.equal(made.state, "closed");
    assert.equal(events.of("closed")[0].error.name, "AbortError");
    assert.throws(() => made.signal({ type: "ice" }), { name: "AbortError" });
});

test("a listener may close the session", (t) => {
    const { session: made, events } = session(t);
    made.addEventListener("open", () => made.close());
    FakeSocket.last.open();
    FakeSocket.last.say({ type: "room_full" });
    FakeSocket.last.say({ type: "mailbox", id: "a1", deliveredUpTo: 0 });
    assert.deepEqual(events.map(([type]) => type), ["open", "closed"]);
});

test("signals wait for a connection, within bounds", (t) => {
    const { session: made } = session(t);
    for (let count = 0; count < 256; count += 1) made.signal({ type: "ice", count });
    assert.throws(() => made.signal({ type: "ice" }), { code: "queue_full" });
    FakeSocket.last.welcome();
    assert.deepEqual(FakeSocket.last.sentOf("ice").map(({ count }) => count), Array.from({ length: 256 }, (_, count) => count));
    // They are sent once.
    FakeSocket.last.end(1006);
    t.mock.timers.tick(500);
    made.signal({ type: "offer", sdp: "x".repeat(600_000) });
    assert.throws(() => made.signal({ type: "offer", sdp: "x".repeat(600_000) }), { code: "queue_full" });
    FakeSocket.last.welcome();
    assert.deepEqual(FakeSocket.last.sent.map(({ type }) => type), ["hello", "offer"]);
});

test("a connection that takes nothing is not filled without bound", (t) => {
    const { session: made } = session(t);
    FakeSocket.last.welcome();
    FakeSocket.last.bufferedAmount = 2 << 20;
    assert.throws(() => made.signal({ type: "ice" }), { code: "queue_full" });
});

test("only what is relayed can be signalled, up to the server's size", (t) => {
    const { session: made } = session(t, { maxMessageBytes: 100 });
    for (const message of [undefined, {}, { type: "hello" }, { type: "send" }]) assert.throws(() => made.signal(message), TypeError);
    assert.throws(() => made.signal({ type: "offer", sdp: "é".repeat(50) }), { code: "message_too_big" });
    made.signal({ type: "offer", sdp: "é".repeat(35) });
});

test("a report holds what the server knows, and nothing else", (t) => {
    const { session: made } = session(t);
    FakeSocket.last.welcome();
    made.telemetry("ice-restart", { elapsedMs: 7, candidates: { host: 1 }, type: "send", event: "ice-failed", secret: "s" });
    assert.deepEqual(FakeSocket.last.sentOf("telemetry"), [
        { type: "telemetry", event: "ice-restart", candidates: { host: 1 }, elapsedMs: 7 },
    ]);
});

test("a diagnosis is passed on", (t) => {
    const { events } = session(t);
    FakeSocket.last.welcome();
    FakeSocket.last.say({ type: "diagnosis", cause: "udp_blocked", side: "B", advice: "Why.", more: 1 });
    assert.deepEqual(events.of("diagnosis"), [{ cause: "udp_blocked", side: "B", advice: "Why." }]);
});

test("telemetry is for now or never", (t) => {
    const { session: made } = session(t);
    made.telemetry("ice-connected", { mode: "direct" });
    FakeSocket.last.welcome();
    made.telemetry("ice-failed", { reason: "timeout" });
    made.telemetry("ice-connected");
    assert.deepEqual(FakeSocket.last.sentOf("telemetry"), [
        { type: "telemetry", event: "ice-failed", reason: "timeout" }, { type: "telemetry", event: "ice-connected" },
    ]);
});
