// What people pass on, and what they type.

import assert from "node:assert/strict";
import { seeded, vectors } from "./module.js";

const { list, cases } = vectors.codes;
const SECRET = "q83vEjRWeJCrze8SNFZ4kA";
const PHRASE = { code: "2802", by: "words", secret: "crossword-clockwork" };

function errorOf(m, text, words = list) {
    try {
        return assert.fail(`taken: ${JSON.stringify(m.parseCode(text, words))}`);
    } catch (error) {
        if (error.code === "ERR_ASSERTION") throw error;
        assert.ok(error instanceof m.CodeError);
        return error;
    }
}

export const codeChecks = [
    ["codes are read as in the vectors", (m) => {
        assert.ok(cases.length > 10);
        for (const { text, gives, error } of cases) {
            if (gives) assert.deepEqual(m.parseCode(text, list), gives, text);
            else assert.equal(errorOf(m, text).code, error, text);
        }
    }],
    ["phrases are read however they are typed", (m) => {
        const texts = [
            "2802 crossword clockwork", "2802\u2014crossword\u2013clockwork", "2802\u2011Crossword\u2010Clockwork", "2802\u2212crossword\ufe63clockwork",
            "2802,crossword;clockwork", "2802/crossword:clockwork.", "2802+crossword_clockwork", "2-8-0-2 crossword clockwork",
            "\u00a02802\tCROSSWORD\nclockwork ", "２８０２－ｃｒｏｓｓｗｏｒｄ－ｃｌｏｃｋｗｏｒｋ", "2802-cross\u00adword-clock\u200bwork",
            "#2802-crossword-clockwork", "https://example.org/#2802-crossword-clockwork",
            "2802crossword-clockwork", "2802-cros-cloc", "\u202a2802-crossword-clockwork\u202c",
        ];
        for (const text of texts) assert.deepEqual(m.parseCode(text, list), PHRASE, text);
    }],
    ["digits are read however they are typed", (m) => {
        for (const text of ["2802", "28 02", " 2802 ", "28-02", "２８０２", "#2802", "2802-"]) assert.deepEqual(m.parseCode(text, list), { code: "2802" }, text);
        assert.deepEqual(m.parseCode("0000 0012", list), { code: "00000012" });
    }],
    ["links are read with their secret as it is", (m) => {
        const link = { code: "2802", by: "link", secret: SECRET };
        for (const text of [`2802.${SECRET}`, `#2802.${SECRET}`, ` 2802.${SECRET}\n`, `https://example.org/demo/?a=b#2802.${SECRET}`]) {
            assert.deepEqual(m.parseCode(text, list), link, text);
        }
    }],
    ["digits, a dot and anything else are malformed, and never bare digits", (m) => {
        const texts = [
            "2802.", "2802. ", "2802 .", "2802.crossword.clockwork", `2802.${SECRET}A`, `2802.${SECRET} crossword`, `2802. ${SECRET}`,
            `2802.${SECRET.slice(0, -1)}B`, `2802.${SECRET.slice(0, -1)}=`, `28 02.${SECRET}`, `28.02`, `123.${SECRET}`, `123456789.${SECRET}`, "2802...", "2802.crossword-clockwork",
        ];
        for (const text of texts) assert.equal(errorOf(m, text).code, "code_malformed", text);
    }],
    ["what has no digits, too many or too few is malformed", (m) => {
        const texts = [
            "", " ", "crossword", "280", "280-crossword", "123456789", "crossword-2802", "https://example.org/", undefined, null, 2802, {},
            "2".repeat(2_000),
        ];
        for (const text of texts) assert.equal(errorOf(m, text).code, "code_malformed", String(text).slice(0, 20));
        assert.equal(errorOf(m, `2802 ${"a".repeat(1_000)}`).code, "code_malformed");
    }],
    ["a piece that is no word is named, with near words that are not taken", (m) => {
        assert.equal(errorOf(m, "2802-clockwork-12").word, "12");
        const typed = [["crossward", ["crossword"]], ["klockwork", ["clockwork"]], ["mangoo", ["mango"]], ["xxxxxxxxxxxxxxxxxxxxxx", []]];
        for (const [word, near] of typed) {
            const error = errorOf(m, `2802-${word}-clockwork`);
            assert.deepEqual([error.code, error.word], ["words_unknown", word]);
            assert.deepEqual(error.suggestions.slice(0, 1), near, word);
        }
    }],
    ["a beginning stands for a word if it is long enough and no other's", (m) => {
        const words = ["alpha", "alpine", "beta"];
        assert.equal(m.parseCode("2802 alph alpi bet", words).secret, "alpha-alpine-beta");
        for (const [text, near] of [["alp", ["alpha", "alpine"]], ["be", ["beta"]], ["betas", ["beta"]]]) {
            const error = errorOf(m, `2802 ${text}`, words);
            assert.deepEqual([error.code, error.suggestions], ["words_unknown", near], text);
        }
        assert.equal(m.parseCode("2802 air", ["air", "airport"]).secret, "air");
    }],
    ["at most four words are suggested, the nearest first", (m) => {
        const words = ["bat", "cat", "cart", "carts", "hat", "rat", "car"];
        const { suggestions } = errorOf(m, "2802 catr", words);
        assert.equal(suggestions.length, 4);
        assert.equal(suggestions[0], "cat");
    }],
    ["no message of an error holds what was typed", (m) => {
        for (const text of ["2802-crossward", `2802.${SECRET}A`, `2802 ${SECRET}`]) {
            assert.doesNotMatch(errorOf(m, text).message, /crossward|q83v/i);
        }
    }],
    ["words are drawn by ten bits each, links by 16 bytes, and both anew", (m) => {
        const asked = [];
        const random = (count) => asked.push(count) && new Uint8Array(count).fill(0xff);
        assert.deepEqual(m.drawSecrets({ words: 2, link: true }, random), [
            { by: "words", secret: `${m.words[1023]}-${m.words[1023]}` }, { by: "link", secret: `${"_".repeat(21)}w` },
        ]);
        assert.deepEqual(asked, [2, 2, 16]);
        assert.deepEqual(m.drawSecrets({}), []);
        for (const words of [1, 2, 3, 4]) assert.equal(m.drawSecrets({ words })[0].secret.split("-").length, words);
        for (const words of [-1, 5, 1.5, "2", null]) assert.throws(() => m.drawSecrets({ words }), TypeError);
        const [one, other] = [m.drawSecrets({ words: 4, link: true }), m.drawSecrets({ words: 4, link: true })];
        assert.notDeepEqual(one, other);
        assert.notEqual(one[1].secret, other[1].secret);
    }],
    ["every word can be drawn, and none more often than others", (m) => {
        const drawn = new Map();
        for (let number = 0; number < 65_536; number += 1) {
            const [{ secret }] = m.drawSecrets({ words: 1 }, () => Uint8Array.of(number >> 8, number & 0xff));
            drawn.set(secret, (drawn.get(secret) ?? 0) + 1);
        }
        assert.deepEqual([drawn.size, ...new Set(drawn.values())], [1024, 64]);
    }],
    ["what is shown is read again as it was drawn", (m) => {
        const random = seeded(9);
        for (let round = 0; round < 50; round += 1) {
            const secrets = m.drawSecrets({ words: 1 + (round % 4), link: true }, random);
            const { phrase, fragment } = m.formatCode("0815", secrets);
            assert.match(phrase, /^0815(-[a-z]{4,9}){1,4}$/);
            assert.match(fragment, /^0815\.[\w-]{22}$/);
            assert.deepEqual(m.parseCode(phrase), { code: "0815", ...secrets[0] });
            assert.deepEqual(m.parseCode(fragment), { code: "0815", ...secrets[1] });
            assert.deepEqual(m.formatCode("0815", secrets.slice(0, 1)), { phrase });
            assert.deepEqual(m.formatCode("0815", secrets.slice(1)), { fragment });
        }
        assert.deepEqual(m.formatCode("0815", []), {});
    }],
];
