// The size of the part that is loaded where words or a link are asked for.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { gzipSync } from "node:zlib";
import { CLIENT } from "./support/verified/module.js";

/** About what the server makes of the modules: one file without imports. */
const text = readdirSync(join(CLIENT, "verified"))
    .map((name) => readFileSync(join(CLIENT, "verified", name), "utf8").replace(/^import .*\n/gm, "").replace(/^export /gm, ""))
    .join("\n");

test("it is as large as its page says", () => {
    const page = readFileSync(new URL("../../docs/verified-pairing.md", import.meta.url), "utf8");
    const [, plain, compressed] = /`\/client\/verified\.js`, (\d+) KB \((\d+) KB where a proxy compresses it\)/.exec(page);
    const bytes = Buffer.byteLength(text);
    assert.ok(Math.abs(bytes / 1_000 - plain) < 1, `${bytes} bytes`);
    assert.ok(Math.abs(gzipSync(text).length / 1_000 - compressed) < 1, `${gzipSync(text).length} bytes compressed`);
});
