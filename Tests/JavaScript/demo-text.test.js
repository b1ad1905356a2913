// The words of the page: every language has all of them, and the page has no others.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";

import { formatDuration } from "../../Web/demo/format.js";
import { chooseLanguage, languageFor, text, textIfAny } from "../../Web/demo/text.js";

const PAGE = new URL("../../Web/demo/", import.meta.url);
const names = readdirSync(PAGE);
const languages = names.map((name) => /^words-(\w+)\.js$/.exec(name)?.[1]).filter(Boolean);
const catalogues = new Map();
for (const language of languages) catalogues.set(language, (await import(new URL(`words-${language}.js`, PAGE))).words);
const english = catalogues.get("en");
const keys = Object.keys(english);

const read = (name) => readFileSync(new URL(name, PAGE), "utf8");
const markup = read("index.html");
const withoutComments = (source) => source.replace(/^\s*(\/\/|\/?\*).*$/gm, "");
const modules = names.filter((name) => name.endsWith(".js") && !name.startsWith("words-"));
const scripts = modules.map((name) => withoutComments(read(name))).join("\n");

/** A key, or one that is put together, as a pattern: `stage.${stage}`. */
const named = (literal) => new RegExp(`^${literal.split(/\$\{[^}]*\}/).map((piece) => piece.replaceAll(".", "\\.")).join("[^.]+")}$`);

/** What looks like a key: words with dots between, of a group that there is. */
const groups = new Set(keys.map((key) => key.split(".")[0]));
const LITERAL = /"([a-z]\w*(?:\.\w+)+)"|`([a-z]\w*(?:\.(?:\w+|\$\{[^}]*\}))+)`/gi;
const literals = [...scripts.matchAll(LITERAL)].map(([, plain, made]) => plain ?? made);
const inScripts = literals.filter((literal) => groups.has(literal.split(".")[0]) && !literal.endsWith(".js"));
const inMarkup = [...markup.matchAll(/data-text(?:-\w+)?="([^"]*)"/g)].map(([, key]) => key);
const used = [...new Set([...inScripts, ...inMarkup])];

const formsOf = (entry) => (typeof entry === "string" ? { other: entry } : entry);
/** A device may be named in another form, as the sentence of a language needs it. */
const slotsOf = (form) => [...form.matchAll(/\{(\w+)\}/g)].map(([, name]) => (["of", "on"].includes(name) ? "who" : name)).sort();

test("every key that is used has words, and every one is used", () => {
    for (const literal of used) assert.ok(keys.some((key) => named(literal).test(key)), `no text for ${literal}`);
    for (const key of keys) assert.ok(used.some((literal) => named(literal).test(key)), `${key} is used nowhere`);
});

test("the markup has no words of its own", () => {
    const body = markup.slice(markup.indexOf("<body>")).replace(/<noscript>.*?<\/noscript>/s, "").replace(/<code.*?<\/code>/gs, "");
    const words = body.replace(/<[^>]*>/g, " ").trim();
    assert.equal(words, "nt-backend-wrtc");
    assert.doesNotMatch(body, / (aria-label|alt|title)="[^"]+"/);
});

test("the styles know a start and an end, and no left and right", () => {
    const side = "(margin|padding|border|inset|scroll-\\w+)-(left|right)[\\w-]*|border-(top|bottom)-(left|right)-radius";
    const sided = new RegExp(`(^|[;{\\s])(left|right|${side})\\s*:|:\\s*(left|right)\\s*[;}]`, "m");
    for (const name of names.filter((name) => name.endsWith(".css"))) assert.doesNotMatch(read(name), sided, name);
});

for (const [language, words] of catalogues) {
    test(`${language} has all texts, with the same slots`, () => {
        assert.deepEqual(Object.keys(words).sort(), [...keys].sort());
        const categories = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
        for (const key of keys) {
            const forms = formsOf(words[key]);
            if (typeof english[key] === "string") assert.equal(typeof words[key], "string", key);
            else assert.deepEqual(Object.keys(forms).sort(), [...categories].sort(), `${key}: a form for each plural`);
            // "The file" has no number in it, "3 files" has.
            const needed = (form) => slotsOf(form).filter((slot) => typeof english[key] === "string" || slot !== "count");
            for (const form of Object.values(forms)) {
                assert.ok(form.trim() !== "" && form.trim() === form, `${key} is empty, or has spaces around it`);
                assert.deepEqual(needed(form), needed(formsOf(english[key]).other), key);
                assert.doesNotMatch(form, /[<>]/, key);
            }
        }
    });
}

test("the language is the first of a person's that there is", () => {
    assert.deepEqual(languageFor(["fr", "de-CH", "en"]), { language: "de", locale: "de-CH" });
    assert.deepEqual(languageFor(["EN-gb", "de"]), { language: "en", locale: "en-GB" });
    assert.deepEqual(languageFor(["C", "", "x y", "tlh", "constructor"]), { language: "en", locale: "en" });
    assert.deepEqual(languageFor([]), { language: "en", locale: "en" });
});

test("values stand in slots as they are, numbers as the language writes them", () => {
    assert.equal(text("code.word.unknown", { word: "{reason} $& <b>" }), "“{reason} $& <b>” is none of the words.");
    assert.equal(text("code.word.unknown"), "“{word}” is none of the words.");
    assert.match(text("files.tooMany", { count: 1 }), /1 waits/);
    assert.match(text("files.tooMany", { count: 1000 }), /1,000 wait/);
    assert.throws(() => text("no.such.key"));
    assert.throws(() => text("constructor"));
    assert.equal(textIfAny("no.such.key"), undefined);
});

test("a person's language is used, and English where it is not to be had", async () => {
    await chooseLanguage(["de-AT"]);
    assert.match(text("files.tooMany", { count: 10_000 }), /10\D000 /);
    assert.equal(text("button.cancel"), catalogues.get("de")["button.cancel"]);
    await chooseLanguage(["fr"]);
    assert.equal(text("button.cancel"), english["button.cancel"]);
});

for (const [language, words] of catalogues) {
    test(`no sentence ends with two dots, although a time may end with one: ${language}`, async () => {
        await chooseLanguage([language]);
        const timed = keys.filter((key) => Object.values(formsOf(words[key])).some((form) => form.includes("{time}")));
        assert.ok(timed.length > 0);
        for (const key of timed) {
            for (const time of [5_000, 180_000, 7_200_000].map(formatDuration)) assert.doesNotMatch(text(key, { time, count: 2 }), /\.\./, key);
        }
        await chooseLanguage(["en"]);
    });
}
