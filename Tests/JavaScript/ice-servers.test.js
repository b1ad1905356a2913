// STUN and TURN servers that the server names, and those of the application, which win.

import assert from "node:assert/strict";
import test from "node:test";
import { iceServers } from "./support/client.js";
import { described } from "./support/fake-peer-connection.js";
import { FakeSocket } from "./support/fake-socket.js";
import { begun, connected, NOW, pass, reported, TOKEN, VERDICT_MS } from "./support/pairings.js";
import { answerRequests, APP_ID, turns } from "./support/sessions.js";

const STUN = { urls: ["stun:server.test:3478"] };
const TURN = { urls: ["turn:turn.test"], username: "1:a", credential: "old" };
const FRESH = { urls: ["turn:turn.test"], username: "2:a", credential: "new" };
const REFUSED = { urls: "stun:refused" };
const RELAY_ONLY = { iceTransportPolicy: "relay" };
const freshOnes = { "/rendezvous/ice": { body: { iceServers: [STUN, FRESH], expiresInMs: 3_600_000 } } };
const askedForFresh = (asked) => asked.filter(({ path }) => path === "/rendezvous/ice");

for (const code of [undefined, "2802"]) {
    test(`those that come with the code are used without being told: ${code === undefined ? "A" : "B"}`, async (t) => {
        const { connection } = await begun(t, { code, served: { iceServers: [STUN, TURN] }, rtcConfiguration: RELAY_ONLY });
        assert.deepEqual(connection.configuration, { ...RELAY_ONLY, iceServers: [STUN, TURN] });
    });
}

for (const [what, options, expected] of [
    ["a list", { iceServers: [TURN] }, [TURN]],
    ["an empty list", { iceServers: [] }, []],
    ["in the configuration", { rtcConfiguration: { iceServers: [TURN] } }, [TURN]],
    ["an empty list in the configuration", { rtcConfiguration: { iceServers: [] } }, []],
]) {
    test(`what the application passes wins: ${what}`, async (t) => {
        const { connection, asked } = await begun(t, { ...options, served: { iceServers: [STUN], iceServersRetryAfterMs: 1000 } });
        assert.deepEqual(connection.configuration.iceServers, expected);
        await pass(t, 5000);
        assert.deepEqual(askedForFresh(asked), []);
    });
}

test("a bad one in the server's list is left out, and the pairing goes on", async (t) => {
    const warned = t.mock.method(console, "warn", () => {});
    const { connection, outcome } = await begun(t, { code: "2802", served: { iceServers: [REFUSED, TURN] } });
    assert.deepEqual(connection.configuration.iceServers, [TURN]);
    assert.equal(outcome.error, undefined);
    assert.match(warned.mock.calls[0].arguments[0], /stun:refused/);
});

for (const list of [null, {}, "stun:server.test", [null, 7, {}]]) {
    test(`what is no list is none: ${JSON.stringify(list)}`, async (t) => {
        const { connection, outcome } = await begun(t, { served: { iceServers: list } });
        assert.deepEqual([connection.configuration.iceServers, outcome.error], [[], undefined]);
    });
}

test("who may use relays alone, and passes none, is told so before there is a code", async (t) => {
    const { outcome, asked } = await begun(t, { iceServers: [STUN], rtcConfiguration: RELAY_ONLY });
    assert.deepEqual([outcome.error.code, asked], ["no_relay", []]);
});

test("if the server has none either, A is told so before anybody is given the code", async (t) => {
    const codes = [];
    const onCode = (minted) => codes.push(minted);
    const { outcome } = await begun(t, { served: { iceServers: [STUN] }, rtcConfiguration: RELAY_ONLY, onCode });
    assert.deepEqual([outcome.error.code, codes], ["no_relay", []]);
});

test("B goes on, so that A learns of it", async (t) => {
    const { outcome, connection } = await begun(t, { code: "2802", served: { iceServers: [STUN] }, rtcConfiguration: RELAY_ONLY });
    FakeSocket.last.say({ type: "room_full" });
    FakeSocket.last.say({ type: "offer", sdp: described("offer") });
    await turns();
    connection.finds(null);
    await pass(t, 2000);
    connection.finds(null);
    await turns();
    await pass(t, VERDICT_MS);
    assert.deepEqual(reported().at(-1), ["ice-failed", "no-candidates"]);
    assert.deepEqual([outcome.error.code, outcome.error.cause, outcome.error.side], ["no_route", "no_candidates", "B"]);
    assert.match(outcome.error.advice, /TURN server/);
});

// Fresh ones

const served = { iceServers: [STUN, TURN], iceServersExpireInMs: 600_000 };

test("an ICE restart after expiry is made with fresh ones", async (t) => {
    const { connection, asked } = await connected(t, { served, answers: freshOnes });
    connection.becomes("failed");
    await pass(t, 0);
    await pass(t, 0);
    assert.deepEqual([connection.restarts, askedForFresh(asked)], [1, []], "these were still good");
    connection.becomes("connected");
    await pass(t, 600_000);
    connection.becomes("failed");
    await pass(t, 0);
    await pass(t, 0);
    const [{ search, headers, cache }] = askedForFresh(asked);
    assert.deepEqual([search, headers, cache], [`?appID=${APP_ID}&side=A`, { Authorization: `Bearer ${TOKEN}` }, "no-store"]);
    assert.deepEqual([connection.configuration.iceServers, connection.restarts], [[STUN, FRESH], 2]);
    connection.becomes("failed");
    await pass(t, 0);
    await pass(t, 0);
    assert.equal(askedForFresh(asked).length, 1, "and these are good for an hour");
});

test("so is the answer to the other side's restart", async (t) => {
    const { connection } = await connected(t, { code: "2802", served, answers: freshOnes });
    const offer = (ufrag) => ({ type: "offer", sdp: { ...described("offer"), sdp: `${described("offer").sdp}a=ice-ufrag:${ufrag}\r\n` } });
    FakeSocket.last.say(offer("w1vT"));
    await pass(t, 600_000);
    FakeSocket.last.say(offer("w1vT"));
    await turns();
    assert.deepEqual(connection.configuration.iceServers, [STUN, TURN], "that was no restart");
    FakeSocket.last.say(offer("x2Kp"));
    await turns();
    assert.deepEqual(connection.configuration.iceServers, [STUN, FRESH]);
    assert.equal(FakeSocket.last.sentOf("answer").length, 4);
});

for (const [what, answers] of [["refuses", { "/rendezvous/ice": { status: 429, headers: { "Retry-After": "60" } } }], ["is silent", {}]]) {
    test(`a restart is made with the old ones if the server ${what}`, async (t) => {
        const { connection, asked } = await connected(t, { served, answers });
        await pass(t, 600_000);
        for (let restart = 1; restart <= 2; restart += 1) {
            connection.becomes("failed");
            await pass(t, 0);
            await pass(t, 0);
            assert.deepEqual([connection.restarts, connection.configuration.iceServers], [restart, [STUN, TURN]]);
        }
        assert.equal(askedForFresh(asked).length, what === "refuses" ? 1 : 2, "what the server says of the time is kept to");
    });
}

test("a request for fresh ones that hangs holds a restart up for 5 s", async (t) => {
    const { connection } = await connected(t, { served });
    t.mock.method(globalThis, "fetch", () => new Promise(() => {}));
    await pass(t, 600_000);
    connection.becomes("failed");
    await pass(t, 0);
    await pass(t, 4999);
    assert.equal(connection.restarts, 0);
    await pass(t, 1);
    assert.equal(connection.restarts, 1);
});

test("credentials that the client has had too many of are fetched when the server says", async (t) => {
    const late = { iceServers: [STUN], iceServersRetryAfterMs: 7000 };
    const { connection, asked } = await begun(t, { served: late, answers: freshOnes, rtcConfiguration: RELAY_ONLY });
    await pass(t, 6999);
    assert.deepEqual(askedForFresh(asked), []);
    await pass(t, 1);
    assert.deepEqual([connection.configuration.iceServers, connection.restarts], [[STUN, FRESH], 0]);
});

test("if the two try to connect by then, ICE is restarted with them", async (t) => {
    const { connection } = await begun(t, { served: { iceServersRetryAfterMs: 7000 }, answers: freshOnes });
    FakeSocket.last.say({ type: "room_full" });
    await turns();
    FakeSocket.last.say({ type: "answer", sdp: described("answer") });
    await pass(t, 7000);
    await pass(t, 0);
    assert.deepEqual([connection.configuration.iceServers, connection.restarts], [[STUN, FRESH], 1]);
});

// For programs with a connection of their own

test("a program asks for fresh ones itself", async (t) => {
    t.mock.timers.enable({ apis: ["Date"], now: NOW });
    answerRequests(t, freshOnes);
    const place = { base: "http://server.test", appID: APP_ID, side: "B", token: TOKEN };
    assert.deepEqual(await iceServers(place), { iceServers: [STUN, FRESH], expiresAt: new Date(NOW + 3_600_000) });
    await assert.rejects(iceServers({ ...place, side: "b" }), TypeError);
});

test("an empty list is an answer, and what never expires has no time", async (t) => {
    answerRequests(t, { "/rendezvous/ice": { body: { iceServers: [] } } });
    assert.deepEqual(await iceServers({ base: "http://server.test", appID: APP_ID, side: "A", token: TOKEN }), { iceServers: [] });
});

for (const [status, code] of [
    [400, "room_invalid"], [401, "token_refused"], [403, "origin_refused"], [429, "rate_limited"], [503, "server_draining"],
    [404, "server_error"],
]) {
    test(`a refusal has its code: ${status}`, async (t) => {
        answerRequests(t, { "/rendezvous/ice": { status, headers: { "Retry-After": "7" } } });
        const asking = iceServers({ base: "http://server.test", appID: APP_ID, side: "A", token: TOKEN });
        await assert.rejects(asking, { code, retryAfterMs: 7000 });
    });
}
