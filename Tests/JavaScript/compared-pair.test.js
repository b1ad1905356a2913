// pair() by digits alone: six digits that people may compare.

import assert from "node:assert/strict";
import test from "node:test";
import { CertifiedConnection, connected, meet, MemoryServer, paired, pass, settle } from "./support/two-sides.js";

test("both sides show the same six digits, and claim nothing", async (t) => {
    const { a, b, server } = await connected(t);
    assert.match(a.link.sas, /^[0-9]{6}$/);
    assert.equal(a.link.sas, b.link.sas);
    assert.deepEqual([a.link.verified, b.link.verified], [null, null]);
    assert.deepEqual(server.sent("A", "sender_ready").map(({ sas }) => Object.keys(sas)), [["v", "nonce"]]);
    assert.deepEqual(server.requests.map(({ path }) => path), ["/rendezvous/code", "/rendezvous/redeem"]);
});

test("digits that come after the link are told by an event", async (t) => {
    const server = new MemoryServer(t);
    const late = [];
    server.between = (frame) => (frame.type === "sender_ready" ? (late.push(frame), []) : [frame]);
    const { a, b } = await connected(t, { server });
    assert.equal(b.link.sas, null);
    const told = [];
    b.link.addEventListener("sas", ({ detail }) => told.push(detail));
    server.say("B", late[0]);
    assert.deepEqual(told, [a.link.sas]);
    assert.equal(b.link.sas, a.link.sas);
});

test("a nonce that does not fit the commitment ends the attempt", async (t) => {
    const server = new MemoryServer(t);
    server.between = (frame) => [frame.type === "sender_ready" ? { ...frame, sas: { v: 1, nonce: "A".repeat(22) } } : frame];
    const { b } = await paired(t, { server });
    assert.equal(b.error.code, "protocol_error");
    assert.deepEqual(server.sent("B", "telemetry").map(({ reason }) => reason), ["verification-failed"]);
});

test("... and a link that stands already", async (t) => {
    const server = new MemoryServer(t);
    server.between = (frame) => (frame.type === "sender_ready" ? [] : [frame]);
    const { b } = await connected(t, { server });
    const ends = [];
    b.link.addEventListener("closed", ({ detail }) => ends.push(detail.error?.code));
    server.say("B", { type: "sender_ready", sas: { v: 1, nonce: "A".repeat(22) } });
    await settle();
    assert.deepEqual(ends, ["protocol_error"]);
});

test("a nonce that is lost is said again when a side comes back", async (t) => {
    const server = new MemoryServer(t);
    server.between = (frame) => (frame.type === "sender_ready" ? [] : [frame]);
    const { a, b } = await connected(t, { server });
    server.between = (frame) => [frame];
    server.cut("B");
    await pass(t, 1_000);
    assert.equal(b.link.sas, a.link.sas);
    assert.match(b.link.sas, /^[0-9]{6}$/);
});

test("once something was applied, nobody can ask for words any more", async (t) => {
    const { b, server } = await connected(t);
    server.say("B", { type: "sender_ready", pake: { v: 1 } });
    await settle();
    assert.equal(b.link.state, "connected");
});

test("somebody in the middle shows, as other digits", async (t) => {
    const server = new MemoryServer(t);
    const middle = Array(32).fill("EE").join(":");
    // Each side gets the certificate of whoever is in the middle, with a commitment that fits it as little as it must.
    server.between = (frame) => {
        if (frame.sdp === undefined) return [frame];
        return [{ ...frame, sdp: { ...frame.sdp, sdp: frame.sdp.sdp.replace(/(sha-256 )[0-9A-F:]+/, `$1${middle}`) } }];
    };
    const { a, b } = await paired(t, { server });
    assert.equal(meet(CertifiedConnection.all), false);
    // A has digits, with B's wrong certificate in them; B has found out by itself that A's commitment is of another one.
    assert.equal(b.error.code, "protocol_error");
    assert.equal(a.error, undefined);
});
