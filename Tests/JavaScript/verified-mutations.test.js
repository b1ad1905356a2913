// The tests of verified pairing bite: whichever check is taken out, one of them fails.

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import { checks } from "./support/verified/checks.js";
import { CLIENT, loadVerified } from "./support/verified/module.js";
import { mutations } from "./support/verified/mutations.js";

const folder = mkdtempSync(join(tmpdir(), "nt-verified-"));
after(() => rmSync(folder, { recursive: true }));
// Node takes the copies for modules.
writeFileSync(join(folder, "package.json"), '{ "type": "module" }');

/** The first check that a module fails, of some and then of all; undefined if it passes all. */
function failureOf(m, first = []) {
    return [...first, ...checks].find(([, check]) => {
        try {
            check(m);
            return false;
        } catch {
            return true;
        }
    })?.[0];
}

async function mutant(name, file, change) {
    const copy = join(folder, name);
    cpSync(CLIENT, copy, { recursive: true });
    const path = join(copy, file);
    writeFileSync(path, change(readFileSync(path, "utf8")));
    return loadVerified(copy);
}

test("without a fault, a copy passes all checks", async () => {
    assert.equal(failureOf(await mutant("none", "verified.js", (source) => source)), undefined);
});

test("there are enough faults, and none of them twice", () => {
    assert.ok(mutations.length > 120, `${mutations.length} faults`);
    assert.equal(new Set(mutations.map(({ file, text, instead }) => `${file} ${text} ${instead}`)).size, mutations.length);
});

for (const [index, { file, text, instead, first }] of mutations.entries()) {
    test(`${file}: ${text.split("\n")[0]} → ${instead.split("\n")[0] || "nothing"}`, async (t) => {
        const m = await mutant(String(index), file, (source) => {
            assert.equal(source.split(text).length, 2, "the text to replace stands there once");
            return source.replace(text, () => instead);
        });
        const failure = failureOf(m, first);
        assert.notEqual(failure, undefined, "no check has failed");
        t.diagnostic(`caught by: ${failure}`);
    });
}
