// Two sides whose frames are lost and whose connections break.

import assert from "node:assert/strict";
import { Room } from "./room.js";

/** Frames of an undisturbed pairing: share, offer, answer. Two more are lost too, of those that come in their place. */
const FRAMES = 5;
const LIMIT_MS = 60_000;

function assertPaired(room, what) {
    const { A, B } = room.sides;
    assert.deepEqual([A.ending, B.ending], [undefined, undefined], what);
    assert.ok(A.isProved && B.isProved && room.hasLink, what);
    for (const [one, other] of [[A, B], [B, A]]) {
        for (const { type, sdp } of one.applied) assert.ok(other.made.has(`${type} ${sdp}`), what);
        assert.equal(one.forged, 0, what);
    }
}

/** A room in which something happens instead of a frame's delivery. */
function roomWith(m, number, happens, seed = 1) {
    let isDone = false;
    const room = new Room(m, { seed, relay: (from, frame, at) => {
        if (at !== number || isDone) return undefined;
        isDone = true;
        return happens(room, from, frame);
    } });
    return room;
}

export const losses = [
    ["without losses it takes three frames", (m) => {
        const room = new Room(m).start().run(1_000);
        assertPaired(room, "");
        assert.deepEqual(room.relayed.map(({ from, frame }) => `${from} ${frame.type}`), ["B sender_ready", "A offer", "B answer"]);
    }],
    ["any frame can be lost", (m) => {
        for (let number = 0; number < FRAMES; number += 1) {
            assertPaired(roomWith(m, number, () => []).start().run(LIMIT_MS), `frame ${number}`);
        }
    }],
    ["any two frames can be lost", (m) => {
        for (let one = 0; one < 4; one += 1) {
            for (let other = one + 1; other < FRAMES; other += 1) {
                const room = new Room(m, { relay: (from, frame, at) => (at === one || at === other ? [] : undefined) });
                assertPaired(room.start().run(LIMIT_MS), `frames ${one} and ${other}`);
            }
        }
    }],
    ["any frame can come twice", (m) => {
        for (let number = 0; number < FRAMES; number += 1) {
            const room = roomWith(m, number, (_, from, frame) => {
                const to = from === "A" ? "B" : "A";
                return [{ to, frame }, { to, frame }];
            });
            assertPaired(room.start().run(LIMIT_MS), `frame ${number}`);
        }
    }],
    ...["A", "B"].flatMap((side) => [
        [`${side}'s connection can break at each frame, and come back`, (m) => {
            for (let number = 0; number < FRAMES; number += 1) {
                for (const isLost of [true, false]) {
                    const room = roomWith(m, number, () => {
                        const breaks = () => {
                            room.leave(side);
                            room.clock.after(1_000, () => room.join(side));
                        };
                        // Either the frame goes with the connection, or the connection right behind it.
                        if (isLost) breaks();
                        else room.clock.after(11, breaks);
                        return isLost ? [] : undefined;
                    });
                    assertPaired(room.start().run(LIMIT_MS), `frame ${number}, ${isLost}`);
                }
            }
        }],
        [`${side}'s connection can die unnoticed at each frame, and be taken over`, (m) => {
            for (let number = 0; number < FRAMES; number += 1) {
                const room = roomWith(m, number, () => {
                    room.die(side);
                    room.clock.after(8_000, () => room.join(side));
                    return undefined;
                });
                assertPaired(room.start().run(LIMIT_MS), `frame ${number}`);
            }
        }],
    ]),
    ["a second room_full at any time changes nothing", (m) => {
        for (let at = 0; at < 80; at += 10) {
            const room = new Room(m).start();
            room.clock.after(at, () => room.join("A"));
            assertPaired(room.run(LIMIT_MS), `after ${at} ms`);
        }
    }],
    ["A asks a side whose share was lost, and waits for one that comes late", (m) => {
        const room = new Room(m, { relay: (from, frame, number) => (number === 0 ? [] : undefined) });
        room.join("A");
        room.run(300_000);
        assert.equal(room.sides.A.ending, undefined);
        room.join("B");
        assertPaired(room.run(5_000), "");
        assert.deepEqual(room.relayed[1].frame, { type: "sender_ready", pake: { v: 1 } });
    }],
    ["a side that says nothing for 15 s takes no part", (m) => {
        const room = new Room(m, { relay: (from) => (from === "B" ? [] : undefined) }).start().run(15_000);
        assert.equal(room.sides.A.ending, undefined);
        room.run(100);
        assert.equal(room.sides.A.ending, "peer_unverified");
        // Three asks, and no end: nobody knows that anything was expected.
        assert.equal(room.sides.A.sent.length, 3);
    }],
    ["a link restarts and adds media later, from either side and from both at once", (m) => {
        const room = new Room(m).start().run(1_000);
        for (const sides of ["A", "B", "AB", "BA"]) {
            const before = room.sides.A.local;
            for (const side of sides) room.sides[side].restart();
            room.run(LIMIT_MS);
            assertPaired(room, sides);
            assert.notEqual(room.sides.A.local, before);
        }
    }],
    ["any frame of a restart can be lost, and any connection break", (m) => {
        const room = new Room(m, { relay: () => (isLosing.shift() ? [] : undefined) });
        const isLosing = [];
        room.start().run(1_000);
        for (const side of ["A", "B"]) {
            for (const lost of [[true], [false, true], [true, true], [false, true, true]]) {
                isLosing.push(...lost);
                room.sides[side].restart();
                room.run(LIMIT_MS);
                assertPaired(room, `${side} ${lost}`);
            }
            room.sides[side].restart();
            room.leave(side);
            room.clock.after(1_000, () => room.join(side));
            room.run(LIMIT_MS);
            assertPaired(room, side);
        }
    }],
    ["wrong words end both sides, and nothing was applied", (m) => {
        const room = new Room(m, { secrets: { B: [{ by: "words", secret: "clockwork-crossword" }] } }).start().run();
        assert.deepEqual([room.sides.A.ending, room.sides.B.ending], ["code_mismatch", "code_mismatch"]);
        assert.deepEqual([room.sides.A.applied, room.sides.B.applied], [[], []]);
    }],
    ["two As and two Bs come to nothing", (m) => {
        for (const side of ["A", "B"]) {
            const rooms = [new Room(m, { seed: 1 }), new Room(m, { seed: 2 })];
            const sides = rooms.map((room) => room.sides[side]);
            sides.forEach((one) => one.connected(false));
            rooms.forEach((room) => room.run(3_000));
            // What one says, the other one hears.
            for (const [index, other] of [[0, 1], [1, 0]]) for (const frame of sides[index].sent) sides[other].receive(frame);
            rooms.forEach((room) => room.run(60_000));
            for (const one of sides) {
                assert.ok(!one.isProved);
                assert.deepEqual(one.applied, []);
            }
        }
    }],
];
