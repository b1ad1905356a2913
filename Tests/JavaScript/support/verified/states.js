// The machine's tables of states, row by row.

import assert from "node:assert/strict";
import { seeded } from "./module.js";
import { APP_ID, LINK, WORDS } from "./room.js";

const SDP = "v=0\r\na=fingerprint:sha-256 AA\r\n";
const MISMATCH = [{ send: { type: "sender_ready", pake: { v: 1, end: "mismatch" } } }, { end: "code_mismatch" }];
const OFFER = [{ offer: true }];
const ask = { type: "sender_ready", pake: { v: 1 } };
const end = { type: "sender_ready", pake: { v: 1, end: "mismatch" } };

function machine(m, side, secrets = [WORDS], more = {}) {
    return new m.VerifiedPairing({ side, appID: APP_ID, secrets, spent: new Set(), random: seeded(side === "A" ? 1 : 2), ...more });
}

/** Both machines and their first frames: A is offered, B waits. */
function begun(m, secretsOfA) {
    const [a, b] = [machine(m, "A", secretsOfA), machine(m, "B")];
    a.connected();
    const [{ send: share }] = b.connected();
    assert.deepEqual(a.receive(share), OFFER);
    return { a, b, share, offer: a.seal("offer", 1, SDP) };
}

/** Both are proved. */
function proved(m) {
    const { a, b, share, offer } = begun(m);
    assert.deepEqual(b.receive(offer), [{ proved: true }, { apply: { type: "offer", sdp: SDP, id: 1 } }]);
    const answer = b.seal("answer", 1, SDP);
    assert.deepEqual(a.receive(answer), [{ proved: true }, { apply: { type: "answer", sdp: SDP, id: 1 } }]);
    return { a, b, share, offer, answer };
}

function without(frame, ...names) {
    const { pake, ...rest } = frame;
    return { ...rest, pake: Object.fromEntries(Object.entries(pake).filter(([name]) => !names.includes(name))) };
}

function withPake(frame, members) {
    return { ...frame, pake: { ...frame.pake, ...members } };
}

function unsealed({ pake, ...frame }) {
    return frame;
}

const OTHER_SHARE = "_V5ZtkkPjOQjaDHtCWQUpaEezg3FfVkHp2GCEHQm0no";

export const states = [
    ["A asks for the share after 2 s, then after 4 and 8 s, and gives up after 15 s with the other side there", (m) => {
        const a = machine(m, "A");
        assert.deepEqual(a.connected(), [{ timer: "ask", ms: 2_000 }, { timer: "unverified", ms: 15_000 }]);
        for (const ms of [4_000, 8_000, 16_000]) assert.deepEqual(a.elapsed("ask"), [{ send: ask }, { timer: "ask", ms }]);
        assert.deepEqual(a.elapsed("unverified"), [{ end: "peer_unverified" }]);
        assert.deepEqual([a.elapsed("ask"), a.elapsed("unverified"), a.connected(), a.receive(end)], [[], [], [], []]);
    }],
    ["repeated room_full do not begin A's time anew, the return of the other side does", (m) => {
        const a = machine(m, "A");
        a.connected();
        assert.deepEqual(a.connected(), []);
        assert.equal(a.elapsed("ask")[1].ms, 4_000);
        a.disconnected();
        assert.deepEqual([a.elapsed("ask"), a.elapsed("unverified")], [[], []]);
        assert.deepEqual(a.connected(), [{ timer: "ask", ms: 2_000 }, { timer: "unverified", ms: 15_000 }]);
        assert.deepEqual(a.elapsed("unverified"), [{ end: "peer_unverified" }]);
    }],
    ["A's timers mean nothing once it has a share", (m) => {
        const { a } = begun(m);
        assert.deepEqual([a.elapsed("ask"), a.elapsed("unverified")], [[], []]);
        assert.equal(a.state, "offered");
    }],
    ["B has no timers", (m) => {
        const b = machine(m, "B");
        b.connected();
        assert.deepEqual([b.elapsed("ask"), b.elapsed("unverified")], [[], []]);
        assert.equal(b.state, "waiting");
    }],
    ["B says its share on every room_full and when asked, the same each time", (m) => {
        const b = machine(m, "B");
        const [step] = b.connected();
        assert.deepEqual([b.connected(), b.receive(ask), b.receive(ask)], [[step], [step], [step]]);
        assert.deepEqual(step.send, { type: "sender_ready", pake: { v: 1, by: "words", share: step.send.pake.share } });
    }],
    ["A takes words or a link, whichever B has", (m) => {
        for (const secret of [WORDS, LINK]) {
            const a = machine(m, "A", [WORDS, LINK]);
            const b = machine(m, "B", [secret]);
            a.connected();
            assert.equal(a.by, null);
            assert.deepEqual(a.receive(b.connected()[0].send), OFFER);
            assert.equal(a.by, secret.by);
            assert.deepEqual(b.receive(a.seal("offer", 1, SDP))[0], { proved: true });
            assert.equal(b.by, secret.by);
        }
    }],
    ["A ends with a kind of secret that it has not shown", (m) => {
        const b = machine(m, "B", [LINK]);
        assert.deepEqual(machine(m, "A", [WORDS]).receive(b.connected()[0].send), MISMATCH);
        const named = (by) => withPake(b.connected()[0].send, { by });
        for (const by of ["toString", "constructor", "__proto__", ""]) assert.deepEqual(machine(m, "A").receive(named(by)), MISMATCH);
    }],
    ["A sends its offer again for the same share and for room_full, sealed anew", (m) => {
        const { a, b, share, offer } = begun(m);
        assert.deepEqual([a.receive(share), a.connected()], [OFFER, OFFER]);
        const again = a.seal("offer", 1, SDP);
        assert.deepEqual([offer.pake.n, again.pake.n], [1, 2]);
        assert.equal(again.pake.share, offer.pake.share);
        assert.notEqual(again.pake.mac, offer.pake.mac);
        // The first may be lost.
        assert.deepEqual(b.receive(again), [{ proved: true }, { apply: { type: "offer", sdp: SDP, id: 1 } }]);
        assert.deepEqual(b.receive(offer), []);
    }],
    ["another share, or the same one by another kind, ends A", (m) => {
        for (const change of [{ share: OTHER_SHARE }, { by: "link" }]) {
            const { a, share } = begun(m, [WORDS, LINK]);
            assert.deepEqual(a.receive(withPake(share, change)), MISMATCH);
            assert.throws(() => a.seal("offer", 1, SDP));
        }
    }],
    ["A ends with its own share, and with any that leads to zero", (m) => {
        const { offer } = begun(m);
        const a = machine(m, "A");
        assert.deepEqual(a.receive({ type: "sender_ready", pake: { v: 1, by: "words", share: offer.pake.share } }), MISMATCH);
    }],
    ["descriptions before B's share end A", (m) => {
        const { offer } = begun(m);
        const { answer } = proved(m);
        for (const frame of [offer, answer, without(offer, "share")]) {
            assert.deepEqual(machine(m, "A").receive(frame), MISMATCH);
            assert.deepEqual(machine(m, "A").receive(unsealed(frame)), [{ end: "peer_unverified" }]);
            assert.deepEqual(machine(m, "A").receive({ ...frame, pake: null }), [{ end: "peer_unverified" }]);
        }
    }],
    ["what cannot be opened ends A before the proof", (m) => {
        const { answer } = proved(m);
        const counts = [2, 0, 1.5, "1", 2 ** 53].map((n) => ({ n }));
        for (const pake of [...counts, { mac: OTHER_SHARE }, { mac: `${answer.pake.mac}=` }, { mac: null }]) {
            assert.deepEqual(begun(m).a.receive(withPake(answer, pake)), MISMATCH, JSON.stringify(pake));
        }
        const ids = [2, undefined, 0, "1"].map((id) => ({ id }));
        for (const change of [...ids, { sdp: SDP.slice(1) }, { sdp: null }, { sdp: {} }, { type: "offer" }]) {
            assert.deepEqual(begun(m).a.receive({ ...answer, ...change }), MISMATCH, JSON.stringify(change));
        }
        assert.deepEqual(begun(m).a.receive(unsealed(answer)), [{ end: "peer_unverified" }]);
    }],
    ["what cannot be opened ends B before the proof, and there is no second try", (m) => {
        const shares = [OTHER_SHARE, 5, "", null].map((share) => ({ share }));
        for (const pake of [...shares, { mac: OTHER_SHARE }, { n: 2 }, { n: 0 }, { mac: 5 }]) {
            const { b, offer } = begun(m);
            assert.deepEqual(b.receive(withPake(offer, pake)), MISMATCH, JSON.stringify(pake));
            assert.deepEqual([b.receive(offer), b.connected()], [[], []]);
            assert.throws(() => b.seal("answer", 1, SDP));
        }
        for (const change of [{ id: 2 }, { id: null }, { sdp: {} }, { sdp: { sdp: `${SDP} ` } }]) {
            const { b, offer } = begun(m);
            assert.deepEqual(b.receive({ ...offer, ...change }), MISMATCH, JSON.stringify(change));
        }
    }],
    ["B ends with an offer without pake, and with anything else than an offer with a share", (m) => {
        const { offer } = begun(m);
        assert.deepEqual(machine(m, "B").receive(unsealed(offer)), [{ end: "peer_unverified" }]);
        assert.deepEqual(machine(m, "B").receive({ ...offer, pake: null }), [{ end: "peer_unverified" }]);
        assert.deepEqual(machine(m, "B").receive(without(offer, "share")), MISMATCH);
        assert.deepEqual(machine(m, "B").receive({ ...offer, type: "answer" }), MISMATCH);
        assert.deepEqual(machine(m, "B").receive(unsealed({ ...offer, type: "answer" })), MISMATCH);
    }],
    ["only A hears shares", (m) => {
        const { share, b } = begun(m);
        assert.deepEqual([b.receive(share), b.receive(withPake(share, { share: OTHER_SHARE })), b.receive(withPake(share, { by: 5 }))], [[], [], []]);
        assert.equal(b.state, "waiting");
    }],
    ["the other side's end ends both before the proof, without saying so again", (m) => {
        for (const side of ["A", "B"]) assert.deepEqual(machine(m, side).receive(end), [{ end: "code_mismatch" }]);
        assert.deepEqual(begun(m).a.receive(end), [{ end: "code_mismatch" }]);
        assert.deepEqual(machine(m, "A").receive(withPake(end, { by: "words", share: OTHER_SHARE })), [{ end: "code_mismatch" }]);
    }],
    ["another version ends both before the proof", (m) => {
        const { a, share, offer } = begun(m);
        for (const pake of [{ v: 2 }, { v: "1" }, { v: null }, [], "1", 1, true]) {
            const frame = { ...share, pake };
            assert.deepEqual(machine(m, "A").receive(frame), [{ end: "protocol_error" }], JSON.stringify(pake));
            assert.deepEqual(machine(m, "B").receive({ ...offer, pake }), [{ end: "protocol_error" }], JSON.stringify(pake));
            assert.deepEqual(machine(m, "B").receive(frame), [{ end: "protocol_error" }], JSON.stringify(pake));
        }
        assert.deepEqual(a.receive(withPake(end, { v: 2 })), [{ end: "protocol_error" }]);
        assert.deepEqual(begun(m).a.receive({ ...offer, pake: { v: 2 } }), [{ end: "protocol_error" }]);
    }],
    ["malformed shares end A", (m) => {
        const { share } = begun(m);
        for (const change of [{ share: null }, { share: "AA" }, { by: 5 }, { by: null }, { share: `${share.pake.share.slice(0, -1)}d` }]) {
            assert.deepEqual(machine(m, "A").receive(withPake(share, change)), [{ end: "protocol_error" }], JSON.stringify(change));
            assert.deepEqual(begun(m).a.receive(withPake(share, change)), [{ end: "protocol_error" }], JSON.stringify(change));
        }
    }],
    ["an ask to A, a sender_ready without pake, candidates and frames without a type lead to nothing", (m) => {
        const frames = [
            ask, { type: "sender_ready" }, { type: "sender_ready", pake: null }, { type: "ice", candidate: null }, { type: "ice", pake: { v: 2 } },
        ];
        const machines = [machine(m, "A"), begun(m).a, proved(m).b, proved(m).a];
        for (const frame of [...frames, {}, null, undefined, { type: 5 }, { type: "room_full" }, "offer", []]) {
            for (const one of machines) assert.deepEqual(one.receive(frame), []);
        }
    }],
    ["types are read in any case", (m) => {
        const { share, offer } = begun(m);
        const a = machine(m, "A");
        assert.deepEqual(a.receive({ ...share, type: "Sender_Ready" }), OFFER);
        assert.deepEqual(machine(m, "B").receive({ ...offer, type: "OFFER" })[1], { apply: { type: "offer", sdp: SDP, id: 1 } });
    }],
    ["what is applied has the frame's type and the text alone", (m) => {
        const { b, offer } = begun(m);
        const changed = { ...offer, sdp: { type: "rollback", sdp: SDP, other: 1 } };
        assert.deepEqual(b.receive(changed)[1], { apply: { type: "offer", sdp: SDP, id: 1 } });
        assert.deepEqual(begun(m).b.receive({ ...offer, sdp: SDP })[1], { apply: { type: "offer", sdp: SDP, id: 1 } });
    }],
    ["a text that is no Unicode is not well-formed", (m) => {
        const [a, b] = [machine(m, "A"), machine(m, "B")];
        a.receive(b.connected()[0].send);
        // Both have the same UTF-8.
        const offer = a.seal("offer", 1, "v=0 \ufffd");
        assert.deepEqual(b.receive({ ...offer, sdp: { sdp: "v=0 \ud800" } }), MISMATCH);
    }],
    ["after the proof, what cannot be opened is dropped and counted, and the link goes on", (m) => {
        for (const side of ["a", "b"]) {
            const sides = proved(m);
            const one = sides[side];
            const other = sides[side === "a" ? "b" : "a"];
            const frame = other.seal("offer", 2, SDP);
            const wrong = [withPake(frame, { mac: OTHER_SHARE }), withPake(frame, { n: 9 }), withPake(frame, { v: 2 }), { ...frame, id: 3 },
                { ...frame, sdp: `${SDP}x` }, { ...frame, type: "answer" }, unsealed(frame), { ...frame, pake: null }, one.seal("offer", 2, SDP)];
            for (const [index, forged] of wrong.entries()) assert.deepEqual(one.receive(forged), [{ forged: index + 1 }]);
            assert.equal(one.forged, wrong.length);
            for (const frame of [ask, end, sides.share, withPake(sides.share, { share: OTHER_SHARE }), withPake(ask, { v: 9 })]) {
                assert.deepEqual(one.receive(frame), []);
            }
            assert.deepEqual([one.connected(), one.elapsed("unverified"), one.elapsed("ask")], [[], [], []]);
            assert.deepEqual(one.receive(frame), [{ apply: { type: "offer", sdp: SDP, id: 2 } }]);
        }
    }],
    ["after the proof, a share in an offer is ignored", (m) => {
        const { a, b } = proved(m);
        assert.deepEqual(b.receive(withPake(a.seal("offer", 2, SDP), { share: OTHER_SHARE })), [{ apply: { type: "offer", sdp: SDP, id: 2 } }]);
    }],
    ["descriptions that come a second time, or after later ones, are dropped and are no forgeries", (m) => {
        const { a, b, offer } = proved(m);
        const frames = [2, 3, 4].map((id) => a.seal("offer", id, SDP));
        assert.equal(b.receive(frames[1]).length, 1);
        assert.deepEqual([b.receive(frames[1]), b.receive(frames[0]), b.receive(offer)], [[], [], []]);
        assert.equal(b.receive(frames[2]).length, 1);
        assert.equal(b.forged, 0);
    }],
    ["shares are in A's offers before B's proof, and nowhere else", (m) => {
        const { a, b, offer, answer } = proved(m);
        assert.ok(offer.pake.share);
        for (const frame of [answer, a.seal("offer", 2, SDP), a.seal("answer", 2, SDP), b.seal("offer", 1, SDP)]) assert.ok(!("share" in frame.pake));
    }],
    ["nothing is sealed without keys", (m) => {
        const a = machine(m, "A");
        const b = machine(m, "B");
        for (const one of [a, b]) assert.throws(() => one.seal("offer", 1, SDP), /no keys/);
        const [{ send: share }] = b.connected();
        a.receive(share);
        a.receive(end);
        assert.throws(() => a.seal("offer", 1, SDP), /no keys/);
    }],
    ["what cannot be sealed is refused", (m) => {
        const { a } = begun(m);
        const wrong = [["offers", 1, SDP], ["offer", 0, SDP], ["offer", 1.5, SDP], ["offer", 1, undefined], ["offer", 1, { sdp: SDP }]];
        for (const [type, id, sdp] of wrong) {
            assert.throws(() => a.seal(type, id, sdp), TypeError);
        }
        assert.throws(() => machine(m, "C"), TypeError);
        for (const appID of ["", "room", APP_ID.slice(1), `${APP_ID}0`]) assert.throws(() => machine(m, "B", [WORDS], { appID }), TypeError);
        assert.throws(() => machine(m, "A", []), TypeError);
        assert.throws(() => machine(m, "B", [WORDS, LINK]), TypeError);
    }],
    ["a secret is spent once the other side has answered, and not before", (m) => {
        const spent = new Set();
        const gone = { name: "CodeError", code: "code_gone" };
        const b = machine(m, "B", [WORDS], { spent });
        b.connected();
        b.receive(ask);
        assert.deepEqual(b.receive({ type: "offer", sdp: SDP, id: 1 }), [{ end: "peer_unverified" }]);
        const { offer } = begun(m);
        assert.deepEqual(machine(m, "B", [WORDS], { spent }).receive(withPake(offer, { mac: "AA" })), MISMATCH);
        assert.deepEqual(machine(m, "B", [WORDS], { spent }).receive({ ...offer, type: "answer" }), MISMATCH);
        assert.ok(!m.isSpent(WORDS, spent));
        assert.deepEqual(machine(m, "B", [WORDS], { spent }).receive(withPake(offer, { mac: OTHER_SHARE })), MISMATCH);
        assert.ok(m.isSpent(WORDS, spent));
        assert.throws(() => machine(m, "B", [WORDS], { spent }), gone);
        machine(m, "B", [{ by: "words", secret: "crossword-lantern" }], { spent });
        machine(m, "B", [{ by: "link", secret: WORDS.secret }], { spent });
    }],
    ["a secret is spent with a share that ends B at once, too", (m) => {
        const { offer } = begun(m);
        for (const share of ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", machine(m, "B").connected()[0].send.pake.share]) {
            const spent = new Set();
            assert.deepEqual(machine(m, "B", [WORDS], { spent }).receive(withPake(offer, { share })), MISMATCH);
            assert.ok(m.isSpent(WORDS, spent));
        }
    }],
    ["two attempts at a time have one run between them", (m) => {
        const spent = new Set();
        const [one, other] = [machine(m, "B", [WORDS], { spent }), machine(m, "B", [WORDS], { spent })];
        const { offer } = begun(m);
        one.receive(withPake(offer, { mac: OTHER_SHARE }));
        assert.deepEqual(other.receive(offer), [{ end: "code_gone" }]);
        const { share } = begun(m);
        const of = new Set();
        const [a, second] = [machine(m, "A", [WORDS], { spent: of }), machine(m, "A", [WORDS], { spent: of })];
        assert.deepEqual(a.receive(share), OFFER);
        assert.deepEqual(second.receive(share), [{ end: "code_gone" }]);
    }],
    ["what is spent is remembered for the page, as hashes, and not without end", (m) => {
        const secret = { by: "words", secret: "mango-igloo" };
        assert.ok(!m.isSpent(secret));
        const a = new m.VerifiedPairing({ side: "A", appID: APP_ID, secrets: [secret] });
        const b = new m.VerifiedPairing({ side: "B", appID: APP_ID, secrets: [secret], spent: new Set() });
        assert.deepEqual(a.receive(b.connected()[0].send), OFFER);
        assert.ok(m.isSpent(secret));
        assert.ok([...m.spentSecrets].every((name) => !/mango|igloo/.test(name)));
        const full = new Set(Array.from({ length: 65_536 }, (_, index) => String(index)));
        const c = machine(m, "A", [secret], { spent: full });
        c.receive(b.connected()[0].send);
        assert.equal(full.size, 65_536);
        assert.ok(m.isSpent(secret, full) && !full.has("0") && full.has("1"));
    }],
    ["each pairing draws a scalar of its own", (m) => {
        const one = () => new m.VerifiedPairing({ side: "B", appID: APP_ID, secrets: [WORDS], spent: new Set() });
        const shares = [one(), one()].map((machine) => machine.connected()[0].send.pake.share);
        assert.notEqual(shares[0], shares[1]);
    }],
];
