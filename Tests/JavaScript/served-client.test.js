// The files that the server makes of the client's modules do what the modules do.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { SCRIPTS, servedClient } from "./support/served-client.js";
import { skipWithoutServer as skip } from "./support/server.js";

const folder = skip ? undefined : await servedClient();
const entries = SCRIPTS.filter((name) => !name.endsWith("-worker.js"));

/** Of one served file to another: the folder of the modules is gone. */
const besides = (text) => String(text).replaceAll('"../', '"./');

for (const name of entries) {
    test(`${name} exports what the entry module does`, { skip }, async () => {
        const entry = await import(`../../Web/client/${name}`);
        const served = await import(pathToFileURL(join(folder, name)).href);
        assert.deepEqual(Object.keys(served), Object.keys(entry));
        for (const member of Object.keys(entry)) {
            assert.equal(typeof served[member], typeof entry[member], member);
            // Where they differ, the server may have been built from other modules.
            if (typeof entry[member] === "function") assert.equal(besides(served[member]), besides(entry[member]), member);
            else assert.deepEqual(Object.keys(served[member]), Object.keys(entry[member]), member);
        }
    });

    test(`${name} needs nothing but what is served beside it`, { skip }, () => {
        const text = readFileSync(join(folder, name), "utf8");
        const found = text.matchAll(/\b(?:from |import\()"([^"]+)"|new URL\("([^"]+)", import\.meta/g);
        const needed = [...found].map(([, path, url]) => path ?? url);
        assert.deepEqual(needed.filter((path) => !SCRIPTS.includes(path.replace(/^\.\//, ""))), []);
        assert.equal(text.match(/^export\b/gm).length, 1);
    });
}

test("the one that most programs need needs nothing", { skip }, () => {
    assert.doesNotMatch(readFileSync(join(folder, "signaling.js"), "utf8"), /^\s*import\b(?!\()|\bfrom "/m);
});

// On fake sockets, connections and channels, so in little time.
const SUITES = [
    "compared-pair", "files-open", "files-transfer", "http", "ice-servers", "link", "link-channels", "link-strangers", "pair-callbacks",
    "pair-patience", "pair-rejoining", "pair-rtc", "redeeming", "session", "session-mailbox", "verdict", "verified-pair",
];

test(`they pass the tests of the modules: ${SUITES.join(", ")}`, { skip }, () => {
    const files = SUITES.map((name) => fileURLToPath(new URL(`${name}.test.js`, import.meta.url)));
    // Without the variable by which a run of tests knows that it is part of another one.
    const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
    const env = { ...inherited, NT_CLIENT_FILE: join(folder, "signaling.js"), NT_FILES_FILE: join(folder, "files.js") };
    const command = ["--test", "--test-reporter=tap", ...files];
    const { status, stdout, stderr } = spawnSync(process.execPath, command, { env, encoding: "utf8", timeout: 300_000 });
    assert.equal(status, 0, stdout + stderr);
    const [, passed] = /^# pass (\d+)$/m.exec(stdout);
    assert.ok(Number(passed) > 150, `${passed} tests passed`);
});
