import assert from "node:assert/strict";
import test from "node:test";

import { safeName } from "../../Web/client/files/names.js";
import { MEMORY_LIMIT, memorySink, NoSpaceError, streamSink } from "../../Web/client/files/saving.js";

test("a name from the other side cannot leave its folder, hide, or pretend to end otherwise", () => {
    const names = ["../../etc/passwd", "a\u202egnp.exe", ".bashrc", "  ", "", "C:\\x", "line\nbreak", "Größe (1).pdf"].map(safeName);
    assert.deepEqual(names, ["_.._etc_passwd", "agnp.exe", "bashrc", "file", "file", "C__x", "line_break", "Größe (1).pdf"]);
});

test("memory takes files up to its limit and says what to do about larger ones", async () => {
    assert.throws(() => memorySink("large", MEMORY_LIMIT + 1), NoSpaceError);
    const sink = memorySink("small", MEMORY_LIMIT);
    const part = new Uint8Array(3 * 1024 * 1024).fill(7);
    for (let round = 0; round < 4; round += 1) await sink.write([part, Uint8Array.of(round)]);
    const { url, name, release } = await sink.close();
    const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
    release();
    assert.equal(name, "small");
    assert.equal(bytes.length, 4 * (part.length + 1));
    assert.deepEqual([0, 1, 2, 3].map((round) => bytes[(round + 1) * (part.length + 1) - 1]), [0, 1, 2, 3]);
    await assert.rejects(fetch(url));
});
