// What stands behind the # leaves the address bar before anything else of the page is there.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

const DEMO = new URL("../../Web/demo/", import.meta.url);

test("the first script of the page takes it out of the address bar, and waits for no other", async () => {
    const page = await readFile(new URL("index.html", DEMO), "utf8");
    const [first] = [...page.matchAll(/<script[^>]*src="\.\/demo\/([^"]+)"/g)].map(([, name]) => name);
    assert.equal(first, "fragment.js");
    assert.doesNotMatch(await readFile(new URL(first, DEMO), "utf8"), /^import\b|\bimport\(/m);
});

test("it is taken once, when the script runs, and again when another one comes", async () => {
    const shown = [];
    globalThis.location = { hash: "#2802.q83vEjRWeJCrze8SNFZ4kA", pathname: "/", search: "?a=b" };
    globalThis.history = {
        replaceState(state, title, url) {
            shown.push([state, url]);
            location.hash = "";
        },
    };
    const { takeFragment } = await import("../../Web/demo/fragment.js");
    assert.deepEqual(shown, [[null, "/?a=b"]]);
    assert.deepEqual([takeFragment(), takeFragment()], ["#2802.q83vEjRWeJCrze8SNFZ4kA", ""]);
    location.hash = "#2803-crossword";
    assert.deepEqual([takeFragment(), location.hash, takeFragment()], ["#2803-crossword", "", ""]);
    assert.equal(shown.length, 2);
});
