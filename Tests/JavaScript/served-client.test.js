// The one file that the server makes of the client's modules does what they do.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import test from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as entry from "../../Web/client/signaling.js";
import { servedClient } from "./support/served-client.js";
import { skipWithoutServer as skip } from "./support/server.js";

const file = skip ? undefined : await servedClient();

test("it exports what the entry module does", { skip }, async () => {
    const served = await import(pathToFileURL(file).href);
    assert.deepEqual(Object.keys(served), Object.keys(entry));
    for (const name of Object.keys(entry)) {
        assert.equal(typeof served[name], typeof entry[name], name);
        // Where they differ, the server may have been built from other modules.
        if (typeof entry[name] === "function") assert.equal(String(served[name]), String(entry[name]), name);
        else assert.deepEqual(Object.keys(served[name]), Object.keys(entry[name]), name);
    }
});

test("it imports nothing", { skip }, () => {
    const text = readFileSync(file, "utf8");
    assert.doesNotMatch(text, /^\s*import\b/m);
    assert.doesNotMatch(text, /\bfrom "/);
    assert.equal(text.match(/^export\b/gm).length, 1);
});

// On fake sockets and connections, so in little time.
const SUITES = ["http", "link", "session", "session-mailbox"];

test(`it passes the tests of the modules: ${SUITES.join(", ")}`, { skip }, () => {
    const files = SUITES.map((name) => fileURLToPath(new URL(`${name}.test.js`, import.meta.url)));
    // Without the variable by which a run of tests knows that it is part of another one.
    const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
    const env = { ...inherited, NT_CLIENT_FILE: file };
    const command = ["--test", "--test-reporter=tap", ...files];
    const { status, stdout, stderr } = spawnSync(process.execPath, command, { env, encoding: "utf8", timeout: 120_000 });
    assert.equal(status, 0, stdout + stderr);
    const [, passed] = /^# pass (\d+)$/m.exec(stdout);
    assert.ok(Number(passed) > 100, `${passed} tests passed`);
});
