// What the page says of codes with words, and claims of the other end.

import assert from "node:assert/strict";
import test from "node:test";

import { invitationIn, objectionTo, spokenCode } from "../../Web/demo/code-words.js";
import { digitsToCompare, isEndToEnd, proofSentence } from "../../Web/demo/proof.js";

const UNKNOWN = { verified: null, sas: null, compared: null, isSecure: true };

test("a link brings a code, with or without its secret; anything else behind the # is none", () => {
    const found = ["#2802", "#2802.q83vEjRWeJCrze8SNFZ4kA", "#2802-crossword-clockwork", "#28021234"].map(invitationIn);
    assert.deepEqual(found, ["2802", "2802.q83vEjRWeJCrze8SNFZ4kA", "2802-crossword-clockwork", "28021234"]);
    assert.deepEqual(["#2802%20acorn", "#2802%2520acorn", "#2802-%zz"].map(invitationIn), ["2802 acorn", "2802%20acorn", "2802-%zz"]);
    for (const hash of ["", "#", "#top", "#280", "#2802x", "#280212345"]) assert.equal(invitationIn(hash), undefined, hash);
    assert.equal(invitationIn("#2802.broken"), "2802.broken", "it is refused in the field, not read as its digits");
});

test("a code is read aloud digit by digit and word by word", () => {
    assert.equal(spokenCode("2802-crossword-clockwork"), "Code 2 8 0 2, crossword, clockwork");
});

test("what is wrong with a code is said, and near words are offered", () => {
    assert.match(objectionTo({ code: "code_malformed" }), /4 to 8 digits/);
    const unknown = (suggestions) => objectionTo({ code: "words_unknown", word: "crossward", suggestions });
    assert.equal(unknown(["crossword"]), "“crossward” is none of the words. Is it crossword?");
    assert.equal(unknown(["crossword", "cross", "crown"]), "“crossward” is none of the words. Is it crossword, cross, or crown?");
    assert.equal(unknown([]), "“crossward” is none of the words. Compare it with the first device.");
    assert.equal(objectionTo({ code: "server_unreachable" }), undefined);
});

test("encryption from end to end is claimed only where somebody has checked the other end", () => {
    assert.deepEqual([{ verified: "words" }, { verified: "link" }, { compared: "same" }, { sas: "123456" }, {}]
        .map((facts) => isEndToEnd({ ...UNKNOWN, ...facts })), [true, true, true, false, false]);
});

test("digits are offered only where they say something", () => {
    assert.equal(digitsToCompare({ ...UNKNOWN, sas: "012345" }), "012 345");
    assert.equal(digitsToCompare(UNKNOWN), null);
    assert.equal(digitsToCompare({ ...UNKNOWN, sas: "012345", compared: "same" }), null);
    assert.equal(digitsToCompare({ ...UNKNOWN, verified: "words" }), null);
});

test("what is known of the other end is said, and no more", () => {
    assert.match(proofSentence({ ...UNKNOWN, verified: "words" }), /^Verified: the other device has the words/);
    assert.match(proofSentence({ ...UNKNOWN, verified: "link" }), /^Verified: the other device has the link/);
    assert.match(proofSentence({ ...UNKNOWN, sas: "012345" }), /^Not verified: no words were entered.*Compare them by voice or side by side, not in this chat\.$/);
    assert.match(proofSentence(UNKNOWN), /^Not verified: no words were entered.*Somebody could be in between/);
    assert.match(proofSentence({ ...UNKNOWN, sas: "012345", compared: "same" }), /^Compared:/);
    for (const facts of [{ verified: "words" }, { compared: "same" }]) {
        assert.match(proofSentence({ ...UNKNOWN, ...facts, isSecure: false }), /plain http/);
        assert.doesNotMatch(proofSentence({ ...UNKNOWN, ...facts }), /plain http/);
    }
});
