// Six digits to compare.

import assert from "node:assert/strict";
import { bytesOfHex, seeded, vectors } from "./module.js";
import { APP_ID } from "./room.js";

const PRINTS = { A: vectors.sas.fingerprintsOfA, B: vectors.sas.fingerprintsOfB };
const SDP = { A: `v=0\r\na=fingerprint:${PRINTS.A}\r\n`, B: `v=0\r\na=fingerprint:${PRINTS.B}\r\n` };
const OTHER_SDP = SDP.A.replace("8D:0D", "8D:0E");

function sides(m) {
    const { appID, nonceA, nonceB } = vectors.sas;
    return [["A", nonceA], ["B", nonceB]].map(([side, nonce]) => new m.Comparison({ side, appID, random: () => bytesOfHex(nonce) }));
}

/** Up to B's answer, which A has not heard yet. */
function answered(m, { offer = {}, sdp = SDP.A } = {}) {
    const [a, b] = sides(m);
    const offered = { type: "offer", sas: a.member("offer", SDP.A), ...offer };
    assert.deepEqual(b.applied(offered, sdp), []);
    return { a, b, offered, answer: { type: "answer", sas: b.member("answer", SDP.B) } };
}

function compared(m) {
    const { a, b, ...frames } = answered(m);
    const [{ send: reveal }, { digits }] = a.applied(frames.answer, SDP.B);
    assert.deepEqual(b.receive(reveal), [{ digits }]);
    return { a, b, reveal, digits, ...frames };
}

export const comparisons = [
    ["both sides come to the vector's digits with the vector's frames", (m) => {
        const { a, b, offered, answer, reveal, digits } = compared(m);
        assert.deepEqual({ sas: offered.sas }, vectors.sas.frames.offer);
        assert.deepEqual({ sas: answer.sas }, vectors.sas.frames.answer);
        assert.deepEqual(reveal, vectors.sas.frames.reveal);
        assert.deepEqual([digits, a.digits, b.digits], [vectors.sas.digits, vectors.sas.digits, vectors.sas.digits]);
    }],
    ["digits begin with zeros where they have to", (m) => {
        const found = new Set();
        for (let seed = 0; found.size < 2 && seed < 400; seed += 1) {
            const [a, b] = ["A", "B"].map((side, index) => new m.Comparison({ side, appID: APP_ID, random: seeded(seed * 2 + index) }));
            b.applied({ type: "offer", sas: a.member("offer", SDP.A) }, SDP.A);
            a.applied({ type: "answer", sas: b.member("answer", SDP.B) }, SDP.B);
            assert.match(a.digits, /^\d{6}$/);
            found.add(a.digits.startsWith("0"));
        }
        assert.equal(found.size, 2);
    }],
    ["A repeats its commitment until it has an answer, and then no more", (m) => {
        const { a, offered } = compared(m);
        const [again] = sides(m);
        assert.deepEqual([again.member("offer", SDP.A), again.member("offer", OTHER_SDP)], [offered.sas, offered.sas]);
        assert.equal(a.member("offer", SDP.A), undefined);
        assert.equal(a.member("answer", SDP.A), undefined);
    }],
    ["B's nonce is in each of its answers, and in no offer", (m) => {
        const { b, answer } = compared(m);
        assert.deepEqual(b.member("answer", SDP.B), answer.sas);
        assert.equal(b.member("offer", SDP.B), undefined);
    }],
    ["A's nonce is lost: B says its own on room_full, and A says its again", (m) => {
        const { a, b, answer } = answered(m);
        assert.deepEqual(a.connected(), []);
        const [{ send: lost }] = a.applied(answer, SDP.B);
        const [{ send: reminder }] = b.connected();
        assert.deepEqual(reminder, { type: "sender_ready", sas: answer.sas });
        assert.deepEqual([a.receive(reminder), a.connected()], [[{ send: lost }], [{ send: lost }]]);
        assert.deepEqual(b.receive(lost), [{ digits: a.digits }]);
        assert.deepEqual([b.connected(), b.receive(lost)], [[], []]);
    }],
    ["B says its nonce to nobody who has not committed", (m) => {
        const [a, b] = sides(m);
        assert.deepEqual([b.connected(), b.member("answer", SDP.B)], [[], undefined]);
        b.applied({ type: "offer", sas: a.member("offer", SDP.A) }, SDP.A);
        assert.deepEqual(b.connected(), []);
        assert.ok(b.member("answer", SDP.B));
        assert.equal(b.connected().length, 1);
    }],
    ["A says its nonce to nobody before an answer is applied, and takes none that did not come in it", (m) => {
        const { a, answer } = answered(m);
        assert.deepEqual(a.receive({ type: "sender_ready", sas: answer.sas }), []);
        assert.deepEqual(a.applied({ type: "answer" }, SDP.B), []);
        assert.deepEqual([a.receive({ type: "sender_ready", sas: answer.sas }), a.applied(answer, SDP.B), a.connected()], [[], [], []]);
        assert.equal(a.digits, null);
    }],
    ["a nonce that does not fit the commitment ends the link", (m) => {
        const { reveal } = compared(m);
        for (const nonce of ["AAAAAAAAAAAAAAAAAAAAAA", "", null, 5, `${reveal.sas.nonce}A`, reveal.sas.nonce.replace(/w$/, "x")]) {
            const { b } = answered(m);
            assert.deepEqual(b.receive({ type: "sender_ready", sas: { v: 1, nonce } }), [{ end: "protocol_error" }], String(nonce));
            assert.deepEqual([b.receive(reveal), b.connected(), b.digits], [[], [], null]);
        }
    }],
    ["a commitment to other fingerprints ends the link", (m) => {
        const { reveal } = compared(m);
        const { b } = answered(m, { sdp: OTHER_SDP });
        assert.deepEqual(b.receive(reveal), [{ end: "protocol_error" }]);
    }],
    ["the first commitment, nonce and fingerprints stand", (m) => {
        const { a, b, answer } = answered(m);
        const [other] = ["A"].map((side) => new m.Comparison({ side, appID: vectors.sas.appID, random: seeded(5) }));
        b.applied({ type: "offer", sas: other.member("offer", OTHER_SDP) }, OTHER_SDP);
        const [{ send: reveal }] = a.applied(answer, SDP.B);
        assert.deepEqual(a.applied({ type: "answer", sas: { v: 1, nonce: "AAAAAAAAAAAAAAAAAAAAAA" } }, OTHER_SDP), []);
        assert.deepEqual(b.receive(reveal), [{ digits: vectors.sas.digits }]);
        assert.equal(a.digits, vectors.sas.digits);
    }],
    ["what is missing stays missing: there are no digits, and no end", (m) => {
        const { reveal } = compared(m);
        for (const sas of [undefined, null, { v: 2, commit: vectors.sas.frames.offer.sas.commit }, { v: 1 }, { v: 1, commit: "AA" }, "sas", 5]) {
            const { b, offered } = answered(m, { offer: { sas } });
            assert.equal(b.member("answer", SDP.B), undefined, JSON.stringify(sas));
            b.applied({ ...offered, sas: vectors.sas.frames.offer.sas }, SDP.A);
            assert.deepEqual([b.receive(reveal), b.connected(), b.digits], [[], [], null]);
            const { a } = answered(m);
            assert.deepEqual(a.applied({ type: "answer", sas }, SDP.B), []);
            assert.deepEqual([a.digits, a.connected()], [null, []]);
        }
    }],
    ["fingerprints that cannot be read give no digits", (m) => {
        const odd = SDP.A.replace("sha-256", "sha-1");
        const [a, b] = sides(m);
        assert.equal(a.member("offer", odd), undefined);
        assert.deepEqual(a.applied({ type: "answer", sas: vectors.sas.frames.answer.sas }, SDP.B), []);
        b.applied({ type: "offer", ...vectors.sas.frames.offer }, odd);
        assert.equal(b.member("answer", SDP.B), undefined);
        const { b: other } = answered(m);
        assert.ok(other);
        const { a: third, answer } = answered(m);
        assert.deepEqual(third.applied(answer, odd), []);
        assert.equal(third.digits, null);
        const [, fourth] = sides(m);
        fourth.applied({ type: "offer", ...vectors.sas.frames.offer }, SDP.A);
        assert.equal(fourth.member("answer", odd), undefined);
    }],
    ["descriptions of another type, other frames and other versions lead to nothing", (m) => {
        const { a, b, answer } = answered(m);
        assert.deepEqual(a.applied({ type: "offer", sas: answer.sas }, SDP.B), []);
        const ready = [undefined, null, { v: 2 }].map((sas) => ({ type: "sender_ready", sas }));
        for (const frame of [...ready, { type: "ice", sas: answer.sas }]) {
            assert.deepEqual([a.receive(frame), b.receive(frame)], [[], []]);
        }
        assert.equal(a.applied(answer, SDP.B).length, 2);
    }],
    ["whoever is in the middle cannot give its own nonce to B after it has heard B's", (m) => {
        // It has the digits of A's side, and a nonce for B that gives the same: found by trying, which a real one could as well.
        const { b } = answered(m, { sdp: OTHER_SDP });
        for (let seed = 0; seed < 20; seed += 1) {
            const [step] = b.receive({ type: "sender_ready", sas: { v: 1, nonce: m.base64url(seeded(seed)(16)) } });
            assert.deepEqual(step, seed === 0 ? { end: "protocol_error" } : undefined);
        }
    }],
    ["fingerprints are read by one strict rule", (m) => {
        const hash = (count) => Array.from({ length: count }, () => "AB").join(":");
        const line = (name, count) => `a=fingerprint:${name} ${hash(count)}`;
        assert.equal(m.fingerprintsOf(`v=0\r\n${line("SHA-256", 32).replace("AB", "ab")}\r\n`), `sha-256 ${hash(32)}`);
        const [first, second, third] = [line("sha-256", 32), line("sha-384", 48), line("sha-512", 64)];
        const all = [first, second, third].map((text) => text.slice(14)).join("\n");
        assert.equal(m.fingerprintsOf([third, "m=audio", first, second, first].join("\r\n")), all);
        assert.equal(m.fingerprintsOf([third, "m=audio", first, second, first].join("\n")), all);
        const wrong = [
            line("sha-1", 20), line("sha-256", 31), line("sha-256", 33), line("sha-512", 32), `${first} `, ` ${first}`, first.replace(":", ": "),
            first.replace(" ", "  "), first.replace("a=f", "a=F"), first.replace("a=f", "A=f"), first.replace("AB", "AG"), first.replaceAll(":AB", "AB"),
            `a=x ${first}`, "a=fingerprint:", "a=fingerprint", "a=FINGERPRINT:sha-256", "s=fingerprint", `a=x\r${first}`,
            first.replace("sha-256", "toString"),
        ];
        for (const text of wrong) assert.equal(m.fingerprintsOf(`v=0\r\n${first}\r\n${text}\r\n`), null, text);
        assert.equal(m.fingerprintsOf("v=0\r\n"), null);
        assert.equal(m.fingerprintsOf(""), null);
    }],
];
