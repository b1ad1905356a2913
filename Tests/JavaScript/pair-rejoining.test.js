// pair() with the place in a room instead of a code.

import assert from "node:assert/strict";
import test from "node:test";
import { pair } from "./support/client.js";
import { described } from "./support/fake-peer-connection.js";
import { FakeSocket } from "./support/fake-socket.js";
import { begun, pass, TOKEN } from "./support/pairings.js";
import { APP_ID, turns } from "./support/sessions.js";

const PLACE = { appID: APP_ID, side: "B", token: TOKEN, session: "kept" };
const STUN = { urls: ["stun:server.test:3478"] };
const served = { "/rendezvous/ice": { body: { iceServers: [STUN], expiresInMs: 600_000 } } };

for (const [side, code] of [["A", undefined], ["B", "2802"]]) {
    test(`the place that onRoom was told is taken again: side ${side}`, async (t) => {
        const rooms = [];
        const onRoom = (room) => rooms.push(room);
        const { outcome } = await begun(t, { code, onRoom });
        const before = FakeSocket.last.url.href;
        assert.deepEqual(rooms.map(({ session, ...rest }) => rest), [{ appID: APP_ID, side, token: TOKEN }]);
        FakeSocket.last.end(1008, `side ${side} busy`);
        await turns();
        assert.equal(outcome.error.code, "side_busy");
        t.mock.timers.reset();
        t.mock.restoreAll();
        const { asked, outcome: second } = await begun(t, { ...rooms[0], onRoom, answers: served });
        assert.equal(FakeSocket.last.url.href, before);
        assert.deepEqual(asked.map(({ path }) => path), ["/rendezvous/ice"], "no code is made, and none is spent");
        assert.deepEqual(rooms[1], rooms[0]);
        assert.equal(second.error, undefined);
    });
}

test("side A offers, and side B answers", async (t) => {
    for (const side of ["A", "B"]) {
        const { outcome, connection, stages } = await begun(t, { ...PLACE, side, answers: served });
        FakeSocket.last.say({ type: "room_full" });
        await turns();
        assert.equal(FakeSocket.last.sentOf("offer").length, side === "A" ? 1 : 0);
        FakeSocket.last.say({ type: side === "A" ? "answer" : "offer", sdp: described(side === "A" ? "answer" : "offer") });
        await turns();
        connection.becomes("connected");
        connection.opens();
        await turns();
        assert.deepEqual([outcome.link.state, outcome.link.side], ["connected", side]);
        assert.deepEqual(stages, ["code", "waiting", "negotiating", "connected"]);
        outcome.link.close();
        t.mock.timers.reset();
        t.mock.restoreAll();
    }
});

test("the server's STUN and TURN servers are used, and renewed", async (t) => {
    const { connection, asked } = await begun(t, { ...PLACE, answers: served });
    assert.deepEqual(connection.configuration.iceServers, [STUN]);
    assert.equal(asked[0].headers.Authorization, `Bearer ${TOKEN}`);
    assert.equal(asked[0].search, `?appID=${APP_ID}&side=B`);
});

test("what the application passes wins", async (t) => {
    const { connection, asked } = await begun(t, { ...PLACE, iceServers: [], answers: served });
    assert.deepEqual([connection.configuration.iceServers, asked], [[], []]);
});

for (const [what, answers] of [["is silent", {}], ["is an older one", { "/rendezvous/ice": { status: 404 } }]]) {
    test(`if the server ${what} about them, the room is entered without, and it is asked again`, async (t) => {
        const { connection, asked, outcome } = await begun(t, { ...PLACE, answers });
        assert.deepEqual([connection.configuration.iceServers, outcome.error], [[], undefined]);
        await pass(t, 1000);
        assert.equal(asked.filter(({ path }) => path === "/rendezvous/ice").length, 2);
    });
}

test("a server that has forgotten the room says so, before anybody waits", async (t) => {
    const { outcome } = await begun(t, { ...PLACE, answers: { "/rendezvous/ice": { status: 401 } } });
    assert.equal(outcome.error.code, "token_refused");
    assert.equal(FakeSocket.all.length, 0);
});

test("without a token there is nothing to ask", async (t) => {
    const { asked, outcome } = await begun(t, { appID: APP_ID, side: "A" });
    assert.deepEqual([asked, outcome.error], [[], undefined]);
    assert.equal(FakeSocket.last.url.searchParams.get("token"), null);
    assert.match(FakeSocket.last.url.searchParams.get("sid"), /^[0-9a-f]{32}$/);
});

for (const [options, ms] of [
    [{}, 120_000], [{ peerWithinMs: 3_000 }, 3_000], [{ side: "A", peerWithinMs: 3_000 }, 3_000],
    [{ expiresInMs: 40_000 }, 50_000], [{ expiresInMs: 40_000, peerWithinMs: 3_000 }, 3_000],
]) {
    test(`the other side is waited for: ${JSON.stringify(options)}`, async (t) => {
        const { outcome } = await begun(t, { ...PLACE, ...options, answers: served });
        await pass(t, ms - 1);
        assert.equal(outcome.error, undefined);
        await pass(t, 1);
        assert.equal(outcome.error.code, "peer_never_came");
    });
}

for (const [mistake, expected] of [
    [{ code: "2802" }, TypeError],
    [{ side: undefined }, TypeError],
    [{ side: "C" }, TypeError],
    [{ token: 7 }, TypeError],
    [{ session: "" }, TypeError],
    [{ appID: "2802" }, { code: "room_invalid" }],
]) {
    test(`what is no place in a room is the program's mistake: ${JSON.stringify(mistake)}`, async (t) => {
        const { outcome, asked } = await begun(t, { ...PLACE, ...mistake });
        if (expected === TypeError) assert.ok(outcome.error instanceof TypeError, String(outcome.error));
        else assert.equal(outcome.error.code, expected.code);
        assert.deepEqual(asked, []);
    });
}

test("it is refused where there is no WebRTC", async () => {
    await assert.rejects(pair({ base: "http://server.test", ...PLACE }), { code: "unsupported" });
});
