// Addresses in what people write to each other.

import assert from "node:assert/strict";
import test from "node:test";

import { linkPieces } from "../../Web/demo/links.js";

const link = (href, shown = href) => ({ href, shown });

test("addresses become links, and what stands around them stays text", () => {
    assert.deepEqual(linkPieces("see https://example.org/a?b=c#d, and\nhttp://127.0.0.1:8080/ (or https://e.org/x_(y))."), [
        "see ", link("https://example.org/a?b=c#d"), ", and\n", link("http://127.0.0.1:8080/"), " (or ", link("https://e.org/x_(y)"), ").",
    ]);
    assert.deepEqual(linkPieces("HTTPS://Example.org"), [link("https://example.org/", "HTTPS://Example.org")]);
    assert.deepEqual(linkPieces("no address"), ["no address"]);
    assert.deepEqual(linkPieces(""), []);
});

test("nothing but http and https is a link", () => {
    for (const text of ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "www.example.org", "ftp://example.org", "https://"]) {
        assert.deepEqual(linkPieces(text), [text]);
    }
});

test("the host that is shown is the one that the link leads to", () => {
    assert.deepEqual(linkPieces("https://bank.example@evil.example/"), ["https://bank.example@evil.example/"], "a name, and no host");
    assert.deepEqual(linkPieces("https://bаnk.example/"), [link("https://xn--bnk-6cd.example/")], "a Cyrillic letter");
    assert.deepEqual(linkPieces("https://evil.example\\.bank.example"), [link("https://evil.example/.bank.example")]);
    assert.deepEqual(linkPieces("https://0x7f.1/x"), [link("https://127.0.0.1/x")]);
});

test("of many brackets those stay that were opened", () => {
    assert.deepEqual(linkPieces(`https://e.org/${")".repeat(4000)}`), [link("https://e.org/"), ")".repeat(4000)]);
    assert.deepEqual(linkPieces("https://e.org/(a)).)"), [link("https://e.org/(a)"), ").)"]);
});
