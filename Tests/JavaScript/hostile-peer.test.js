// The other side of a pairing means harm: it sends whatever the server relays. Nothing is applied that was not checked, nothing grows without
// a bound, nothing hangs, and a link that stands goes on.

import assert from "node:assert/strict";
import test from "node:test";
import { described, FakePeerConnection, HOST } from "./support/fake-peer-connection.js";
import { FakeSocket } from "./support/fake-socket.js";
import { begun, connected, pass } from "./support/pairings.js";
import { Mischief } from "./support/random.js";
import { turns } from "./support/sessions.js";

const SEEDS = 40;
const FRAMES = 40;
const PEER = "AA:BB";
const STRANGER = "CC:DD";

/** A class of connections that keeps what was applied, and refuses what a browser would. */
function watched() {
    const applied = [];
    const rtc = class extends FakePeerConnection {
        async setRemoteDescription(description) {
            if (typeof description.sdp !== "string" || description.sdp.length > 4000) throw new TypeError("that is no description");
            await super.setRemoteDescription(description);
            applied.push(description);
        }

        async addIceCandidate(candidate) {
            if (candidate !== null && typeof candidate.candidate !== "string") throw new TypeError("that is no candidate");
            await super.addIceCandidate(candidate);
        }
    };
    return { rtc, applied };
}

function frameOf(mischief) {
    const type = mischief.one(["offer", "answer", "ice", "sender_ready", "OFFER", "Ice"]);
    const sdp = () => mischief.one([
        described("offer", PEER), described("answer", PEER), described("offer", STRANGER), described("answer", STRANGER).sdp,
        { type: "rollback", sdp: described("offer", PEER).sdp }, { type: "pranswer", sdp: described("answer", PEER).sdp },
        "v=0", { sdp: ["a=fingerprint:sha-256 AA:BB"] }, mischief.value(),
    ]);
    return {
        type,
        ...mischief.members(["id", "sas", "pake", "sealed", "cand", "mid", "sdpMid", "sdpMLineIndex", "label", "nonce"]),
        ...(mischief.chance(0.8) && { sdp: sdp() }),
        ...(mischief.chance(0.8) && { candidate: mischief.one([HOST, { candidate: HOST, sdpMid: "0" }, null, mischief.value()]) }),
    };
}

const fingerprints = (descriptions) => [...new Set(descriptions.map(({ sdp }) => /a=fingerprint:\S+ (\S+)/.exec(sdp)?.[1]))];

/** However it goes on, an attempt has an end: when the code would have expired, or 45 s after both sides have spoken. The steps are small,
 *  as a timer that is late by much is taken for that of a page that was asleep. */
async function untilItEnds(t, outcome) {
    for (let seconds = 0; seconds < 180 && outcome.error === undefined; seconds += 5) await pass(t, 5_000);
}

/** What the client reports as the program's mistake, or lets escape. */
function watchForEscapes(t) {
    const escaped = [];
    globalThis.reportError = (error) => escaped.push(error);
    t.after(() => { delete globalThis.reportError; });
    return escaped;
}

for (const code of [undefined, "2802"]) {
    const side = code === undefined ? "A" : "B";

    test(`${SEEDS} times ${FRAMES} frames before the two are connected: side ${side}`, async (t) => {
        for (let seed = 1; seed <= SEEDS; seed += 1) {
            await t.test(`seed ${seed}`, async (t) => {
                const escaped = watchForEscapes(t);
                const mischief = new Mischief(seed);
                const { rtc, applied } = watched();
                const { outcome, connection } = await begun(t, { code, rtc });
                FakeSocket.last.say({ type: "room_full" });
                await turns();
                for (let count = 0; count < FRAMES && outcome.error === undefined; count += 1) {
                    FakeSocket.last.say(frameOf(mischief));
                    if (mischief.chance(0.1)) FakeSocket.last.say({ type: mischief.one(["peer_left", "room_full"]) });
                    if (mischief.chance(0.2)) await turns();
                    if (mischief.chance(0.1)) await pass(t, mischief.below(3000));
                }
                await turns();
                assert.ok(fingerprints(applied).length <= 1, "one certificate, and always one");
                assert.ok(!fingerprints(applied).includes(undefined), "never none");
                assert.ok(applied.every(({ type }) => type === "offer" || type === "answer"));
                assert.ok(connection.candidates.length <= 1000);
                // Each frame of the other side is answered by one at most; offers are repeated besides.
                assert.ok(FakeSocket.last.sent.length < 3 * FRAMES + 30, `${FakeSocket.last.sent.length} frames`);
                await untilItEnds(t, outcome);
                assert.equal(outcome.error?.name, outcome.error?.code === "no_route" ? "NoRouteError" : "SignalingError");
                assert.equal(connection.signalingState, "closed");
                assert.deepEqual(escaped, []);
            });
        }
    });

    test(`${SEEDS} times ${FRAMES} frames to a link that stands: side ${side}`, async (t) => {
        for (let seed = 1; seed <= SEEDS; seed += 1) {
            await t.test(`seed ${seed}`, async (t) => {
                const escaped = watchForEscapes(t);
                const mischief = new Mischief(1000 + seed);
                const { rtc, applied } = watched();
                const { link, connection, ends } = await connected(t, { code, rtc });
                let problems = 0;
                link.addEventListener("problem", () => { problems += 1; });
                for (let count = 0; count < FRAMES; count += 1) {
                    FakeSocket.last.say(frameOf(mischief));
                    if (mischief.chance(0.1)) FakeSocket.last.say({ type: mischief.one(["peer_left", "room_full"]) });
                    if (mischief.chance(0.2)) await turns();
                    if (mischief.chance(0.1)) await pass(t, mischief.below(3000));
                }
                await turns();
                assert.deepEqual([link.state, ends], ["connected", []]);
                assert.deepEqual(fingerprints(applied), [PEER]);
                assert.ok(problems > 0 && problems <= FRAMES, `${problems} problems`);
                assert.ok(FakeSocket.last.sent.length < 3 * FRAMES + 30, `${FakeSocket.last.sent.length} frames`);
                await link.send("still here");
                assert.equal(connection.channel.sent.at(-1), "still here");
                assert.deepEqual(escaped, []);
            });
        }
    });
}

test("candidates without end are not all given to the browser, and those of its next ICE session are again", async (t) => {
    const { connection } = await connected(t, { code: "2802" });
    const flood = async () => {
        for (let count = 0; count < 3000; count += 1) {
            FakeSocket.last.say({ type: "ice", candidate: { candidate: HOST, sdpMid: "0" } });
            if (count % 100 === 0) await turns();
        }
        await turns();
        return connection.candidates.length;
    };
    assert.equal(await flood(), 1000);
    FakeSocket.last.say({ type: "offer", sdp: { type: "offer", sdp: `${described("offer").sdp}a=ice-ufrag:next\r\n` } });
    await turns();
    assert.equal(await flood(), 2000);
});

test("a peer that says nothing after the room is full is not waited for without end", async (t) => {
    for (const code of [undefined, "2802"]) {
        await t.test(code === undefined ? "A" : "B", async (t) => {
            const { outcome, connection } = await begun(t, { code });
            FakeSocket.last.say({ type: "room_full" });
            await untilItEnds(t, outcome);
            assert.ok(["peer_left", "peer_never_came", "no_route"].includes(outcome.error?.code), outcome.error?.code);
            assert.equal(connection.signalingState, "closed");
        });
    }
});

test("channels without end are closed, and none of them is kept", async (t) => {
    const { link, connection } = await connected(t);
    const channels = Array.from({ length: 5000 }, () => connection.receivesChannel("x".repeat(100)));
    assert.equal(link.channels.length, 256);
    assert.equal(channels.filter(({ readyState }) => readyState === "closed").length, 5000 - 256);
});
