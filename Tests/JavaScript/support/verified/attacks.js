// A dishonest server: what it changes, reflects, crosses, replays, strips, answers and invents.

import assert from "node:assert/strict";
import { seeded } from "./module.js";
import { APP_ID, LINK, Room, WORDS } from "./room.js";

const OTHER_APP_ID = "9d0c2f0e-8f1b-4c34-a51b-6f1f0a527a3c";
const GUESS = { by: "words", secret: "lantern-mango" };
const ENDINGS = [undefined, "code_mismatch", "peer_unverified", "protocol_error"];
const SDP_OF_NOBODY = "v=0\r\ns=nobody\r\na=fingerprint:sha-256 66\r\n";
const OTHER_BYTES = "_V5ZtkkPjOQjaDHtCWQUpaEezg3FfVkHp2GCEHQm0no";
const RUN_MS = 40_000;

/** What has to hold whatever the server does. */
function assertHonest(room, what) {
    for (const [one, other] of [["A", "B"], ["B", "A"]]) {
        const { applied, ending } = room.sides[one];
        for (const { type, sdp } of applied) {
            assert.ok(room.sides[other].made.has(`${type} ${sdp}`), `${what}: ${one} has applied an ${type} that ${other} did not make`);
        }
        if (room.sides[one].isProved) assert.ok(applied.length > 0, `${what}: ${one} took a proof without a description`);
        assert.ok(ENDINGS.includes(ending), `${what}: ${ending}`);
    }
}

function otherSide(side) {
    return side === "A" ? "B" : "A";
}

/** Every member of a value, however deep, as a path. */
function pathsIn(value, path = []) {
    if (typeof value !== "object" || value === null) return [path];
    return [...(path.length > 0 ? [path] : []), ...Object.keys(value).flatMap((name) => pathsIn(value[name], [...path, name]))];
}

function changesOf(value) {
    const wild = [null, true, {}, [], "", 0];
    if (typeof value === "number") return [value + 1, -value, value + 0.5, String(value), 2 ** 53, undefined, ...wild];
    if (typeof value !== "string") return [undefined, null, "x", [value]];
    const at = Math.floor(value.length / 2);
    const flipped = value.slice(0, at) + (value[at] === "B" ? "C" : "B") + value.slice(at + 1);
    return [flipped, value.slice(1), `${value}A`, value.toUpperCase(), [value], undefined, ...wild];
}

function changed(frame, path, value) {
    const copy = JSON.parse(JSON.stringify(frame));
    const owner = path.slice(0, -1).reduce((part, name) => part[name], copy);
    owner[path.at(-1)] = value;
    return copy;
}

/** The frames of an undisturbed pairing with a restart. */
function honestFrames(m, options) {
    const room = new Room(m, options).start().run(1_000);
    room.sides.A.restart();
    room.run(1_000);
    return room.relayed;
}

/** Things that a server can say without knowing any secret. */
function inventions(relayed) {
    const sealed = relayed.filter(({ frame }) => frame.pake?.mac);
    return [
        { type: "offer", sdp: { type: "offer", sdp: SDP_OF_NOBODY }, id: 1 },
        { type: "answer", sdp: { type: "answer", sdp: SDP_OF_NOBODY }, id: 1 },
        { type: "offer", sdp: SDP_OF_NOBODY, id: 1, pake: { v: 1, n: 1, mac: OTHER_BYTES, share: OTHER_BYTES } },
        { type: "answer", sdp: SDP_OF_NOBODY, id: 1, pake: { v: 1, n: 1, mac: OTHER_BYTES } },
        { type: "sender_ready", pake: { v: 1, by: "words", share: OTHER_BYTES } },
        { type: "sender_ready", pake: { v: 1, by: "link", share: OTHER_BYTES } },
        { type: "sender_ready", pake: { v: 1 } },
        { type: "sender_ready", pake: { v: 1, end: "mismatch" } },
        { type: "sender_ready", pake: { v: 2 } },
        ...sealed.map(({ frame }) => ({ ...frame, sdp: { type: frame.type, sdp: SDP_OF_NOBODY } })),
    ];
}

/** Somebody in the middle who poses as each side to the other, with what it takes for the secret. */
function betweenThem(m, secret) {
    const machines = {};
    for (const [index, side] of ["A", "B"].entries()) {
        machines[side] = new m.VerifiedPairing({ side, appID: APP_ID, secrets: [secret], spent: new Set(), random: seeded(90 + index) });
    }
    const own = (type) => SDP_OF_NOBODY.replace("nobody", type);
    // To a real side it answers as the other one would. What it hears from B, it needs not pass on.
    const follow = (posed, to, steps) => steps.flatMap((step) => {
        if (step.send) return [{ to, frame: step.send }];
        if (step.offer) return [{ to, frame: machines[posed].seal("offer", 1, own("offer")) }];
        if (step.apply?.type === "offer") return [{ to, frame: machines[posed].seal("answer", step.apply.id, own("answer")) }];
        return [];
    });
    let hasBegun = false;
    return (from, frame) => {
        const posed = otherSide(from);
        const begin = hasBegun ? [] : follow("B", "A", machines.B.connected());
        hasBegun = true;
        return [...begin, ...follow(posed, from, machines[posed].receive(frame))];
    };
}

export const attacks = [
    ["a server that changes any member of any frame", (m) => {
        let count = 0;
        for (const [number, { frame }] of honestFrames(m).entries()) {
            if (number > 2) break;
            for (const path of pathsIn(frame)) {
                const value = path.reduce((part, name) => part[name], frame);
                for (const change of changesOf(value)) {
                    const relay = (from, sent, at) => (at === number ? [{ to: otherSide(from), frame: changed(sent, path, change) }] : undefined);
                    assertHonest(new Room(m, { relay }).start().run(RUN_MS), `frame ${number}, ${path.join(".")}, ${JSON.stringify(change)}`);
                    count += 1;
                }
            }
        }
        assert.ok(count > 150, `${count} changes`);
    }],
    ["a server that changes any member of every frame of a type, to the end", (m) => {
        for (const [number, { frame }] of honestFrames(m).entries()) {
            if (number > 2) break;
            for (const path of pathsIn(frame)) {
                const value = path.reduce((part, name) => part[name], frame);
                const [change] = changesOf(value);
                const relay = (from, sent) => {
                    const isThere = sent.type === frame.type && path.slice(0, -1).reduce((part, name) => part?.[name], sent) !== undefined;
                    return isThere ? [{ to: otherSide(from), frame: changed(sent, path, change) }] : undefined;
                };
                assertHonest(new Room(m, { relay }).start().run(RUN_MS), `${frame.type}, ${path.join(".")}`);
            }
        }
    }],
    ["a server that changes members after the proof: the link stands", (m) => {
        for (const number of [3, 4]) {
            const { frame } = honestFrames(m)[number];
            for (const path of pathsIn(frame).filter(([name]) => name !== "type")) {
                const value = path.reduce((part, name) => part[name], frame);
                const [change] = changesOf(value);
                const relay = (from, sent, at) => (at === number ? [{ to: otherSide(from), frame: changed(sent, path, change) }] : undefined);
                const room = new Room(m, { relay }).start().run(1_000);
                room.sides.A.restart();
                room.run(RUN_MS);
                assertHonest(room, path.join("."));
                assert.ok(room.hasLink, path.join("."));
                assert.deepEqual([room.sides.A.ending, room.sides.B.ending], [undefined, undefined]);
            }
        }
    }],
    ["a server that reflects frames, instead of passing them on and besides", (m) => {
        for (let number = 0; number < 3; number += 1) {
            for (const isBesides of [true, false]) {
                const relay = (from, frame, at) => {
                    if (at !== number) return undefined;
                    return [{ to: from, frame }, ...(isBesides ? [{ to: otherSide(from), frame }] : [])];
                };
                assertHonest(new Room(m, { relay }).start().run(RUN_MS), `frame ${number}`);
            }
        }
        // A mirror, for all frames and with the types that the other side would send.
        for (const side of ["A", "B"]) {
            const types = { offer: "answer", answer: "offer" };
            for (const turn of [(frame) => frame, (frame) => ({ ...frame, type: types[frame.type] ?? frame.type })]) {
                const room = new Room(m, { relay: (from, frame) => (from === side ? [{ to: side, frame: turn(frame) }] : []) }).start().run(RUN_MS);
                assertHonest(room, `mirror for ${side}`);
                assert.deepEqual(room.sides[side].applied, []);
            }
        }
    }],
    ["a server that reflects after the proof", (m) => {
        const room = new Room(m, { relay: (from, frame) => [{ to: from, frame }, { to: otherSide(from), frame }] });
        const calm = new Room(m);
        for (const { from, frame } of honestFrames(m)) {
            calm.start().run(1_000);
            calm.deliver(from, frame);
        }
        assertHonest(calm.run(RUN_MS), "reflected");
        assert.ok(calm.hasLink);
        assertHonest(room.start().run(RUN_MS), "all reflected");
    }],
    ["a server that crosses two pairs with the same words", (m) => {
        for (const appIDs of [[APP_ID, OTHER_APP_ID], [APP_ID, APP_ID]]) {
            for (let number = 0; number < 3; number += 1) {
                const rooms = [];
                const relay = (index) => (from, frame, at) => {
                    if (at < number) return undefined;
                    rooms[1 - index].deliver(otherSide(from), frame);
                    return [];
                };
                rooms.push(new Room(m, { appID: appIDs[0], relay: relay(0), seed: 1, name: "one" }));
                rooms.push(new Room(m, { appID: appIDs[1], relay: relay(1), seed: 2, name: "two", clock: rooms[0].clock }));
                rooms.forEach((room) => room.start());
                rooms[0].run(RUN_MS);
                if (appIDs[0] === appIDs[1] && number === 0) continue; // The server has only seated them otherwise: both pairs are what they believe.
                for (const room of rooms) assertHonest(room, `from frame ${number}`);
            }
        }
    }],
    ["a server that tells the sides of different rooms", (m) => {
        const room = new Room(m, { appIDs: { A: APP_ID, B: OTHER_APP_ID } }).start().run(RUN_MS);
        assert.deepEqual([room.sides.A.ending, room.sides.B.ending], ["code_mismatch", "code_mismatch"]);
        assert.deepEqual([room.sides.A.applied, room.sides.B.applied], [[], []]);
    }],
    ["a server that replays every frame at every later time", (m) => {
        const count = honestFrames(m).length;
        for (let number = 0; number < count; number += 1) {
            const relay = (from, frame, at) => {
                const again = at > number ? [{ to: otherSide(room.relayed[number].from), frame: room.relayed[number].frame }] : [];
                return [{ to: otherSide(from), frame }, ...again];
            };
            const room = new Room(m, { relay });
            room.start().run(1_000);
            const before = { A: room.sides.A.applied.length, B: room.sides.B.applied.length };
            for (const { from, frame } of [...room.relayed]) room.deliver(otherSide(from), frame);
            room.run(20);
            if (room.hasLink) assert.deepEqual([room.sides.A.applied.length, room.sides.B.applied.length], [before.A, before.B], `frame ${number}`);
            room.sides.A.restart();
            room.run(RUN_MS);
            assertHonest(room, `frame ${number}`);
            const applied = (side) => room.sides[side].applied.map(({ sdp }) => sdp);
            for (const side of ["A", "B"]) assert.equal(new Set(applied(side)).size, applied(side).length, "nothing is applied twice");
        }
    }],
    ["a server that replays an earlier pairing with the same words in the same room", (m) => {
        const earlier = honestFrames(m, { seed: 7, name: "earlier" });
        for (const { from, frame } of earlier) {
            for (let number = 0; number < 4; number += 1) {
                const relay = (_, sent, at) => (at === number ? [{ to: otherSide(from), frame }] : undefined);
                assertHonest(new Room(m, { relay }).start().run(RUN_MS), `frame ${number}`);
            }
        }
        for (const [posed, real] of [["A", "B"], ["B", "A"]]) {
            const frames = earlier.filter(({ from }) => from === posed).map(({ frame }) => frame);
            const room = new Room(m, { relay: (from) => (from === real && frames.length > 0 ? [{ to: real, frame: frames.shift() }] : []) }).start();
            assertHonest(room.run(RUN_MS), `as ${posed}`);
            assert.deepEqual(room.sides[real].applied, []);
        }
    }],
    ["a server that strips pake, from any frame and from all", (m) => {
        const strip = ({ pake, ...frame }) => frame;
        for (let number = -1; number < 3; number += 1) {
            const relay = (from, frame, at) => (number < 0 || at === number ? [{ to: otherSide(from), frame: strip(frame) }] : undefined);
            const room = new Room(m, { relay }).start().run(RUN_MS);
            assertHonest(room, `frame ${number}`);
            if (number !== 0) assert.ok(!room.hasLink);
            if (number < 0) assert.equal(room.sides.A.ending, "peer_unverified");
        }
    }],
    ["a server that answers for B with its own certificate", (m) => {
        for (const pake of [undefined, null, { v: 1, n: 1, mac: OTHER_BYTES }]) {
            const forged = { type: "answer", sdp: { type: "answer", sdp: SDP_OF_NOBODY }, id: 1, ...(pake === undefined ? {} : { pake }) };
            const room = new Room(m, { relay: (from, frame) => (frame.type === "offer" ? [{ to: "A", frame: forged }] : undefined) });
            assertHonest(room.start().run(RUN_MS), "answered");
            assert.deepEqual(room.sides.A.applied, []);
            assert.ok(room.sides.A.ending);
        }
    }],
    ["a server that invents frames at any time", (m) => {
        const invented = inventions(honestFrames(m));
        for (const frame of invented) {
            for (const at of [5, 15, 25, 35, 500]) {
                for (const side of ["A", "B"]) {
                    const room = new Room(m).start();
                    room.clock.after(at, () => room.deliver(side, frame));
                    assertHonest(room.run(RUN_MS), `${frame.type} at ${at} ms to ${side}`);
                    // Once both are proved, nothing that anybody else says ends the link.
                    if (at === 500) assert.ok(room.hasLink && room.sides.A.ending === undefined && room.sides.B.ending === undefined);
                }
            }
        }
    }],
    ["a server in the middle with the wrong words has one guess against A, and one against B", (m) => {
        const room = new Room(m, { relay: betweenThem(m, GUESS) }).start().run(RUN_MS);
        assertHonest(room, "guessed");
        assert.deepEqual([room.sides.A.applied, room.sides.B.applied], [[], []]);
        assert.deepEqual([room.sides.A.ending, room.sides.B.ending], ["code_mismatch", "code_mismatch"]);
        assert.ok(!room.sides.A.isProved && !room.sides.B.isProved);
        // No words follow on the same secret.
        assert.equal(room.sides.B.sent.filter(({ pake }) => pake.share).length, 1);
    }],
    ["a server in the middle with the right words of one kind, where the other one is used", (m) => {
        const room = new Room(m, { secrets: { A: [LINK], B: [LINK] }, relay: betweenThem(m, WORDS) }).start().run(RUN_MS);
        assertHonest(room, "other kind");
        assert.deepEqual([room.sides.A.applied, room.sides.B.applied], [[], []]);
    }],
    ["the same server with the right words is in the middle: the harness can tell", (m) => {
        const room = new Room(m, { relay: betweenThem(m, WORDS) }).start().run(RUN_MS);
        for (const side of ["A", "B"]) {
            assert.ok(room.sides[side].isProved);
            assert.match(room.sides[side].remote, /s=(offer|answer)\r\na=fingerprint:sha-256 66/);
        }
        assert.throws(() => assertHonest(room, "in the middle"), /did not make/);
    }],
    ["no frame holds a secret, whoever it is for", (m) => {
        for (const secret of [WORDS, LINK]) {
            const relayed = honestFrames(m, { secrets: { A: [WORDS, LINK], B: [secret] } });
            const text = JSON.stringify(relayed);
            for (const part of [...WORDS.secret.split("-"), LINK.secret]) assert.ok(!text.includes(part), part);
        }
    }],
];
