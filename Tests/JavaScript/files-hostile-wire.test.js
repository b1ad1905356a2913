// What no end of file transfers takes for a message, however it is dressed up.

import assert from "node:assert/strict";
import test from "node:test";

import { MAX_DEPTH, MAX_FOLDER_FILES, MAX_PROOFS, parseControl, WireError } from "../../Web/client/files/wire.js";
import { Mischief } from "./support/random.js";

const OFFER = { kind: "offer", id: 1, name: "x", size: 1, type: "" };
const FOLDER = { kind: "folder", id: 1, name: "x", files: 1, size: 1 };
const DIGEST = "0123456789abcdef".repeat(4);

const parsed = (message) => parseControl(JSON.stringify(message));

const PATHS = [
    "..", "../x", "x/..", "x/../y", ".", "./x", "x/./y", "/", "/etc", "x/", "//", "", "x//y", `${"x/".repeat(MAX_DEPTH)}x`, "x".repeat(1025),
    null, 7, ["x"], { toString: null },
];
for (const path of PATHS) {
    test(`a path that leads elsewhere, or to no place: ${JSON.stringify(path).slice(0, 60)}`, () => {
        assert.throws(() => parsed({ ...OFFER, folder: 3, path }), WireError);
    });
}

test("a path to any folder below is one", () => {
    for (const path of ["x", "x/y", "...", "..x/y..", "a b/ä/\u{1f600}", `${"x/".repeat(MAX_DEPTH - 1)}x`]) {
        assert.equal(parsed({ ...OFFER, folder: 3, path }).path, path);
    }
});

const WRONG = {
    "a folder of a million files": { ...FOLDER, files: 1_000_000 },
    "a folder of one more than may be": { ...FOLDER, files: MAX_FOLDER_FILES + 1 },
    "a folder of no files": { ...FOLDER, files: 0 },
    "a folder of half a file": { ...FOLDER, files: 0.5 },
    "a folder of fewer than no bytes": { ...FOLDER, size: -1 },
    "a folder without a name": { ...FOLDER, name: undefined },
    "a folder of a long name": { ...FOLDER, name: "x".repeat(256) },
    "a file of folder 0": { ...OFFER, folder: 0, path: "x" },
    "a file of a folder that is a text": { ...OFFER, folder: "3", path: "x" },
    "a time that is none": { ...OFFER, modified: "yesterday" },
    "a time before there was any": { ...OFFER, modified: -1 },
    "going on from before the begin": { kind: "accept", id: 1, from: -1 },
    "going on from within a byte": { kind: "accept", id: 1, from: 0.5 },
    "going on from a text": { kind: "accept", id: 1, from: "7" },
    "going on from nothing": { kind: "accept", id: 1, from: null },
    "going on from beyond all numbers": { kind: "accept", id: 1, from: 2 ** 53 },
    "a nonce that is short": { kind: "greet", nonce: DIGEST.slice(1) },
    "a nonce in a list": { kind: "greet", nonce: [DIGEST] },
    "no nonce": { kind: "greet" },
    "proofs that are none": { kind: "known", proofs: ["x"] },
    "one proof that is no list": { kind: "known", proofs: DIGEST },
    "what looks like a list": { kind: "known", proofs: { length: 1, 0: DIGEST } },
    "a list in the list": { kind: "known", proofs: [[DIGEST]] },
    "more proofs than are looked at": { kind: "known", proofs: Array(MAX_PROOFS + 1).fill(DIGEST) },
};
for (const [name, message] of Object.entries(WRONG)) {
    test(`refused: ${name}`, () => assert.throws(() => parsed(message), WireError));
}

test("proofs up to the most that are sent are taken", () => {
    assert.equal(parsed({ kind: "known", proofs: Array(MAX_PROOFS).fill(DIGEST) }).proofs.length, MAX_PROOFS);
    assert.deepEqual(parsed({ kind: "known", proofs: [] }).proofs, []);
});

test("whatever a message holds, it is read, left alone or refused, and nothing else is thrown", () => {
    const members = ["id", "name", "size", "type", "modified", "folder", "path", "from", "files", "nonce", "proofs", "reason", "received", "sha256"];
    const kinds = ["offer", "folder", "accept", "decline", "ack", "end", "result", "pause", "cancel", "greet", "known", "ready"];
    const came = { read: 0, refused: 0, left: 0 };
    for (let seed = 1; seed <= 5000; seed += 1) {
        const mischief = new Mischief(seed);
        const kind = mischief.chance(0.9) ? mischief.one(kinds) : mischief.value();
        try {
            const message = parsed({ ...(mischief.chance(0.5) && { ...OFFER, ...FOLDER }), ...mischief.members(members), kind });
            if (message === null) came.left += 1;
            else {
                came.read += 1;
                assert.equal(message.kind, kind);
            }
        } catch (error) {
            assert.ok(error instanceof WireError, error.stack);
            came.refused += 1;
        }
    }
    for (const [what, times] of Object.entries(came)) assert.ok(times > 100, `${times} were ${what}`);
});
