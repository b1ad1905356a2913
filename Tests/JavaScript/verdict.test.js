// Attempts that come to nothing: who gives up tells the other side, and both are told why.

import assert from "node:assert/strict";
import test from "node:test";
import { FakePeerConnection, HOST, RELAY, SRFLX } from "./support/fake-peer-connection.js";
import { FakeSocket } from "./support/fake-socket.js";
import { begun, connected, negotiating, pass, reported, VERDICT_MS } from "./support/pairings.js";
import { turns } from "./support/sessions.js";

const HIDDEN = "candidate:4 1 udp 2122260223 6d2c9d0e-51a4-4c2c-9f0a-0e4f8f1b2a33.local 50000 typ host";
const BLOCKED = { type: "diagnosis", cause: "udp_blocked", side: "B", advice: "The server's words." };
const LEFT = { type: "diagnosis", cause: "peer_left", side: "B", advice: "It left." };

const say = (frame) => FakeSocket.last.say(frame);
const theirs = (line) => say({ type: "ice", candidate: line === null ? null : { candidate: line } });
const lastReport = () => FakeSocket.last.sentOf("telemetry").at(-1);

async function failsTwice(t, connection) {
    connection.becomes("failed");
    await pass(t, 0);
    connection.becomes("failed");
    await turns();
}

test("who gives up reports first, and ends with the server's word as soon as it is final", async (t) => {
    const { connection, outcome } = await negotiating(t);
    await failsTwice(t, connection);
    assert.deepEqual(reported().at(-1), ["ice-failed", "ice-failed"]);
    say(BLOCKED);
    await pass(t, 299);
    assert.equal(outcome.error, undefined, "the other side's report may still change it");
    say({ ...BLOCKED, cause: "relay_refused", side: "A" });
    await pass(t, 300);
    const { code, cause, side, advice } = outcome.error;
    assert.deepEqual([code, cause, side], ["no_route", "relay_refused", "A"]);
    assert.match(advice, /^The TURN server refused this device/, "it is told from this side's point of view");
});

test("a diagnosis that changes all the time is not waited for longer than one that does not come", async (t) => {
    const { connection, outcome } = await negotiating(t);
    await failsTwice(t, connection);
    for (let waited = 0; waited < VERDICT_MS; waited += 200) {
        assert.equal(outcome.error, undefined);
        say(BLOCKED);
        await pass(t, 200);
    }
    assert.equal(outcome.error.cause, "udp_blocked");
});

test("an older server says nothing, and then this side's own knowledge has to do", async (t) => {
    const { connection, outcome } = await negotiating(t, { iceServers: [{ urls: ["stun:stun.test"] }] });
    connection.finds(HOST);
    theirs(SRFLX);
    connection.dispatchEvent(Object.assign(new Event("icecandidateerror"), { errorCode: 701 }));
    await failsTwice(t, connection);
    await pass(t, VERDICT_MS - 1);
    assert.equal(outcome.error, undefined);
    await pass(t, 1);
    assert.deepEqual([outcome.error.cause, outcome.error.side], ["udp_blocked", "A"]);
});

test("without a connection to the server there is nobody to wait for", async (t) => {
    const { connection, outcome } = await negotiating(t);
    FakeSocket.last.end(1006);
    connection.becomes("failed");
    await turns();
    assert.equal(outcome.error.code, "no_route");
});

test("a connection that comes about meanwhile counts", async (t) => {
    const { connection, outcome } = await negotiating(t);
    await failsTwice(t, connection);
    connection.becomes("connected");
    connection.opens();
    await pass(t, 60_000);
    assert.equal(outcome.link.state, "connected");
    assert.deepEqual(reported().at(-1), ["ice-connected", undefined]);
});

test("when the other side gives up, this one says what it knows, and ends once the other has left", async (t) => {
    const { connection, outcome, warnings } = await negotiating(t, { code: "2802" });
    connection.finds(HOST);
    say({ ...BLOCKED, side: "A" });
    await turns();
    assert.deepEqual(reported(), [["ice-failed", "closed"]]);
    assert.deepEqual(lastReport().candidates, { host: 1, srflx: 0, relay: 0, prflx: 0, mdns: 0 });
    assert.deepEqual(warnings.map(({ cause, side }) => [cause, side]), [["udp_blocked", "A"]]);
    assert.equal(outcome.error, undefined, "it may still work out");
    say({ type: "peer_left" });
    await pass(t, 0);
    const { code, cause, side, advice } = outcome.error;
    assert.deepEqual([code, cause, side], ["no_route", "udp_blocked", "A"]);
    assert.match(advice, /in the network of the other device/);
    assert.equal(reported().length, 1);
});

test("after offer and answer, a side that leaves without a word leaves no route behind", async (t) => {
    const { outcome } = await negotiating(t);
    say({ type: "peer_left" });
    await pass(t, 5000);
    await pass(t, VERDICT_MS);
    assert.equal(outcome.error.code, "no_route");
    assert.deepEqual(reported(), [["ice-failed", "closed"]]);
});

test("a side that says it leaves has left, and that is told at once", async (t) => {
    const { outcome, warnings } = await negotiating(t);
    say(LEFT);
    say({ type: "peer_left" });
    await turns();
    assert.equal(outcome.error.code, "peer_left");
    assert.deepEqual([warnings, reported()], [[], []]);
});

test("that a silent one has left is no more than this side said, so it goes by what it knows", async (t) => {
    const { outcome, connection } = await negotiating(t, { iceServers: [{ urls: "stun:stun.test" }] });
    connection.finds(HOST);
    theirs(SRFLX);
    connection.dispatchEvent(Object.assign(new Event("icecandidateerror"), { errorCode: 701 }));
    say({ type: "peer_left" });
    await pass(t, 5000);
    say(LEFT);
    await pass(t, 0);
    assert.deepEqual([outcome.error.code, outcome.error.cause, outcome.error.side], ["no_route", "udp_blocked", "A"]);
});

for (const [cause, when, begin, code] of [
    ["signaling_lost", "before offer and answer", begun, "peer_left"],
    ["signaling_lost", "after them", negotiating, "no_route"],
    ["peer_left", "before offer and answer", begun, "peer_left"],
]) {
    test(`a side that is away has 5 s to come back: ${cause}, ${when}`, async (t) => {
        const { outcome } = await begin(t);
        say({ type: "room_full" });
        say({ type: "peer_left" });
        say({ type: "diagnosis", cause, side: "B", advice: "" });
        await pass(t, 4999);
        assert.equal(outcome.error, undefined);
        await pass(t, 1);
        await pass(t, VERDICT_MS);
        assert.deepEqual([outcome.error.code, outcome.error.cause], [code, code === "no_route" ? "signaling_lost" : undefined]);
    });
}

test("a diagnosis of an attempt does not outlive it", async (t) => {
    const { outcome } = await negotiating(t);
    say({ type: "peer_left" });
    say({ type: "diagnosis", cause: "signaling_lost", side: "B", advice: "" });
    say({ type: "room_full" });
    say({ type: "peer_left" });
    await pass(t, 4999);
    assert.equal(outcome.error, undefined, "it has its 5 s again");
});

for (const end of ["close", "abort", "leave the page"]) {
    test(`a side that ends the attempt of its own accord says so: ${end}`, async (t) => {
        const controller = new AbortController();
        await negotiating(t, { signal: controller.signal });
        if (end === "abort") controller.abort();
        else FakePeerConnection.window.dispatchEvent(Object.assign(new Event("pagehide"), { persisted: false }));
        await turns();
        assert.deepEqual(reported(), [["ice-failed", "peer-left"]]);
        assert.equal(FakeSocket.last.closedWith, 1000);
    });
}

test("a side that ends the attempt before the other has come says nothing", async (t) => {
    const controller = new AbortController();
    await begun(t, { signal: controller.signal });
    controller.abort();
    await turns();
    assert.deepEqual(reported(), []);
});

test("encryption that fails is not a matter of the route, and not tried again", async (t) => {
    const { connection, outcome } = await negotiating(t);
    connection.iceConnectionState = "connected";
    connection.sctp = { transport: { state: "failed" } };
    connection.becomes("failed");
    await turns();
    assert.deepEqual(reported(), [["ice-failed", "dtls-failed"]]);
    await pass(t, VERDICT_MS);
    assert.deepEqual([outcome.error.code, outcome.error.cause, connection.restarts], ["no_route", "dtls_failed", 0]);
});

test("a channel that closes before it has opened is a failure too, of which the other side may know more", async (t) => {
    const { connection, outcome } = await negotiating(t);
    connection.channel.dispatchEvent(new Event("close"));
    await pass(t, 0);
    assert.deepEqual(reported(), [["ice-failed", "closed"]]);
    say({ type: "diagnosis", cause: "dtls_failed", side: "both", advice: "" });
    await pass(t, 300);
    assert.deepEqual([outcome.error.code, outcome.error.cause], ["no_route", "dtls_failed"]);
});

test("a side that leaves before offer and answer has left, whatever the server makes of it", async (t) => {
    const { outcome } = await begun(t);
    say({ type: "room_full" });
    say({ type: "peer_left" });
    await pass(t, 5000);
    say({ type: "diagnosis", cause: "no_relay_configured", side: "both", advice: "" });
    await pass(t, 0);
    assert.equal(outcome.error.code, "peer_left");
});

// What is known while the two still try

test("that there are only addresses of networks, and no server, is known in a second", async (t) => {
    const { connection, outcome, warnings, stages } = await negotiating(t);
    connection.finds(HOST);
    connection.finds(null);
    theirs(HIDDEN);
    await pass(t, 1000);
    assert.deepEqual(warnings, [], "the other side may find more");
    theirs(null);
    await turns();
    await pass(t, 1000);
    await pass(t, 10_000);
    assert.deepEqual(warnings.map(({ cause, side, hint }) => [cause, side, hint]), [["no_relay_configured", "both", "no_stun"]]);
    assert.match(warnings[0].advice, /STUN_PORT.*iceServers/);
    assert.deepEqual(stages, ["code", "waiting", "negotiating"]);
    assert.equal(outcome.error, undefined);
});

test("nothing is said of a connection that comes about while it is looked at", async (t) => {
    const { connection, warnings } = await negotiating(t);
    for (const line of [HOST, null]) connection.finds(line);
    for (const line of [HOST, null]) theirs(line);
    await turns();
    let looked;
    connection.getStats = () => new Promise((resolve) => { looked = resolve; });
    await pass(t, 1000);
    connection.becomes("connected");
    connection.opens();
    looked(new Map());
    await turns();
    assert.deepEqual(warnings, []);
});

test("nothing is said of a connection that stands within that second", async (t) => {
    const { connection, warnings } = await connected(t);
    connection.finds(HOST);
    connection.finds(null);
    theirs(HOST);
    theirs(null);
    await pass(t, 60_000);
    assert.deepEqual(warnings, []);
});

// What is reported

test("a report has what was gathered, tried and refused", async (t) => {
    const iceServers = [{ urls: "stun:stun.test" }, { urls: ["turn:turn.test", "turns:turn.test"], username: "u", credential: "c" }];
    const { connection } = await negotiating(t, { iceServers });
    for (const line of [HOST, HIDDEN, SRFLX, null]) connection.finds(line);
    // A restart finds the same addresses again, with other ports.
    connection.finds(HOST.replace("61922", "61923"));
    for (const line of [HIDDEN, RELAY]) theirs(line);
    for (const errorCode of [701, 701, 401, ...Array.from({ length: 40 }, (_, index) => 500 + index)]) {
        connection.dispatchEvent(Object.assign(new Event("icecandidateerror"), { errorCode }));
    }
    connection.iceConnectionState = "checking";
    connection.stats = new Map([
        ["L", { type: "local-candidate", candidateType: "host", protocol: "udp" }],
        ["R", { type: "remote-candidate", candidateType: "relay", protocol: "udp" }],
        ["P", { id: "P", type: "candidate-pair", localCandidateId: "L", remoteCandidateId: "R", requestsSent: 3 }],
        ["Q", { id: "Q", type: "candidate-pair", localCandidateId: "L", remoteCandidateId: "X", requestsSent: 0 }],
        ["X", { type: "remote-candidate", candidateType: "prflx", protocol: "udp" }],
    ]);
    await turns();
    await pass(t, 1000);
    // The browser forgets pairs that came to nothing.
    connection.stats = new Map();
    await pass(t, 1500);
    await failsTwice(t, connection);
    const { errors, ...report } = lastReport();
    assert.deepEqual(report, {
        type: "telemetry", event: "ice-failed", reason: "ice-failed",
        candidates: { host: 2, srflx: 1, relay: 0, prflx: 0, mdns: 1 },
        remote: { host: 1, srflx: 0, relay: 1, prflx: 1, mdns: 1 },
        servers: { stun: 1, turn: 2 },
        pairs: 1, ice: "checking", elapsedMs: 2500,
    });
    assert.deepEqual(errors.slice(0, 3), [701, 401, 500]);
    assert.equal(errors.length, 16);
});

for (const [what, gathered, errors] of [
    ["no server has responded by then", [HOST], [701]],
    ["one has told an address", [HOST, SRFLX], undefined],
    ["a relay has", [HOST, RELAY], undefined],
    ["all have, and there was none to tell", [HOST, null], undefined],
]) {
    test(`a browser waits for its servers longer than a pairing lasts: ${what}`, async (t) => {
        const { connection } = await negotiating(t, { iceServers: [{ urls: "stun:stun.test" }] });
        connection.gathers("gathering");
        for (const line of gathered) connection.finds(line);
        if (gathered.includes(null)) connection.gathers("complete");
        await pass(t, 4999);
        connection.becomes("failed");
        await pass(t, 1);
        connection.becomes("failed");
        await turns();
        assert.deepEqual(lastReport().errors, errors);
    });
}

test("servers have five seconds to respond", async (t) => {
    const { connection } = await negotiating(t, { iceServers: [{ urls: "stun:stun.test" }] });
    connection.gathers("gathering");
    await pass(t, 4998);
    await failsTwice(t, connection);
    assert.equal(lastReport().errors, undefined);
});

test("an address that was not tried is told apart from one that did not help", async (t) => {
    const { connection, outcome } = await negotiating(t);
    theirs(HIDDEN);
    theirs(RELAY);
    connection.stats = new Map([
        ["R", { type: "remote-candidate", candidateType: "relay", protocol: "udp" }],
        ["P", { id: "P", type: "candidate-pair", remoteCandidateId: "R", state: "in-progress" }],
    ]);
    await failsTwice(t, connection);
    await pass(t, VERDICT_MS);
    assert.deepEqual(outcome.error.remote, [
        { type: "host", protocol: "udp", tried: false }, { type: "relay", protocol: "udp", tried: true },
    ]);
});

test("success is reported again when the server may have been started anew, and marked as a repetition", async (t) => {
    const { connection } = await connected(t);
    FakeSocket.last.end(1006);
    await pass(t, 500);
    FakeSocket.last.welcome();
    say({ type: "room_full" });
    await turns();
    assert.deepEqual(FakeSocket.last.sentOf("telemetry").map(({ event, resumed }) => [event, resumed]), [["ice-connected", true]]);
    // If the link is interrupted at that time, as soon as it is back.
    connection.becomes("disconnected");
    FakeSocket.last.end(1006);
    await pass(t, 1000);
    FakeSocket.last.welcome();
    say({ type: "room_full" });
    await turns();
    assert.deepEqual(reported().filter(([event]) => event === "ice-connected"), []);
    connection.becomes("connected");
    await turns();
    assert.equal(lastReport().resumed, true);
});

test("success that could not be reported is no repetition when it is", async (t) => {
    const { connection, outcome } = await negotiating(t);
    FakeSocket.last.end(1006);
    connection.becomes("connected");
    connection.opens();
    await turns();
    assert.equal(outcome.link.state, "connected");
    await pass(t, 500);
    FakeSocket.last.welcome();
    say({ type: "room_full" });
    await turns();
    assert.deepEqual(FakeSocket.last.sentOf("telemetry").map(({ event, resumed }) => [event, resumed]), [["ice-connected", undefined]]);
});
