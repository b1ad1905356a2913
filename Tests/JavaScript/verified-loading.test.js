// verified.js is a file of its own, and may be missing or late. Each test has a copy of the client, with that file changed.

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { FakePeerConnection } from "./support/fake-peer-connection.js";
import { answerRequests, turns } from "./support/sessions.js";

const CLIENT = fileURLToPath(new URL("../../Web/client/", import.meta.url));
/** A module that never finishes loading. */
const LATE = "await new Promise(() => {});";

async function client(t, verified) {
    const folder = mkdtempSync(join(tmpdir(), "nt-client-"));
    t.after(() => rmSync(folder, { recursive: true }));
    cpSync(CLIENT, folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    writeFileSync(join(folder, "verified.js"), verified);
    const asked = answerRequests(t, {});
    FakePeerConnection.install(t);
    return { ...(await import(pathToFileURL(join(folder, "signaling.js")).href)), asked };
}

const CALLS = {
    "side A": ({ pair }, signal) => pair({ base: "http://server.test", words: 2, signal }),
    "side B": ({ pair }, signal) => pair({ base: "http://server.test", code: "2802-crossword", signal }),
    parseCode: ({ parseCode }, signal) => parseCode("2802-crossword", { signal }),
};

for (const [who, call] of Object.entries(CALLS)) {
    test(`it is waited for like an answer of the server, and no longer than the signal says: ${who}`, async (t) => {
        const { asked, ...late } = await client(t, LATE);
        t.mock.timers.enable({ apis: ["setTimeout"] });
        let outcome;
        call(late).catch((error) => { outcome = error; });
        await turns();
        t.mock.timers.tick(14_999);
        await turns();
        assert.equal(outcome, undefined);
        t.mock.timers.tick(1);
        await turns();
        assert.equal(outcome?.code, "server_unreachable");
        const attempt = new AbortController();
        call(late, attempt.signal).catch((error) => { outcome = error; });
        await turns();
        attempt.abort();
        await turns();
        assert.equal(outcome.name, "AbortError");
        assert.deepEqual(asked, []);
    });
}

test("where it cannot be loaded, the error says what helps", async (t) => {
    const { parseCode } = await client(t, 'throw new Error("not found");');
    await assert.rejects(parseCode("2802-crossword"), { code: "server_unreachable", message: /reload.*not found/ });
});
