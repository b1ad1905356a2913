// pair() without a browser: what a link does when ICE, the peer or the server lets it down. Tests/Browser has the real thing.

import assert from "node:assert/strict";
import test from "node:test";
import { pair } from "./support/client.js";
import { described, FakePeerConnection, HOST, SRFLX } from "./support/fake-peer-connection.js";
import { FakeSocket } from "./support/fake-socket.js";
import { begun, connected, negotiating, pass, reported, TOKEN, typesSent, VERDICT_MS } from "./support/pairings.js";
import { turns } from "./support/sessions.js";

for (const code of [undefined, "2802"]) {
    test(`the token that came with the code is shown: ${code === undefined ? "A" : "B"}`, async (t) => {
        await begun(t, { code });
        assert.equal(FakeSocket.last.url.searchParams.get("token"), TOKEN);
    });
}

test("A offers when both are there, and B waits for that offer", async (t) => {
    await begun(t);
    assert.deepEqual(typesSent(), ["hello"]);
    FakeSocket.last.say({ type: "room_full" });
    await turns();
    assert.deepEqual(FakeSocket.last.sent[1], { type: "offer", sdp: { type: "offer", sdp: "offer of generation 0" }, id: 1 });
});

test("B answers", async (t) => {
    const { connection } = await begun(t, { code: "2802" });
    FakeSocket.last.say({ type: "room_full" });
    connection.dispatchEvent(new Event("negotiationneeded"));
    await turns();
    assert.deepEqual(typesSent(), ["hello"]);
    FakeSocket.last.say({ type: "offer", sdp: described("offer").sdp });
    await turns();
    assert.deepEqual(connection.remoteDescription, described("offer"), "an offer may be its text alone");
    assert.deepEqual(FakeSocket.last.sent[1], { type: "answer", sdp: { type: "answer", sdp: "answer of generation 0" } });
    FakeSocket.last.say({ type: "offer", sdp: described("offer"), id: 7 });
    await turns();
    assert.equal(FakeSocket.last.sent[2].id, 7, "it says which offer it answers");
});

for (const [answer, state] of [[{ id: 1 }, "have-local-offer"], [{ id: 2 }, "stable"], [{}, "stable"]]) {
    test(`the second answer to an earlier offer is no answer to this one: ${JSON.stringify(answer)}`, async (t) => {
        const { connection } = await begun(t);
        FakeSocket.last.say({ type: "room_full" });
        await turns();
        // As when the connection breaks before the first answer, which is then held: the offer is sent twice, and answered twice.
        FakeSocket.last.end(1006);
        await pass(t, 500);
        FakeSocket.last.welcome();
        FakeSocket.last.say({ type: "room_full" });
        FakeSocket.last.say({ type: "answer", sdp: described("answer"), id: 1 });
        await turns();
        assert.deepEqual(FakeSocket.last.sentOf("offer").map(({ id }) => id), [1]);
        connection.dispatchEvent(new Event("negotiationneeded"));
        await turns();
        assert.deepEqual(FakeSocket.last.sentOf("offer").map(({ id }) => id), [1, 2]);
        FakeSocket.last.say({ type: "answer", sdp: described("answer"), ...answer });
        await turns();
        assert.equal(connection.signalingState, state);
    });
}

test("candidates are passed on in both forms, and the end of all of them", async (t) => {
    const { connection } = await negotiating(t);
    connection.finds(HOST);
    connection.finds("");
    connection.finds(null);
    FakeSocket.last.say({ type: "ice", candidate: { candidate: HOST } });
    FakeSocket.last.say({ type: "ice", cand: { candidate: SRFLX } });
    FakeSocket.last.say({ type: "ice", cand: null });
    await turns();
    assert.deepEqual(FakeSocket.last.sentOf("ice"), [{ type: "ice", candidate: { candidate: HOST } }, { type: "ice", candidate: null }]);
    assert.deepEqual(connection.candidates, [{ candidate: HOST, sdpMLineIndex: 0 }, { candidate: SRFLX, sdpMLineIndex: 0 }, null]);
});

test("of two offers that meet, A's stands", async (t) => {
    const { connection } = await connected(t);
    connection.dispatchEvent(new Event("negotiationneeded"));
    await turns();
    FakeSocket.last.say({ type: "offer", sdp: described("offer") });
    await turns();
    assert.equal(connection.signalingState, "have-local-offer");
    assert.equal(FakeSocket.last.sentOf("answer").length, 0);
});

test("of two offers that meet, B takes its own back", async (t) => {
    const { connection } = await connected(t, { code: "2802" });
    connection.dispatchEvent(new Event("negotiationneeded"));
    await turns();
    assert.equal(connection.signalingState, "have-local-offer");
    FakeSocket.last.say({ type: "offer", sdp: described("offer") });
    await turns();
    assert.equal(connection.signalingState, "stable");
    assert.equal(FakeSocket.last.sentOf("answer").length, 2);
});

test("an offer that is not answered is sent again, each time after twice as long", async (t) => {
    await begun(t);
    FakeSocket.last.say({ type: "room_full" });
    await turns();
    for (const [wait, count] of [[4999, 1], [1, 2], [9999, 2], [1, 3]]) {
        await pass(t, wait);
        assert.equal(FakeSocket.last.sentOf("offer").length, count);
    }
});

test("the next offer is waited for from the beginning", async (t) => {
    const { connection } = await begun(t);
    FakeSocket.last.say({ type: "room_full" });
    await turns();
    await pass(t, 5000);
    FakeSocket.last.say({ type: "answer", sdp: described("answer") });
    await turns();
    // The offer was sent twice, so it is answered twice.
    FakeSocket.last.say({ type: "answer", sdp: described("answer") });
    await turns();
    assert.equal(connection.signalingState, "stable");
    connection.dispatchEvent(new Event("negotiationneeded"));
    await turns();
    assert.equal(FakeSocket.last.sentOf("offer").length, 3);
    await pass(t, 5000);
    assert.equal(FakeSocket.last.sentOf("offer").length, 4);
});

test("when both are there again and not connected, ICE is restarted", async (t) => {
    const { connection } = await negotiating(t);
    FakeSocket.last.say({ type: "peer_left" });
    FakeSocket.last.say({ type: "room_full" });
    await turns();
    assert.equal(connection.restarts, 1);
    assert.equal(FakeSocket.last.sentOf("offer").length, 2);
});

test("when ICE fails and the peer is away, there is nothing to restart", async (t) => {
    const { connection, outcome } = await negotiating(t);
    FakeSocket.last.say({ type: "peer_left" });
    connection.becomes("failed");
    await turns();
    await pass(t, VERDICT_MS);
    assert.equal(outcome.error.code, "no_route");
});

test("before the two are connected, another certificate is another peer", async (t) => {
    const { outcome } = await negotiating(t);
    FakeSocket.last.say({ type: "offer", sdp: described("offer", "CC:DD") });
    await turns();
    assert.equal(outcome.error.code, "peer_left");
});

test("when ICE fails it is restarted once, and then there is no route", async (t) => {
    const { connection, outcome } = await negotiating(t);
    connection.finds(HOST);
    FakeSocket.last.say({ type: "ice", candidate: { candidate: SRFLX } });
    await turns();
    connection.becomes("failed");
    await pass(t, 0);
    assert.equal(connection.restarts, 1);
    assert.equal(FakeSocket.last.sentOf("offer").length, 2);
    assert.equal(outcome.error, undefined);
    connection.becomes("checking");
    connection.becomes("failed");
    await turns();
    assert.equal(outcome.error, undefined, "it waits for the server's word");
    await pass(t, VERDICT_MS);
    const { name, code, local, remote, cause, side } = outcome.error;
    assert.deepEqual([name, code, local, remote], [
        "NoRouteError", "no_route", [{ type: "host", protocol: "udp" }], [{ type: "srflx", protocol: "udp", tried: false }],
    ]);
    assert.deepEqual([cause, side], ["no_relay_configured", "A"]);
    assert.deepEqual(reported(), [["ice-restart", undefined], ["ice-failed", "ice-failed"]]);
    assert.equal(connection.signalingState, "closed");
    assert.equal(FakeSocket.last.closedWith, 1000);
});

test("B leaves the restart to A for a moment", async (t) => {
    const { connection } = await negotiating(t, { code: "2802" });
    connection.becomes("failed");
    await pass(t, 1999);
    assert.equal(connection.restarts, 0);
    connection.becomes("connecting");
    await pass(t, 10_000);
    assert.equal(connection.restarts, 0, "A has done it");
});

test("without any candidate there is nothing to wait for", async (t) => {
    const { connection, outcome } = await negotiating(t);
    connection.finds(null);
    await pass(t, 0);
    connection.finds(null);
    await turns();
    await pass(t, VERDICT_MS);
    assert.deepEqual([outcome.error.code, outcome.error.cause, outcome.error.side], ["no_route", "no_candidates", "A"]);
    assert.match(outcome.error.advice, /No network address was offered by this device/);
    assert.deepEqual(reported().at(-1), ["ice-failed", "no-candidates"]);
});

test("a peer that is there and says nothing is gone", async (t) => {
    const { outcome } = await begun(t, { connectWithinMs: 1000 });
    FakeSocket.last.say({ type: "room_full" });
    await pass(t, 1000);
    await pass(t, VERDICT_MS);
    assert.equal(outcome.error.code, "peer_left");
});

test("a peer that leaves has 5 s to come back", async (t) => {
    const { outcome, stages } = await begun(t);
    FakeSocket.last.say({ type: "room_full" });
    FakeSocket.last.say({ type: "peer_left" });
    await pass(t, 4999);
    FakeSocket.last.say({ type: "room_full" });
    await pass(t, 4999);
    assert.equal(outcome.error, undefined);
    assert.deepEqual(stages, ["code", "waiting", "negotiating", "negotiating"]);
    FakeSocket.last.say({ type: "peer_left" });
    await pass(t, 5000);
    await pass(t, VERDICT_MS);
    assert.equal(outcome.error.code, "peer_left", "offer and answer were not exchanged");
    assert.deepEqual(reported(), [["ice-failed", "closed"]]);
});

test("a session that ends takes the attempt with it", async (t) => {
    const { outcome } = await negotiating(t);
    FakeSocket.last.end(1008, "side A busy");
    await turns();
    assert.equal(outcome.error.code, "side_busy");
});

test("a description that makes no sense ends the attempt", async (t) => {
    for (const sdp of [undefined, 7, {}, { type: "answer", sdp: "v=0" }]) {
        const { outcome } = await begun(t);
        FakeSocket.last.say({ type: "room_full" });
        await turns();
        FakeSocket.last.say({ type: "answer", sdp });
        await turns();
        assert.equal(outcome.error.code, "protocol_error");
        t.mock.timers.reset();
        t.mock.restoreAll();
    }
});

test("it resolves in the task in which the channel opens", async (t) => {
    const { connection, outcome, stages } = await negotiating(t);
    connection.becomes("connected");
    connection.opens();
    for (let microtask = 0; microtask < 20; microtask += 1) await null;
    assert.equal(outcome.link.state, "connected");
    assert.equal(stages.at(-1), "connected");
});

test("the route is told to the program whenever it asks", async (t) => {
    const { link, connection } = await connected(t);
    assert.equal(await link.route(), null);
    assert.deepEqual(reported(), [["ice-connected", undefined]]);
    connection.stats = relayedStats();
    assert.equal((await link.route()).kind, "relayed");
});

test("a relayed pairing is reported to the server as one", async (t) => {
    const { connection } = await negotiating(t);
    connection.stats = relayedStats();
    connection.opens();
    await turns();
    assert.deepEqual(reported(), [["ice-connected", "relay"]]);
    assert.deepEqual(FakeSocket.last.sentOf("telemetry")[0].selected, { local: "relay", remote: "relay", protocol: "udp" });
});

function relayedStats() {
    return new Map([
        ["P", { type: "candidate-pair", localCandidateId: "L", remoteCandidateId: "L", selected: true }],
        ["L", { type: "local-candidate", candidateType: "relay", protocol: "udp" }],
    ]);
}

test("a gap of less than 3 s is left to ICE", async (t) => {
    const { connection, states } = await connected(t);
    connection.becomes("disconnected");
    await pass(t, 2999);
    connection.becomes("connected");
    await pass(t, 60_000);
    assert.equal(connection.restarts, 0);
    assert.deepEqual(states, ["interrupted", "connected"]);
});

test("a longer one restarts ICE, and a failure does at once", async (t) => {
    const { connection } = await connected(t);
    connection.becomes("disconnected");
    await pass(t, 3000);
    await pass(t, 0);
    assert.equal(connection.restarts, 1);
    connection.becomes("failed");
    await pass(t, 0);
    await pass(t, 0);
    assert.equal(connection.restarts, 2);
});

test("a link that came back is not ended by the time it was given", async (t) => {
    const { connection, states } = await connected(t, { restoreWithinMs: 10_000 });
    connection.becomes("disconnected");
    FakeSocket.last.say({ type: "peer_left" });
    await pass(t, 1000);
    connection.becomes("connected");
    await pass(t, 60_000);
    assert.deepEqual(states, ["interrupted", "connected"]);
});

test("a network that changes while the server is away is made up for", async (t) => {
    const { connection } = await connected(t);
    FakeSocket.last.end(1006);
    FakePeerConnection.window.dispatchEvent(new Event("online"));
    await turns();
    assert.equal(connection.restarts, 1);
    FakeSocket.last.welcome();
    FakeSocket.last.say({ type: "room_full" });
    await turns();
    assert.equal(FakeSocket.last.sentOf("offer").length, 1);
});

test("a restart that is due when the server is away is made when it is back", async (t) => {
    const { connection } = await connected(t);
    FakeSocket.last.end(1006);
    connection.becomes("failed");
    await pass(t, 0);
    await pass(t, 500);
    FakeSocket.last.welcome();
    FakeSocket.last.say({ type: "room_full" });
    await turns();
    assert.equal(FakeSocket.last.sentOf("offer").length, 1);
});

for (const [peer, code] of [["there", "no_route"], ["away", "peer_left"]]) {
    test(`a link that does not come back ends: with the peer ${peer}, ${code}`, async (t) => {
        const { connection, states, ends } = await connected(t, { restoreWithinMs: 10_000 });
        connection.becomes("failed");
        if (peer === "away") FakeSocket.last.end(1006);
        await pass(t, 9_999);
        assert.deepEqual(states, ["interrupted"]);
        await pass(t, 1);
        assert.deepEqual(states, ["interrupted", "closed"]);
        assert.equal(ends[0].error.code, code);
    });
}

test("an interrupted link whose peer has left the server has 15 s", async (t) => {
    const { connection, ends } = await connected(t);
    connection.becomes("failed");
    FakeSocket.last.say({ type: "peer_left" });
    await pass(t, 14_999);
    FakeSocket.last.say({ type: "room_full" });
    await pass(t, 20_000);
    assert.deepEqual(ends, [], "it came back");
    FakeSocket.last.say({ type: "peer_left" });
    await pass(t, 15_000);
    assert.equal(ends[0].error.code, "peer_left");
});

test("so has one that is interrupted after that", async (t) => {
    const { connection, ends } = await connected(t);
    FakeSocket.last.say({ type: "peer_left" });
    await pass(t, 60_000);
    assert.deepEqual(ends, [], "the link itself went on");
    connection.becomes("disconnected");
    await pass(t, 15_000);
    assert.equal(ends[0].error.code, "peer_left");
});

test("a link goes on when its session has ended", async (t) => {
    const { link } = await connected(t);
    FakeSocket.last.end(4001, "replaced");
    await turns();
    assert.deepEqual([link.session.state, link.state], ["closed", "connected"]);
});

test("aborting ends an attempt, and nothing once it is connected", async (t) => {
    const controller = new AbortController();
    const { outcome } = await negotiating(t, { signal: controller.signal });
    controller.abort();
    await turns();
    assert.equal(outcome.error.name, "AbortError");
    assert.equal(FakeSocket.last.closedWith, 1000);
});

test("aborting later ends nothing", async (t) => {
    const controller = new AbortController();
    const { link } = await connected(t, { signal: controller.signal });
    controller.abort();
    assert.equal(link.state, "connected");
});

test("aborting in onCode leaves nothing behind", async (t) => {
    const controller = new AbortController();
    const { outcome } = await begun(t, { signal: controller.signal, onCode: () => controller.abort() });
    assert.equal(outcome.error.name, "AbortError");
    assert.equal(FakeSocket.all.length, 0);
});

test("servers may come from a function, which is given up on in time", async (t) => {
    const { connection } = await begun(t, { iceServers: async () => [{ urls: "stun:stun.test" }] });
    assert.deepEqual(connection.configuration.iceServers, [{ urls: "stun:stun.test" }]);
    t.mock.timers.reset();
    t.mock.restoreAll();
    const { outcome } = await begun(t, { iceServers: () => new Promise(() => {}) });
    await pass(t, 15_000);
    assert.equal(outcome.error.code, "ice_servers_unavailable");
});

test("a server that the browser refuses costs no code", async (t) => {
    const { outcome, asked } = await begun(t, { iceServers: [{ urls: "stun:refused" }] });
    assert.equal(outcome.error.code, "ice_servers_invalid");
    assert.deepEqual(asked, []);
    t.mock.timers.reset();
    t.mock.restoreAll();
    const other = await begun(t, { rtcConfiguration: { bundlePolicy: "bogus" } });
    assert.ok(other.outcome.error instanceof TypeError, "it is not the servers then");
});

for (const options of [{}, { code: "2802" }]) {
    test(`a side that cannot reach the server is told that, not that nobody came: ${JSON.stringify(options)}`, async (t) => {
        const { outcome } = await begun(t, { ...options, peerWithinMs: 3000, giveUpAfterMs: 3_600_000 });
        for (let count = 0; outcome.error === undefined && count < 100; count += 1) {
            FakeSocket.last.open();
            FakeSocket.last.end(1013, "server full");
            // Not at once: all timers of a tick see the time at its end.
            for (let step = 0; step < 4; step += 1) await pass(t, 5_000);
        }
        assert.equal(outcome.error.code, "server_full");
    });
}

test("so is one whose first attempt goes on all the time", async (t) => {
    FakeSocket.install(t);
    t.mock.method(FakeSocket.prototype, "welcome", () => {});
    const { outcome } = await begun(t, { code: "2802", peerWithinMs: 3000 });
    await pass(t, 2999);
    assert.equal(outcome.error, undefined);
    await pass(t, 1);
    assert.equal(outcome.error.code, "server_unreachable");
});

test("a new estimate of the network is no new network", async (t) => {
    const estimates = Object.assign(new EventTarget(), { type: "wifi" });
    const real = Object.getOwnPropertyDescriptor(globalThis, "navigator");
    Object.defineProperty(globalThis, "navigator", { value: { connection: estimates }, configurable: true });
    t.after(() => {
        delete globalThis.navigator;
        if (real) Object.defineProperty(globalThis, "navigator", real);
    });
    const { connection } = await connected(t);
    estimates.dispatchEvent(new Event("change"));
    await turns();
    assert.equal(connection.restarts, 0);
    estimates.type = "cellular";
    estimates.dispatchEvent(new Event("change"));
    await turns();
    assert.equal(connection.restarts, 1);
});

test("without WebRTC it says so", async () => {
    await assert.rejects(pair({ base: "http://server.test" }), { code: "unsupported" });
});
