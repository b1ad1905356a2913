// Private storage: by a worker, else by the page, else memory; and files there that are opened again.

import assert from "node:assert/strict";
import test from "node:test";

import { installPrivateStorage, workers } from "./support/private-storage.js";
import { connectedPorts } from "./support/memory-channel.js";
import { bytesOf, fileOf, localHash, MIB } from "./support/sinks.js";

const saving = await import("../../Web/client/files/saving.js");
const { SaveDesk } = await import("../../Web/client/files/save-desk.js");
const { restOf, TransferMemory } = await import("../../Web/client/files/memory.js");
const { Transfers } = await import("./support/files.js");

async function savedBy(sink, ...parts) {
    for (const part of parts) await sink.write([Uint8Array.of(0), part]);
    const saved = await sink.close();
    const bytes = [...(await bytesOf(saved.blob))];
    return { saved, bytes };
}

test("a worker that does not start leaves it to the page, and that to memory", async (t) => {
    const { folder } = installPrivateStorage(t, { worker: false });
    const sink = await saving.openSink({ name: "a.txt", size: 4 });
    assert.equal(sink.entry, undefined, "what the page writes cannot be opened again");
    const { saved, bytes } = await savedBy(sink, Uint8Array.of(1), Uint8Array.of(2));
    assert.deepEqual(bytes, [0, 1, 0, 2]);
    assert.equal(folder.files.size, 1);
    saved.release();
    await null;
    assert.equal(folder.files.size, 0);
    assert.match(workers[0].url.pathname, /\/Web\/client\/save-worker\.js$/);
    assert.equal(workers[0].isTerminated, true);
});

test("without streams and without a worker it is memory, and nothing is left in private storage", async (t) => {
    const { folder } = installPrivateStorage(t, { worker: false, streams: false });
    const sink = await saving.openSink({ name: "a.txt", size: 4 });
    assert.equal(sink.held, 4);
    assert.equal(folder.files.size, 0);
});

test("a file that does not fit goes to memory", async (t) => {
    const { folder } = installPrivateStorage(t, { quota: 100 });
    assert.equal((await saving.openSink({ name: "a.txt", size: 100 })).held, 100);
    assert.equal(folder.files.size, 0);
});

test("a worker writes all of it, and a file that is given up is removed", async (t) => {
    const { folder } = installPrivateStorage(t);
    const sink = await saving.openSink({ name: "../a.txt", size: 4 });
    assert.ok(folder.files.has(sink.entry));
    const { saved, bytes } = await savedBy(sink, Uint8Array.of(1), Uint8Array.of(2));
    assert.deepEqual([bytes, saved.name], [[0, 1, 0, 2], "_a.txt"]);
    const other = await saving.openSink({ name: "b.txt", size: 4 });
    await other.write([Uint8Array.of(1)]);
    await other.abort();
    assert.deepEqual([...folder.files.keys()], [sink.entry]);
});

test("what was written is opened again, read, and gone on with; never more than the file has", async (t) => {
    const { folder } = installPrivateStorage(t);
    const sink = await saving.openSink({ name: "a.txt", size: 6 });
    await sink.write([Uint8Array.of(1, 2, 3)]);
    await assert.rejects(saving.openAgain(sink.entry, { name: "a.txt", size: 6 }), { name: "NoModificationAllowedError" });
    folder.files.get(sink.entry).isOpen = false; // the page is loaded anew
    const { sink: again, from } = await saving.openAgain(sink.entry, { name: "a.txt", size: 6 });
    assert.equal(from, 3);
    assert.deepEqual([...(await again.read(1, 2))], [2, 3]);
    await assert.rejects(again.read(2, 2));
    await again.write([Uint8Array.of(4, 5, 6)]);
    folder.files.get(sink.entry).isOpen = false;
    const short = await saving.openAgain(sink.entry, { name: "a.txt", size: 5 });
    assert.equal(short.from, 5);
    await assert.rejects(saving.openAgain("gone", { name: "a.txt", size: 5 }), { name: "NotFoundError" });
    assert.deepEqual([...folder.files.keys()], [sink.entry]);
});

test("a worker that is lost fails the file that it was writing, and the next one has another", async (t) => {
    installPrivateStorage(t);
    const first = await saving.openSink({ name: "a.txt", size: 6 });
    const { length } = workers;
    workers.at(-1).fails("lost");
    await assert.rejects(first.write([Uint8Array.of(1)]), /lost/);
    const next = await saving.openSink({ name: "b.txt", size: 6 });
    await next.write([Uint8Array.of(1)]);
    assert.equal(workers.length, length + 1);
});

test("after a reload of the receiver's page, a file in private storage goes on, and a second loss too", async (t) => {
    const { folder } = installPrivateStorage(t);
    const kept = new Map();
    const storage = { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => kept.set(name, value) };
    const ours = new TransferMemory();
    const file = fileOf(20 * MIB);
    const meet = () => {
        const link = connectedPorts();
        const memories = [ours, new TransferMemory({ storage })];
        const [a, b] = memories.map((memory, index) => new Transfers(link.ports[index], "AB"[index], { newHash: localHash, memory }));
        const got = [];
        b.addEventListener("added", ({ detail }) => got.push(detail));
        return { ...link, a, b, got };
    };
    const reload = async (link) => {
        for (const each of folder.files.values()) each.isOpen = false;
        link.channels[0].shut();
        await link.settle();
    };
    const first = meet();
    await first.settle();
    first.a.send(file);
    await first.until(() => first.got.length === 1);
    first.got[0].accept(await saving.openSink(first.got[0]));
    await first.until(() => first.got[0].moved > 5 * MIB);
    await reload(first);
    assert.equal(folder.files.size, 1);
    const second = meet();
    await second.until(() => second.got[0]?.moved > 10 * MIB);
    const { resumedFrom } = second.got[0];
    assert.ok(resumedFrom > 5 * MIB);
    await reload(second);
    const third = meet();
    await third.until(() => third.got[0]?.isOver);
    assert.equal(third.got[0].state, "done");
    assert.ok(third.got[0].resumedFrom > 10 * MIB);
    assert.deepEqual(await bytesOf(third.got[0].saved.blob), await bytesOf(file));
    assert.deepEqual(JSON.parse(kept.get("nt-files")).records, []);
});

test("what is left in private storage is removed after an hour, or a day if nobody knows of it", async (t) => {
    const { folder } = installPrivateStorage(t);
    const kept = new Map();
    const storage = { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => kept.set(name, value) };
    let time = 0;
    const memory = new TransferMemory({ storage, now: () => time });
    for (const entry of ["known", "unknown", "old"]) await folder.getFileHandle(entry, { create: true });
    memory.meet("key");
    memory.keep("key", { about: { name: "x", size: 1 }, entry: "known" });
    time = 60 * 60 * 1000;
    new TransferMemory({ storage, now: () => time });
    await new Promise((resolve) => setTimeout(resolve));
    assert.deepEqual([...folder.files.keys()], ["unknown", "old"]);
    folder.files.get("old").lastModified = Date.now() - 25 * 60 * 60 * 1000;
    await saving.removeStaleFiles();
    assert.deepEqual([...folder.files.keys()], ["unknown"]);
});

test("storage that holds something else, or nothing that can be read, is as good as none", () => {
    for (const value of ["{", "null", "[]", '{"keys":7,"records":{}}']) {
        const memory = new TransferMemory({ storage: { getItem: () => value, setItem: () => { throw new Error("full"); } } });
        memory.meet("key");
        assert.deepEqual(memory.keys(), ["key"], value);
    }
});

test("a browser that cannot tell how much fits uses its private storage all the same", async (t) => {
    installPrivateStorage(t);
    for (const estimate of [undefined, async () => ({})]) {
        navigator.storage.estimate = estimate;
        const sink = await saving.openSink({ name: "a.txt", size: 4 });
        assert.notEqual(sink.entry, undefined);
        await sink.abort();
    }
});

test("a handle that fails is closed all the same", async (t) => {
    const { folder } = installPrivateStorage(t);
    const desk = new SaveDesk();
    const ask = (act) => desk.answer({ question: 1, act, number: 1, entry: "a", isNew: true });
    await ask("open");
    const file = folder.files.get("a");
    const open = file.open.bind(file);
    await ask("close");
    file.open = () => Object.assign(open(), { flush: () => { throw new Error("no room"); } });
    await ask("open");
    assert.equal((await ask("close")).error.message, "no room");
    assert.equal(file.isOpen, false);
    file.open = () => Object.assign(open(), { getSize: () => { throw new Error("lost"); } });
    assert.equal((await ask("open")).error.message, "lost");
    assert.equal(file.isOpen, false);
});

test("a browser that does not list its private storage leaves what is there", async (t) => {
    const { folder } = installPrivateStorage(t);
    folder.entries = undefined;
    await saving.removeStaleFiles();
});

test("a beginning that another page still holds is tried once more; one that is gone is not", async (t) => {
    const { folder } = installPrivateStorage(t);
    const sink = await saving.openSink({ name: "a.txt", size: 4 });
    await sink.write([Uint8Array.of(1, 2)]);
    const record = { entry: sink.entry, about: { name: "a.txt", size: 4 } };
    const rest = restOf(record);
    setTimeout(() => { folder.files.get(sink.entry).isOpen = false; }, 100);
    assert.equal((await rest).from, 2);
    const gone = { ...record, entry: "gone" };
    assert.deepEqual([await restOf(gone), gone.isGone], [null, true]);
});
