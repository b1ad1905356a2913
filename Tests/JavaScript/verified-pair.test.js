// pair() with words and links: two sides and a server in memory, which does what each test has it do.

import assert from "node:assert/strict";
import test from "node:test";
import { pair, parseCode } from "./support/client.js";
import { CertifiedConnection, connected, meet, MemoryServer, other, paired, Party, pass, settle } from "./support/two-sides.js";
import { mockMonotonicClock } from "./support/sessions.js";

const SECRET = /^[\w-]{22}$/;
const asPhrase = ({ phrase }) => phrase;
const asFragment = ({ fragment }) => fragment;
const BOTH = { words: 2, link: true };

for (const [by, typed] of [["words", asPhrase], ["link", asFragment]]) {
    test(`two sides that know the same are verified: ${by}`, async (t) => {
        const { a, b } = await connected(t, { a: BOTH, b: { verify: true }, typed });
        assert.deepEqual([a.link.verified, b.link.verified], [by, by]);
        assert.deepEqual([a.link.sas, b.link.sas], [null, null]);
        assert.deepEqual(b.stages, ["code", "waiting", "negotiating", "connected"]);
    });
}

test("what is passed on has the words, or the link's secret, behind the digits; each only where it was asked for", async (t) => {
    const server = new MemoryServer(t);
    const minted = [];
    for (const options of [{ words: 1 }, { words: 4 }, { link: true }, BOTH, {}]) {
        const party = new Party(options);
        await party.entered;
        minted.push(party.minted);
    }
    const [one, four, link, both, none] = minted;
    assert.match(one.phrase, /^2802-[a-z]{4,9}$/);
    assert.match(four.phrase, /^2802(-[a-z]{4,9}){4}$/);
    assert.match(link.fragment, /^2802\.[\w-]{22}$/);
    assert.deepEqual([both, none].map((room) => [room.code, "phrase" in room, "fragment" in room]), [["2802", true, true], ["2802", false, false]]);
    assert.equal(new Set(minted.map(({ phrase }) => phrase)).size, 4, "drawn anew each time");
    assert.equal(server.requests.length, 5);
});

test("people type words as they like", async (t) => {
    const typed = ({ phrase }) => {
        const [, ...words] = phrase.split("-");
        return ` 28 02 ${words.map((word) => word.toUpperCase()).join("_")} `;
    };
    const { b, server } = await connected(t, { a: { words: 3 }, typed });
    assert.equal(b.link.verified, "words");
    assert.equal(JSON.parse(server.requests[1].body).code, "2802");
});

// No secret anywhere

test("nothing but the digits leaves the device", async (t) => {
    const said = [];
    for (const method of ["log", "info", "warn", "error", "debug"]) t.mock.method(console, method, (...words) => said.push(words));
    const { server, a, b } = await connected(t, { a: BOTH, typed: asFragment });
    const { phrase, fragment } = a.minted;
    const secrets = [...phrase.split("-").slice(1), fragment.split(".")[1]];
    const wrong = new Party({ code: fragment });
    await wrong.settled;
    const outside = JSON.stringify([server.frames, server.requests, server.urls, said, String(wrong.error.stack), a.stages, b.stages]);
    for (const secret of secrets) assert.ok(!outside.includes(secret), secret);
    assert.match(secrets.at(-1), SECRET);
    assert.equal(wrong.error.code, "code_gone");
});

test("an error's message has no word in it", async (t) => {
    new MemoryServer(t);
    const error = await pair({ base: "http://server.test", code: "2802-crosswurd-qqqqqq" }).catch((error) => error);
    assert.equal(error.code, "words_unknown");
    assert.ok(["crosswurd", "qqqqqq"].includes(error.word));
    assert.ok(Array.isArray(error.suggestions));
    for (const secret of ["crosswurd", "qqqqqq"]) assert.ok(!`${error.message} ${error.advice} ${error.stack}`.includes(secret));
});

// Before anything is spent

for (const [options, code] of [
    [{ code: "2802", verify: true }, "words_needed"],
    [{ code: "2802", words: 2 }, "words_needed"],
    [{ code: "2802", link: true }, "words_needed"],
    [{ code: "2802-qqqqqqqq" }, "words_unknown"],
    [{ code: "2802.tooshort" }, "code_malformed"],
    [{ code: "28" }, "code_malformed"],
    [{ code: "no digits" }, "code_malformed"],
]) {
    test(`a code that cannot be used costs no request: ${JSON.stringify(options)}, ${code}`, async (t) => {
        const server = new MemoryServer(t);
        const party = new Party(options);
        await party.settled;
        assert.equal(party.error.code, code);
        assert.ok(party.error.advice.length > 20);
        assert.deepEqual(server.requests, []);
    });
}

const AGAIN = { appID: "6f1f0a52-7a3c-4a51-9d0c-2f0e8f1b9c34", side: "A" };
for (const options of [
    { words: 5 }, { words: -1 }, { words: 1.5 }, { words: "2" }, { link: "yes" }, { verify: true }, { ...AGAIN, words: 2 },
    { ...AGAIN, verify: true },
]) {
    test(`what cannot be asked for is the program's mistake: ${JSON.stringify(options)}`, async (t) => {
        const server = new MemoryServer(t);
        const party = new Party(options);
        await party.settled;
        assert.ok(party.error instanceof TypeError);
        assert.deepEqual(server.requests, []);
    });
}

test("parseCode reads digits, phrases and fragments, and says what is wrong", async () => {
    assert.deepEqual(await parseCode("2802"), { code: "2802" });
    assert.deepEqual(await parseCode("2802.q83vEjRWeJCrze8SNFZ4kA"), { code: "2802", by: "link", secret: "q83vEjRWeJCrze8SNFZ4kA" });
    await assert.rejects(parseCode("2802.q83v"), { name: "SignalingError", code: "code_malformed" });
    await assert.rejects(parseCode("2802-qqqqqqqq"), { name: "SignalingError", code: "words_unknown", word: "qqqqqqqq" });
});

// Proofs that fail

/** Side A's words with another one for the last of them. */
function mistyped({ phrase }, list) {
    const words = phrase.split("-");
    const last = words.pop();
    return [...words, list.find((word) => word !== last && !words.includes(word))].join("-");
}

test("a wrong word is a mismatch on both sides, and no description is applied", async (t) => {
    const { words: list } = await import("../../Web/client/verified.js");
    const { a, b, server } = await paired(t, { a: BOTH, typed: (minted) => mistyped(minted, list) });
    assert.deepEqual([a.error.code, b.error.code], ["code_mismatch", "code_mismatch"]);
    assert.deepEqual(CertifiedConnection.all.map(({ applied }) => applied), [[], []]);
    assert.deepEqual(server.sent("B", "telemetry").map(({ event, reason }) => [event, reason]), [["ice-failed", "verification-failed"]]);
    assert.ok(!("unproved" in a.error), "it is known that the words do not match");
});

test("who has tried words once cannot try them again, whatever the server says of the code", async (t) => {
    const { words: list } = await import("../../Web/client/verified.js");
    let typed;
    const { server } = await paired(t, { a: BOTH, typed: (minted) => (typed = mistyped(minted, list)) });
    const again = new Party({ code: typed });
    await again.settled;
    assert.equal(again.error.code, "code_gone");
    assert.equal(server.requests.length, 2, "not even redeemed");
});

test("an end that comes to nothing before anybody has answered leaves the words as they were", async (t) => {
    const { a, b, server } = await paired(t, { a: BOTH, b: { peerWithinMs: 30_000 }, typed: asPhrase, server: deaf(t) });
    await pass(t, 47_000);
    assert.equal(b.error.code, "peer_never_came");
    server.between = (frame) => [frame];
    const again = new Party({ code: a.minted.phrase });
    await again.entered;
    assert.equal(again.error, undefined);
    again.link?.close();
});

function deaf(t) {
    return Object.assign(new MemoryServer(t), { between: () => [] });
}

test("a side that leaves before it has proved anything was perhaps a guess: the error says so", async (t) => {
    const server = new MemoryServer(t);
    server.between = (frame, from) => (from === "A" ? [] : [frame]);
    const { a } = await paired(t, { a: BOTH, typed: asPhrase, server });
    server.left(server.sockets.B);
    await pass(t, 5_000);
    await pass(t, 1_000);
    assert.deepEqual([a.error.code, a.error.unproved], ["peer_left", true]);
    assert.match(a.error.advice, /never proved itself, and the code is spent/);
});

// Programs that know no words

/** What a program without words says: it offers when both are there, and answers offers. */
function unknowing(frame) {
    const { pake, sas, ...rest } = frame;
    return frame.type === "sender_ready" ? [] : [rest];
}

test("a code with words is nothing for a program that knows none: A gives up after 15 s", async (t) => {
    const server = new MemoryServer(t);
    server.between = unknowing;
    const { a } = await paired(t, { a: BOTH, typed: ({ code }) => code, server });
    await pass(t, 14_000);
    assert.equal(a.error, undefined);
    await pass(t, 1_000);
    assert.equal(a.error.code, "peer_unverified");
    assert.deepEqual(server.sent("A", "offer"), [], "it has not even been told A's description");
    assert.deepEqual(server.sent("A", "sender_ready").map(({ pake }) => pake), [{ v: 1 }, { v: 1 }, { v: 1 }]);
    assert.deepEqual(server.sent("A", "telemetry").map(({ reason }) => reason), ["verification-failed"]);
});

for (const says of [true, false]) {
    test(`a side A that slept has time to hear the other side once it is awake: ${says ? "it does" : "there is nothing to hear"}`, async (t) => {
        const server = new MemoryServer(t);
        const clock = mockMonotonicClock(t);
        const held = [];
        server.between = (frame, from) => (from === "B" ? (held.push(frame), []) : [frame]);
        const { a } = await paired(t, { a: BOTH, typed: asPhrase, server });
        // Its timers are held back: the first of them that runs again is late.
        clock.aheadMs += 60_000;
        await pass(t, 15_000);
        assert.deepEqual([a.error, server.sent("A", "sender_ready").length > 0], [undefined, true], "it asks again");
        if (says) {
            server.between = (frame) => [frame];
            for (const frame of held.slice(0, 1)) server.say("A", frame);
            await settle();
            meet(CertifiedConnection.all);
            await settle();
            assert.equal(a.link?.verified, "words");
            return;
        }
        await pass(t, 9_000);
        assert.equal(a.error, undefined);
        await pass(t, 1_000);
        assert.equal(a.error?.code, "peer_unverified");
    });
}

test("words are nothing for a code of a program that knows none: B applies no offer", async (t) => {
    const { b, server } = await paired(t, { a: {}, typed: ({ code }) => `${code}-${"crossword"}`, server: new MemoryServer(t) });
    await settle();
    assert.equal(b.error.code, "peer_unverified");
    assert.deepEqual(CertifiedConnection.all[1].applied, []);
    assert.deepEqual(server.sent("B", "telemetry").map(({ reason }) => reason), ["verification-failed"]);
});

test("who enters the digits of a code with words alone is told to enter all of it", async (t) => {
    const { a, b, server } = await paired(t, { a: BOTH, typed: ({ code }) => code });
    await pass(t, 2_000);
    assert.equal(b.error.code, "words_needed");
    server.say("A", { type: "diagnosis", cause: "verification_failed", side: "both" });
    await settle();
    assert.equal(a.error.code, "peer_unverified");
});

test("without words nothing is changed for a program that knows none", async (t) => {
    const server = new MemoryServer(t);
    server.between = (frame, from) => (from === "A" ? [frame] : unknowing(frame));
    const { a, b } = await connected(t, { server });
    assert.deepEqual([a.link.verified, b.link.verified, a.link.sas, b.link.sas], [null, null, null, null]);
    // What such a program does not look at is all that is added.
    for (const { frame } of server.frames.filter(({ frame }) => frame.type === "offer")) {
        assert.deepEqual(Object.keys(frame), ["type", "sdp", "id", "sas"]);
    }
});

// Frames that are lost, and that somebody has changed

for (const type of ["sender_ready", "offer", "answer"]) {
    test(`a frame that is lost delays a pairing, and does not end it: ${type}`, async (t) => {
        const server = new MemoryServer(t);
        let isLost = false;
        server.between = (frame) => {
            if (isLost || frame.type !== type) return [frame];
            isLost = true;
            return [];
        };
        const { a, b } = await paired(t, { a: BOTH, typed: asPhrase, server });
        for (let second = 0; second < 10 && !meet(CertifiedConnection.all); second += 1) await pass(t, 1_000);
        await settle();
        assert.ok(isLost);
        assert.deepEqual([a.link?.verified, b.link?.verified], ["words", "words"]);
    });
}

for (const side of "AB") {
    test(`a connection that breaks while the two prove themselves is made up for: ${side}`, async (t) => {
        const server = new MemoryServer(t);
        server.between = (frame) => (frame.type === "offer" ? [] : [frame]);
        const { a, b } = await paired(t, { a: BOTH, typed: asFragment, server });
        server.between = (frame) => [frame];
        server.cut(side);
        for (let second = 0; second < 10 && !meet(CertifiedConnection.all); second += 1) await pass(t, 500);
        await settle();
        assert.deepEqual([a.link?.verified, b.link?.verified], ["link", "link"]);
    });
}

const CHANGES = {
    "another certificate": ({ sdp, ...frame }) => ({ ...frame, sdp: { ...sdp, sdp: sdp.sdp.replace(/sha-256 A./, "sha-256 EE") } }),
    "another line": ({ sdp, ...frame }) => ({ ...frame, sdp: { ...sdp, sdp: `${sdp.sdp}a=setup:passive\r\n` } }),
    "another id": (frame) => ({ ...frame, id: frame.id + 1 }),
    "another count": (frame) => ({ ...frame, pake: { ...frame.pake, n: frame.pake.n + 1 } }),
    "another type": (frame) => ({ ...frame, type: other(frame.type === "offer" ? "A" : "B") === "B" ? "answer" : "offer" }),
    "no proof": ({ pake, ...frame }) => frame,
    "another proof": (frame) => ({ ...frame, pake: { ...frame.pake, mac: "A".repeat(43) } }),
};

for (const [what, change] of Object.entries(CHANGES)) {
    for (const type of ["offer", "answer"]) {
        test(`a server that changes something gets nothing applied: ${what} in an ${type}`, async (t) => {
            const server = new MemoryServer(t);
            let changed;
            server.between = (frame) => (frame.type === type ? [(changed = change(frame))] : [frame]);
            const { a, b } = await paired(t, { a: BOTH, typed: asPhrase, server });
            assert.ok(changed);
            const [{ applied: byA }, { applied: byB }] = CertifiedConnection.all;
            assert.deepEqual(type === "offer" ? byB : byA, []);
            const party = type === "offer" ? b : a;
            assert.ok(["code_mismatch", "peer_unverified"].includes(party.error.code), party.error.code);
            assert.equal(meet(CertifiedConnection.all), false);
        });
    }
}

test("once verified, what somebody else has made is dropped and counted, and the link goes on", async (t) => {
    const { a, b, server } = await connected(t, { a: BOTH, typed: asPhrase });
    const forged = [];
    b.link.addEventListener("forged", ({ detail }) => forged.push(detail));
    const [offer] = server.sent("A", "offer");
    const before = CertifiedConnection.all[1].applied.length;
    server.say("B", { ...offer, id: 7 });
    server.say("B", { type: "offer", sdp: offer.sdp, id: 8 });
    server.say("B", offer);
    server.say("B", { type: "sender_ready", pake: { v: 1, end: "mismatch" } });
    await settle();
    assert.deepEqual(forged, [1, 2], "a replayed offer is dropped, and was not forged");
    assert.equal(CertifiedConnection.all[1].applied.length, before);
    assert.deepEqual([a.link.state, b.link.state], ["connected", "connected"]);
});

test("later negotiations are sealed too, in both directions", async (t) => {
    const { a, b, server } = await connected(t, { a: BOTH, typed: asPhrase });
    for (const party of [b, a]) {
        party.link.peerConnection.dispatchEvent(new Event("negotiationneeded"));
        await settle();
        assert.equal(party.link.peerConnection.signalingState, "stable");
    }
    assert.deepEqual(server.sent("B", "offer").map(({ pake }) => Object.keys(pake)), [["v", "n", "mac"]]);
    assert.deepEqual(server.sent("A", "offer").map(({ pake }) => pake.n), [1, 3]);
});

test("a side that hears from the server alone that a proof has failed says what it knows", async (t) => {
    for (const [lost, code] of [["offer", "code_mismatch"], ["sender_ready", "peer_unverified"]]) {
        const server = new MemoryServer(t);
        server.between = (frame) => (frame.type === lost ? [] : [frame]);
        const { a } = await paired(t, { a: BOTH, typed: asPhrase, server });
        server.say("A", { type: "diagnosis", cause: "verification_failed", side: "both" });
        await settle();
        assert.equal(a.error.code, code);
        assert.ok(!("unproved" in a.error));
        t.mock.timers.reset();
        t.mock.restoreAll();
    }
});

test("a connection that takes nothing more at the moment loses a frame, and no more", async (t) => {
    const server = new MemoryServer(t);
    const first = new Party(BOTH);
    await first.entered;
    await settle();
    const enter = server.say.bind(server);
    server.say = (side, frame) => {
        if (side === "B" && frame.type === "room_full") server.sockets.B.bufferedAmount = 2 << 20;
        enter(side, frame);
    };
    const second = new Party({ code: first.minted.phrase });
    await second.entered;
    await settle();
    assert.deepEqual(server.sent("B", "sender_ready"), []);
    server.sockets.B.bufferedAmount = 0;
    for (let second = 0; second < 10 && !meet(CertifiedConnection.all); second += 1) await pass(t, 500);
    await settle();
    assert.deepEqual([first.link?.verified, second.link?.verified], ["words", "words"]);
    first.link.close();
    second.link.close();
});

// A room that is entered again

test("a room can be entered again with the words of its code, as long as they are not spent", async (t) => {
    const server = new MemoryServer(t);
    server.between = () => [];
    const places = {};
    const { a } = await paired(t, {
        a: { ...BOTH, onRoom: (place) => { places.A = place; } },
        b: { peerWithinMs: 30_000, onRoom: (place) => { places.B = place; } },
        typed: asPhrase,
        server,
    });
    await pass(t, 47_000);
    const { phrase, fragment } = a.minted;
    server.between = (frame) => [frame];
    const again = [new Party({ ...places.A, phrase, fragment }), new Party({ ...places.B, phrase })];
    await Promise.all(again.map(({ entered }) => entered));
    await settle();
    meet(CertifiedConnection.all.slice(2));
    await settle();
    assert.deepEqual(again.map(({ link }) => link?.verified), ["words", "words"]);
    const third = new Party({ ...places.B, phrase });
    await third.settled;
    assert.equal(third.error.code, "code_gone");
});
