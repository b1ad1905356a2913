// Text of the other side on the demo page.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";

import { candidateName, candidateSentence } from "../../Web/demo/candidate-words.js";
import { peerText } from "../../Web/demo/peer-text.js";
import { safeName } from "../../Web/demo/saving.js";

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

test("no other place of the page has a list of marks of its own", () => {
    const folder = new URL("../../Web/demo/", import.meta.url);
    const files = readdirSync(folder).filter((name) => name.endsWith(".js"));
    assert.deepEqual(files.filter((name) => readFileSync(new URL(name, folder), "utf8").includes("\\u202e")), ["peer-text.js"]);
});
