// Text of the other side.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";

import { candidateName, candidateSentence } from "../../Web/demo/candidate-words.js";
import { peerText, safeName } from "../../Web/client/files/names.js";

/** Of Unicode's property Bidi_Control. */
const MARKS = ["\u061c", "\u200e", "\u200f", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"];

test("direction marks are taken out, and nothing else", () => {
    for (const mark of MARKS) {
        assert.equal(/\p{Bidi_Control}/u.test(mark), true);
        assert.equal(peerText(`a${mark}b${mark}`), "ab", mark.codePointAt(0).toString(16));
    }
    for (const text of ["", "plain", "مرحبا hello שלום", "é\u200d👩\u200d💻", "line\nbreak"]) assert.equal(peerText(text), text);
});

test("names and candidates go through it", () => {
    assert.equal(safeName("a\u202egnp.exe"), "agnp.exe");
    assert.equal(candidateName({ type: "ho\u202est" }), "own network");
    assert.doesNotMatch(candidateSentence({ type: "x\u2066", protocol: "u\u202edp" }), /\p{Bidi_Control}/u);
});

test("no other place of the page or of the client has a list of marks of its own", () => {
    const folder = new URL("../../Web/", import.meta.url);
    const files = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".js"));
    assert.deepEqual(files.filter((name) => readFileSync(new URL(name, folder), "utf8").includes("\\u202e")), [join("client", "files", "names.js")]);
});
