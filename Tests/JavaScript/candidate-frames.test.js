// Candidates in the forms in which clients send them.

import assert from "node:assert/strict";
import test from "node:test";
import { readCandidate } from "../../Web/client/modules/candidate-frames.js";
import { FakeSocket } from "./support/fake-socket.js";
import { described, HOST, SRFLX } from "./support/fake-peer-connection.js";
import { begun, connected, negotiating, pass, reported, VERDICT_MS } from "./support/pairings.js";
import { turns } from "./support/sessions.js";

const BROWSER = { candidate: HOST, sdpMid: "0", sdpMLineIndex: 0, usernameFragment: "w1vT" };

for (const [what, frame, expected] of [
    ["a browser's", { candidate: BROWSER }, BROWSER],
    ["without a username", { candidate: { ...BROWSER, usernameFragment: null } }, { candidate: HOST, sdpMid: "0", sdpMLineIndex: 0 }],
    ["named cand", { cand: BROWSER }, BROWSER],
    ["a text named cand", { cand: HOST }, { candidate: HOST, sdpMLineIndex: 0 }],
    ["flat", { candidate: HOST, sdpMid: "0", sdpMLineIndex: 0 }, { candidate: HOST, sdpMid: "0", sdpMLineIndex: 0 }],
    ["flat, of another section", { candidate: HOST, sdpMid: "audio", sdpMLineIndex: 1 }, { candidate: HOST, sdpMid: "audio", sdpMLineIndex: 1 }],
    ["flat, with a=", { candidate: `a=${HOST}\r\n`, mid: "data" }, { candidate: HOST, sdpMid: "data" }],
    ["flat, with an id of something else", { id: 7, candidate: HOST, mid: "0" }, { candidate: HOST, sdpMid: "0" }],
    ["flat, nothing else", { candidate: HOST }, { candidate: HOST, sdpMLineIndex: 0 }],
    ["flat, in another spelling", { candidate: HOST, sdpMlineIndex: 1 }, { candidate: HOST, sdpMLineIndex: 1 }],
    ["with underscores", { candidate: HOST, sdp_mid: "0", sdp_mline_index: 0 }, { candidate: HOST, sdpMid: "0", sdpMLineIndex: 0 }],
    ["with a label", { candidate: HOST, label: 1, id: "data" }, { candidate: HOST, sdpMLineIndex: 1 }],
    ["named sdp", { candidate: { sdp: HOST, sdpMid: "0", sdpMLineIndex: 0 } }, { candidate: HOST, sdpMid: "0", sdpMLineIndex: 0 }],
    ["wrapped once more", { candidate: { type: "candidate", candidate: BROWSER } }, BROWSER],
    ["an index that is none", { candidate: HOST, sdpMLineIndex: "0", sdpMid: 7 }, { candidate: HOST, sdpMLineIndex: 0 }],
    ["an index below 0", { candidate: HOST, sdpMLineIndex: -1 }, { candidate: HOST, sdpMLineIndex: 0 }],
    ["the end", { candidate: null }, null],
    ["the end named cand", { cand: null }, null],
    ["the end as a text", { candidate: "" }, null],
    ["the end with a section", { candidate: "", sdpMid: "0" }, null],
    ["the end of a browser's generation", { candidate: { ...BROWSER, candidate: "" } }, null],
    ["nothing at all", {}, null],
]) {
    test(`a candidate is understood: ${what}`, () => {
        assert.deepEqual(readCandidate({ type: "ice", ...frame }), { candidate: expected });
    });
}

for (const [frame, said] of [
    [{ kandidat: HOST }, "no candidate is known among { type: string, kandidat: string }"],
    [{ candidate: 7 }, "no candidate is known among { type: string, candidate: number }"],
    [{ candidate: [HOST] }, "no candidate is known among { type: string, candidate: array }"],
    [{ candidate: {} }, "no candidate is known among { type: string, candidate: object }"],
    [{ candidate: { candidate: { candidate: BROWSER } } }, "no candidate is known among { type: string, candidate: object }"],
    [{ sdpMid: "0" }, "no candidate is known among { type: string, sdpMid: string }"],
    [{ candidate: "192.0.2.4:61922" }, "the text of a candidate does not begin with candidate: in { type: string, candidate: string }"],
]) {
    test(`what is none is said, without what it holds: ${JSON.stringify(frame)}`, () => {
        assert.deepEqual(readCandidate({ type: "ice", ...frame }), { unread: said });
    });
}

test("what is said has a bound", () => {
    const { unread } = readCandidate(Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`${"m".repeat(1000)}${n}`, n])));
    assert.ok(unread.length < 400, unread);
    assert.match(unread, /…/);
});

test("flat candidates reach the browser, and count as those of the other side", async (t) => {
    const { connection } = await negotiating(t);
    FakeSocket.last.say({ type: "ice", candidate: SRFLX, sdpMid: "0", sdpMLineIndex: 0 });
    await turns();
    assert.deepEqual(connection.candidates, [{ candidate: SRFLX, sdpMid: "0", sdpMLineIndex: 0 }]);
    await givenUp(t);
    assert.equal(FakeSocket.last.sentOf("telemetry").at(-1).remote.srflx, 1);
});

test("candidates that come before the description they belong to wait for it, up to a bound", async (t) => {
    const { connection } = await begun(t, { code: "2802" });
    FakeSocket.last.say({ type: "room_full" });
    for (let count = 0; count < 1000; count += 1) FakeSocket.last.say({ type: "ice", candidate: { candidate: HOST } });
    await turns();
    assert.deepEqual(connection.candidates, []);
    FakeSocket.last.say({ type: "offer", sdp: described("offer") });
    await turns();
    assert.equal(connection.candidates.length, 64);
});

test("frames that wait for their turn have a bound", async (t) => {
    const { connection } = await negotiating(t);
    const held = [];
    t.mock.method(connection, "addIceCandidate", (candidate) => new Promise((resolve) => held.push([candidate, resolve])));
    for (let count = 0; count < 2000; count += 1) FakeSocket.last.say({ type: "ice", candidate: { candidate: HOST } });
    await turns();
    for (let at = 0; at < held.length; at += 1) {
        held[at][1]();
        for (let microtask = 0; microtask < 20; microtask += 1) await null;
    }
    assert.equal(held.length, 512, "the first of them, and those that waited behind it");
    FakeSocket.last.say({ type: "ice", candidate: { candidate: HOST } });
    await turns();
    assert.equal(held.length, 513);
});

async function givenUp(t) {
    await pass(t, 45_000);
    await pass(t, VERDICT_MS);
}

test("what was not understood is said, instead of that the other side has no address", async (t) => {
    const { connection, outcome } = await negotiating(t);
    connection.finds(HOST);
    connection.finds(null);
    FakeSocket.last.say({ type: "ice", kandidat: HOST });
    FakeSocket.last.say({ type: "ice", candidate: null });
    await turns();
    assert.equal(outcome.error, undefined, "it is no end: the other side may reach this one");
    await givenUp(t);
    assert.equal(outcome.error.code, "protocol_error");
    assert.match(outcome.error.message, /no candidate of the other side was understood: .*kandidat: string/);
    assert.deepEqual(reported(), [["ice-failed", "timeout"]]);
    assert.equal("remote" in FakeSocket.last.sentOf("telemetry")[0], false, "the server is not told that the other side has none");
});

test("what was not understood is said where others were", async (t) => {
    const { connection, outcome } = await negotiating(t);
    connection.finds(HOST);
    FakeSocket.last.say({ type: "ice", candidate: HOST });
    for (let count = 0; count < 9; count += 1) FakeSocket.last.say({ type: "ice", [`kandidat${count}`]: HOST });
    FakeSocket.last.say({ type: "ice", candidate: "candidate:of another kind" });
    await givenUp(t);
    assert.equal(outcome.error.code, "no_route");
    assert.match(outcome.error.message, /not understood of the other side: .*kandidat0.*kandidat2.*; and 7 more;/);
});

test("once the two are connected it is told as a problem, and ends nothing", async (t) => {
    const { link, ends } = await connected(t);
    const problems = [];
    link.addEventListener("problem", ({ detail }) => problems.push(detail.error));
    FakeSocket.last.say({ type: "ice", kandidat: HOST });
    await turns();
    assert.deepEqual(problems.map(({ code }) => code), ["protocol_error"]);
    assert.match(problems[0].message, /kandidat/);
    assert.deepEqual([link.state, ends], ["connected", []]);
});
