// Clients of other people, frame for frame, at the other end of pair(): what they send is understood, and they are sent what they read.

import assert from "node:assert/strict";
import test from "node:test";
import { described, FakePeerConnection, HOST, SRFLX } from "./support/fake-peer-connection.js";
import { FakeSocket } from "./support/fake-socket.js";
import { begun } from "./support/pairings.js";
import { turns } from "./support/sessions.js";

/** For each client: how it writes a description and a candidate, what it says besides, and what it makes of the frames of others. */
const CLIENTS = {
    "NoisyTransfer, trickling": {
        describe: ({ type, sdp }) => ({ type, sdp: { type, sdp } }),
        candidate: (candidate) => ({ type: "ice", cand: { candidate, sdpMid: "0", sdpMLineIndex: 0, usernameFragment: "w1vT" } }),
        end: { type: "ice", cand: null },
        greeting: [{ type: "sender_ready" }],
        reads: ({ type, sdp, candidate, cand }) => (type === "ice" ? (cand ?? candidate)?.candidate : sdp.sdp),
    },
    "NoisyTransfer, which does not trickle": {
        describe: ({ type, sdp }) => ({ type, sdp: { type, sdp: `${sdp}a=${HOST}\r\na=${SRFLX}\r\n` } }),
        greeting: [{ type: "sender_ready" }],
        reads: ({ sdp }) => sdp?.sdp,
    },
    "one whose descriptions are texts, and whose candidates are flat": {
        describe: ({ type, sdp }) => ({ type, sdp }),
        candidate: (candidate) => ({ type: "ice", candidate, sdpMid: "0", sdpMLineIndex: 0 }),
        end: { type: "ice", candidate: "" },
    },
    "one with a label and an id, as on phones": {
        describe: ({ type, sdp }) => ({ type, sdp }),
        candidate: (candidate) => ({ type: "ice", label: 0, id: "0", candidate }),
    },
    "libdatachannel's, with a mid": {
        describe: ({ type, sdp }) => ({ id: "abcd", type, sdp }),
        candidate: (candidate) => ({ id: "abcd", type: "ice", candidate, mid: "0" }),
    },
    "simple-peer's signals": {
        describe: ({ type, sdp }) => ({ type, sdp }),
        candidate: (line) => {
            const candidate = { candidate: line, sdpMid: "0", sdpMLineIndex: 0 };
            return { type: "ice", candidate: { type: "candidate", candidate } };
        },
        end: { type: "ice" },
    },
};

for (const [name, client] of Object.entries(CLIENTS)) {
    for (const side of ["A", "B"]) {
        test(`it pairs with ${name}, as side ${side}`, async (t) => {
            const { outcome, connection } = await begun(t, side === "A" ? {} : { code: "2802" });
            const says = async (frame) => {
                FakeSocket.last.say(frame);
                await turns();
            };
            await says({ type: "room_full" });
            for (const frame of client.greeting ?? []) await says(frame);
            // NoisyTransfer's first candidates may overtake its description.
            if (client.candidate) await says(client.candidate(HOST));
            await says(client.describe(described(side === "A" ? "answer" : "offer")));
            if (client.candidate) await says(client.candidate(SRFLX));
            if (client.end) await says(client.end);
            const { type, sdp } = connection.remoteDescription;
            assert.equal(type, side === "A" ? "answer" : "offer");
            assert.match(sdp, /^v=0\r\na=fingerprint:sha-256 AA:BB\r\n/);
            if (client.candidate) {
                assert.deepEqual(connection.candidates.filter(Boolean).map(({ candidate }) => candidate), [HOST, SRFLX]);
                assert.ok(connection.candidates.filter(Boolean).every(({ sdpMid, sdpMLineIndex }) => sdpMid === "0" || sdpMLineIndex === 0));
            }
            assert.deepEqual(connection.candidates.filter((candidate) => candidate === null).length, client.end ? 1 : 0);

            connection.finds(HOST);
            const ours = FakeSocket.last.sent.filter(({ type }) => ["offer", "answer", "ice"].includes(type));
            assert.deepEqual(ours.map((frame) => frame.type), [side === "A" ? "offer" : "answer", "ice"]);
            // No member is needed that such a client does not send back.
            assert.equal(ours[0].id, side === "A" ? 1 : client.describe({}).id);
            const { reads = ({ type, sdp, candidate }) => (type === "ice" ? candidate.candidate : sdp.sdp) } = client;
            assert.match(reads(ours[0]), /^(offer|answer) of generation 0$/);

            connection.becomes("connected");
            connection.opens();
            await turns();
            assert.equal(outcome.link.state, "connected");
        });
    }
}

test("a client that opens its channel in band gives it to the program, and can be given one", async (t) => {
    const { outcome, connection } = await begun(t, { code: "2802" });
    FakeSocket.last.say({ type: "room_full" });
    FakeSocket.last.say({ type: "offer", sdp: described("offer") });
    await turns();
    connection.becomes("connected");
    connection.opens();
    await turns();
    const { link } = outcome;
    const came = [];
    link.addEventListener("channel", ({ detail }) => came.push(detail));
    const theirs = connection.receivesChannel("data");
    assert.deepEqual(came, [theirs]);
    await link.send("hello", { channel: theirs });
    assert.deepEqual(theirs.sent, ["hello"]);
    const opening = link.openChannel("data");
    FakePeerConnection.last.channels.at(-1).opens();
    assert.equal((await opening).label, "data");
});

for (const wrapped of [{ type: "rollback" }, { type: "pranswer" }, { type: "answer" }, { type: "offer" }, {}]) {
    test(`a description is of the type that its frame has, whatever stands in it: ${wrapped.type}`, async (t) => {
        for (const [type, code] of [["answer", undefined], ["offer", "2802"]]) {
            const { connection } = await begun(t, { code });
            FakeSocket.last.say({ type: "room_full" });
            await turns();
            FakeSocket.last.say({ type, sdp: { ...described(type), ...wrapped, more: "x" } });
            await turns();
            assert.deepEqual(connection.remoteDescription, described(type));
            t.mock.restoreAll();
            t.mock.timers.reset();
        }
    });
}
