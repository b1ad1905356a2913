// Every value and every frame of the vectors, and what each of the negatives leads to.

import assert from "node:assert/strict";
import { bytesOfHex, hexOf, vectors } from "./module.js";

/** A machine of one side of a vector, with the vector's scalar. */
function machineOf(m, vector, side, { appID = vector.appID, secret = vector.secret } = {}) {
    const scalar = bytesOfHex(side === "A" ? vector.ya : vector.yb);
    return new m.VerifiedPairing({ side, appID, secrets: [{ by: vector.by, secret }], spent: new Set(), random: () => scalar.slice() });
}

function textOf({ sdp }) {
    return typeof sdp === "string" ? sdp : sdp.sdp;
}

export const vectorChecks = [
    ...vectors.vectors.map((vector) => [`the values of the vector: ${vector.name}`, (m) => {
        const { by, secret, appID } = vector;
        const password = m.passwordOf({ by, secret });
        assert.equal(hexOf(password), vector.PRS);
        assert.equal(hexOf(m.bytesOfUUID(appID)), vector.sid);
        assert.equal(hexOf(m.generatorString(password, bytesOfHex(vector.CI), bytesOfHex(vector.sid))), vector.generatorString);
        const generator = m.generatorOf({ by, secret }, appID);
        assert.equal(hexOf(generator), vector.g);
        const shares = { A: m.shareOf(bytesOfHex(vector.ya), generator), B: m.shareOf(bytesOfHex(vector.yb), generator) };
        assert.deepEqual([hexOf(shares.A), hexOf(shares.B)], [vector.Ya, vector.Yb]);
        const point = m.commonPoint(bytesOfHex(vector.ya), shares.B);
        assert.equal(hexOf(point), vector.K);
        const keys = m.keysOf({ appID, by, point, shares });
        assert.deepEqual([hexOf(keys.A), hexOf(keys.B)], [vector.keyA, vector.keyB]);
    }]),
    ...vectors.vectors.map((vector) => [`the frames of the vector: ${vector.name}`, (m) => {
        const sides = { A: machineOf(m, vector, "A"), B: machineOf(m, vector, "B") };
        assert.deepEqual(sides.A.connected(), [{ timer: "ask", ms: 2_000 }, { timer: "unverified", ms: 15_000 }]);
        assert.deepEqual(sides.B.connected(), [{ send: vector.frames[0].frame }]);
        for (const [index, { from, frame }] of vector.frames.entries()) {
            const other = sides[from === "A" ? "B" : "A"];
            if (index === 0) {
                assert.deepEqual(other.receive(frame), [{ offer: true }]);
                continue;
            }
            const { type, id, pake } = frame;
            const sealed = sides[from].seal(type, id, textOf(frame));
            assert.deepEqual(sealed, { ...frame, sdp: { type, sdp: textOf(frame) }, pake });
            const isFirst = !other.isProved;
            assert.deepEqual(other.receive(frame), [...(isFirst ? [{ proved: true }] : []), { apply: { type, sdp: textOf(frame), id } }]);
            assert.ok(other.isProved);
        }
        assert.deepEqual([sides.A.by, sides.B.by], [vector.by, vector.by]);
    }]),
    ...vectors.negatives.map(({ name, vector: vectorName, side, secretOfB, appIDOfB, hears, expect }) => [`what is to be refused: ${name}`, (m) => {
        const vector = vectors.vectors.find((other) => other.name === vectorName);
        const machine = machineOf(m, vector, side, side === "B" ? { secret: secretOfB, appID: appIDOfB } : {});
        machine.connected();
        for (const frame of hears.slice(0, -1)) {
            const steps = machine.receive(frame);
            assert.ok(steps.every((step) => step.end === undefined), JSON.stringify(steps));
        }
        const steps = machine.receive(hears.at(-1));
        assert.ok(steps.every((step) => step.apply === undefined && step.proved === undefined), JSON.stringify(steps));
        if (expect.do === "nothing") {
            assert.ok(steps.every((step) => step.forged !== undefined), JSON.stringify(steps));
            assert.ok(machine.isProved);
        } else {
            assert.equal(expect.do, "end");
            const said = expect.error === "code_mismatch" ? [{ send: { type: "sender_ready", pake: { v: 1, end: "mismatch" } } }] : [];
            assert.deepEqual(steps, [...said, { end: expect.error }]);
            assert.equal(machine.state, "ended");
        }
    }]),
];
