// Descriptions that are not those of the peer a link stands to: of another RTCPeerConnection, or of none.

import assert from "node:assert/strict";
import test from "node:test";
import { described } from "./support/fake-peer-connection.js";
import { FakeSocket } from "./support/fake-socket.js";
import { connected, pass } from "./support/pairings.js";
import { turns } from "./support/sessions.js";

async function standing(t, options) {
    const all = await connected(t, options);
    const problems = [];
    all.link.addEventListener("problem", ({ detail }) => problems.push(detail.error.code));
    return { ...all, problems };
}

const SPOILED = [
    ["another certificate", described("offer", "CC:DD"), "peer_left"],
    ["one more certificate", { type: "offer", sdp: `${described("offer").sdp}a=fingerprint:sha-256 CC:DD\r\n` }, "peer_left"],
    ["no certificate", { type: "offer", sdp: "v=0" }, "protocol_error"],
    ["nothing", undefined, "protocol_error"],
    ["a number", 7, "protocol_error"],
];

for (const [what, sdp, code] of SPOILED) {
    for (const side of ["A", "B"]) {
        test(`an offer with ${what} does not touch a link that stands: side ${side}`, async (t) => {
            const { connection, link, ends, problems } = await standing(t, side === "B" ? { code: "2802" } : {});
            const before = connection.remoteDescription;
            const answers = FakeSocket.last.sentOf("answer").length;
            FakeSocket.last.say({ type: "offer", sdp });
            await turns();
            assert.deepEqual(problems, [code]);
            assert.deepEqual([link.state, ends], ["connected", []]);
            assert.equal(connection.remoteDescription, before);
            assert.equal(FakeSocket.last.sentOf("answer").length, answers);
            FakeSocket.last.say({ type: "offer", sdp: described("offer") });
            await turns();
            assert.equal(FakeSocket.last.sentOf("answer").length, answers + 1, "the peer itself is answered as before");
        });
    }
}

test("an answer with another certificate is no answer: the offer is repeated until the peer's comes", async (t) => {
    const { connection, link, problems } = await standing(t);
    connection.dispatchEvent(new Event("negotiationneeded"));
    await turns();
    const offers = FakeSocket.last.sentOf("offer").length;
    FakeSocket.last.say({ type: "answer", sdp: described("answer", "CC:DD") });
    await turns();
    assert.deepEqual([problems, connection.signalingState], [["peer_left"], "have-local-offer"]);
    await pass(t, 5000);
    assert.equal(FakeSocket.last.sentOf("offer").length, offers + 1);
    FakeSocket.last.say({ type: "answer", sdp: described("answer") });
    await turns();
    assert.deepEqual([connection.signalingState, link.state], ["stable", "connected"]);
});

test("an offer that the browser refuses does not end a link that stands", async (t) => {
    const { connection, link, problems } = await standing(t);
    t.mock.method(connection, "setRemoteDescription", async () => { throw new Error("bad line"); });
    FakeSocket.last.say({ type: "offer", sdp: described("offer") });
    await turns();
    assert.deepEqual([link.state, problems], ["connected", ["protocol_error"]]);
});

for (const order of ["before", "after"]) {
    test(`a link whose peer began anew ends soon once it is interrupted: the stranger came ${order} that`, async (t) => {
        const { connection, ends } = await standing(t);
        const stranger = async () => {
            FakeSocket.last.say({ type: "offer", sdp: described("offer", "CC:DD") });
            await turns();
        };
        if (order === "before") await stranger();
        await pass(t, 60_000);
        assert.deepEqual(ends, []);
        connection.becomes("disconnected");
        if (order === "after") await stranger();
        await pass(t, 14_999);
        assert.deepEqual(ends, []);
        await pass(t, 1);
        assert.equal(ends[0]?.error.code, "peer_left");
    });
}

test("a stranger who keeps coming does not prolong that", async (t) => {
    const { connection, ends } = await standing(t);
    connection.becomes("disconnected");
    for (let second = 0; second < 15; second += 1) {
        FakeSocket.last.say({ type: "offer", sdp: described("offer", "CC:DD") });
        await turns();
        await pass(t, 1000);
    }
    assert.equal(ends[0]?.error.code, "peer_left");
});

test("a link whose own peer is heard again is not given up for the stranger", async (t) => {
    const { connection, link, ends } = await standing(t);
    FakeSocket.last.say({ type: "offer", sdp: described("offer", "CC:DD") });
    await turns();
    connection.becomes("disconnected");
    await pass(t, 10_000);
    // To the offer by which this side restarts ICE.
    FakeSocket.last.say({ type: "answer", sdp: described("answer") });
    await turns();
    await pass(t, 10_000);
    assert.deepEqual(ends, []);
    connection.becomes("connected");
    await pass(t, 60_000);
    connection.becomes("disconnected");
    await pass(t, 119_999);
    assert.deepEqual([link.state, ends], ["interrupted", []], "it has as long as any other to come back");
    await pass(t, 1);
    assert.equal(ends[0]?.error.code, "no_route");
});

test("a link that recovers from it stays", async (t) => {
    const { connection, states } = await standing(t);
    connection.becomes("disconnected");
    FakeSocket.last.say({ type: "offer", sdp: described("offer", "CC:DD") });
    await pass(t, 10_000);
    connection.becomes("connected");
    await pass(t, 600_000);
    assert.deepEqual(states, ["interrupted", "connected"]);
});
