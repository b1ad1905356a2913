// The frames, codes and reasons of Fixtures/wire are this client's too.

import assert from "node:assert/strict";
import test from "node:test";
import { wire } from "../../Web/client/modules/wire.js";
import { fixture } from "./support/fixtures.js";

const KINDS = {
    room_full: "paired", peer_left: "peerleft", send: "item", deliver: "item", error: "refused", going_away: "going_away",
    mailbox: "mailbox", accepted: "accepted", diagnosis: "diagnosis",
};

for (const { name, text, payload, ...members } of fixture("server-frames")) {
    test(`the server's frame is understood: ${text}`, () => {
        const expected = { kind: KINDS[name], ...members };
        // Fixtures hold a payload as the text that it is in the frame.
        if (payload !== undefined) expected.payload = JSON.parse(payload);
        if (expected.kind === "refused") expected.ref ??= undefined;
        assert.deepEqual(wire.parse(text), expected);
        assert.deepEqual(wire.parse(new TextEncoder().encode(text)), expected);
    });
}

test("frames of the other side are passed on whole", () => {
    const relayed = fixture("client-frames").filter(({ kind }) => ["offer", "answer", "ice", "sender_ready"].includes(kind));
    for (const { name, text, kind } of relayed) {
        assert.deepEqual(wire.parse(text), { kind: "signal", message: { ...JSON.parse(text), type: kind } }, name);
    }
});

test("what a later version may mean is ignored, and so is what is no frame", () => {
    const frames = [
        "", "{", "null", "[]", "7", '"offer"', "{}", '{"type":7}', '{"type":"news"}',
        '{"type":"send","payload":1}', '{"type":"send","seq":-1,"payload":1}', '{"type":"send","seq":1.5,"payload":1}',
        '{"type":"send","seq":1}', '{"type":"mailbox","id":7,"deliveredUpTo":0}', '{"type":"mailbox","id":"a"}',
        '{"type":"accepted"}', '{"type":"accepted","ref":"1"}',
        '{"type":"diagnosis"}', '{"type":"diagnosis","cause":7}',
        '{"type":"error"}', '{"type":"going_away"}', '{"type":"going_away","reconnectAfterMs":"1"}',
    ];
    for (const frame of frames) assert.equal(wire.parse(frame), undefined, frame);
});

test("a diagnosis is read, and what is odd in it is left out", () => {
    const whole = { cause: "no_relay_configured", side: "both", hint: "no_stun", advice: "Why." };
    assert.deepEqual(wire.parse(JSON.stringify({ type: "diagnosis", ...whole })), { kind: "diagnosis", ...whole });
    const odd = { cause: "weather", side: "C", hint: 7, advice: null, more: true };
    assert.deepEqual(wire.parse(JSON.stringify({ type: "diagnosis", ...odd })), { kind: "diagnosis", cause: "weather" });
});

test("close codes and error codes are those of the fixtures", () => {
    const { closeCodes, errorCodes } = fixture("codes");
    assert.deepEqual(wire.closeCodes, closeCodes);
    assert.deepEqual(wire.errorCodes, errorCodes);
});

/** What this client writes, each as an entry of client-frames.json has it. */
const written = [
    wire.relay({ type: "offer", sdp: { type: "offer", sdp: sdpOf("offer") } }),
    wire.relay({ type: "answer", sdp: { type: "answer", sdp: sdpOf("answer") } }),
    wire.relay({
        type: "ice",
        candidate: {
            candidate: "candidate:1 1 udp 2122260223 192.0.2.4 61922 typ host", sdpMid: "0", sdpMLineIndex: 0, usernameFragment: "w1vT",
        },
    }),
    wire.relay({ type: "ice", candidate: null }),
    wire.relay({ type: "sender_ready" }),
    wire.hello("", 0),
    wire.hello("00c0ffee0123abcd", 42),
    wire.send("B", { n: 1 }, 1),
    wire.delivered(7),
    wire.telemetry("ice-connected", { mode: "relay" }),
    wire.telemetry("ice-failed", { reason: "timeout" }),
    wire.telemetry("ice-failed", {
        reason: "timeout",
        candidates: { host: 2, srflx: 1, relay: 0, prflx: 0, mdns: 2 },
        remote: { host: 1, srflx: 0, relay: 0, prflx: 0, mdns: 0 },
        servers: { stun: 1, turn: 1 },
        errors: [701, 401], pairs: 3, dtls: "new", ice: "failed", elapsedMs: 33120,
    }),
    wire.telemetry("ice-connected", {
        mode: "relay", selected: { local: "relay", remote: "srflx", protocol: "udp", relayProtocol: "tcp" }, elapsedMs: 840, resumed: true,
    }),
    wire.telemetry("ice-restart", { elapsedMs: 5000 }),
];

function sdpOf(kind) {
    return JSON.parse(fixture("client-frames").find(({ name }) => name === kind).text).sdp.sdp;
}

for (const text of written) {
    test(`what is written is a golden frame: ${text}`, () => {
        assert.ok(fixture("client-frames").some((frame) => frame.text === text));
    });
}
