// The words of phrases keep their rules, and the rules find what breaks them.

import assert from "node:assert/strict";
import test from "node:test";
import { words } from "../../Web/client/verified.js";
import { WORD_COUNT, faultsOf, soundOf } from "./support/verified/word-rules.js";

test("the words keep all rules", () => {
    assert.deepEqual(faultsOf(words), []);
    assert.deepEqual(words, [...words].sort(), "in the order of the alphabet");
});

const BREAKING = [
    ["too few", words.slice(1), /^1023 words$/],
    ["too many", [...words, "zzzzzzzzz"], /^1025 words$/],
    ["too short", with1("owl"), /^owl is not 4 to 9 letters/],
    ["too long", with1("mozzarella"), /^mozzarella is not 4 to 9 letters/],
    ["another alphabet", with1("jalapeño"), /^jalapeño is not 4 to 9 letters/],
    ["twice the same", with1(words[500]), / are the same$/],
    ["the same beginning", with1(`${words[500].slice(0, 4)}qqq`), / begin with the same 4 letters$/],
    ["the same sound", with1("aggorn"), /^(acorn|aggorn) and (acorn|aggorn) sound alike$/],
    ["an edit distance of 2", with1(`qq${words[500].slice(2)}`), / differ in fewer than 3 letters$/],
    ["one letter less", with1(words[500].slice(1)), / differ in fewer than 3 letters$/],
    ["offensive within", with1("qqshitqq"), /^qqshitqq is not for everybody$/],
    ["offensive in front", with1("nudeqqqq"), /^nudeqqqq is not for everybody$/],
    ["offensive alone", with1("horn"), /^horn is not for everybody$/],
    ["offensive beside another", [...words.slice(2), "rusty", "trombone"], /^rusty trombone is not for everybody$/],
    ["offensive in one breath", [...words.slice(2), "hit", "ler"], /^hit ler is not for everybody$/],
];

/** The list with its first word replaced. */
function with1(word) {
    return [word, ...words.slice(1)];
}

for (const [name, list, fault] of BREAKING) {
    test(`a list that breaks a rule is found: ${name}`, () => {
        assert.ok(faultsOf(list).some((text) => fault.test(text)), faultsOf(list).join(", "));
    });
}

test("words that sound alike have the same sound, and others have not", () => {
    const alike = [
        ["knight", "night"], ["flour", "flower"], ["wrap", "rap"], ["phase", "face"], ["ghost", "coast"], ["cymbal", "symbol"], ["wedge", "wetch"],
    ];
    for (const [one, other] of alike) {
        assert.equal(soundOf(one), soundOf(other), `${one} ${other}`);
    }
    const unlike = [["acorn", "corn"], ["almond", "lemon"], ["mango", "tango"], ["crossword", "clockwork"]];
    for (const [one, other] of unlike) assert.notEqual(soundOf(one), soundOf(other));
    assert.equal(new Set(words.map(soundOf)).size, WORD_COUNT);
});
