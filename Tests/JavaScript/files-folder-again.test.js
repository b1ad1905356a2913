// A folder that was cut goes on in its place, without a file twice, and never in another one.

import assert from "node:assert/strict";
import test from "node:test";

import { TransferMemory } from "../../Web/client/files/memory.js";
import { Transfers } from "./support/files.js";
import { connectedPorts } from "./support/memory-channel.js";
import { bytesOf, fileOf, localHash, MIB, TestSink } from "./support/sinks.js";

function meet(memories) {
    const network = connectedPorts();
    const [a, b] = network.ports.map((port, index) => new Transfers(port, "AB"[index], { newHash: localHash, memory: memories[index] }));
    const cut = async () => {
        network.channels.forEach((channel) => channel.shut());
        await network.settle();
    };
    return { ...network, a, b, cut };
}

function storage() {
    const items = new Map();
    return { getItem: (name) => items.get(name) ?? null, setItem: (name, value) => items.set(name, value) };
}

class CountingPlace {
    sinks = [];
    isAborted = false;

    async sink({ name }) {
        const sink = Object.assign(new TestSink(), { name });
        this.sinks.push(sink);
        return sink;
    }

    async close() { return { savedAs: "photos" }; }

    abort() { this.isAborted = true; }
}

const photos = (count) => Array.from({ length: count }, (_, index) => ({ file: fileOf(MIB + index, `${index}.png`), path: "photos" }));

async function cutAfter(ends, entries, done) {
    await ends.settle();
    const before = ends.b.folders.length;
    const out = ends.a.sendFolder("photos", entries);
    await ends.until(() => ends.b.folders.length > before);
    const place = new CountingPlace();
    ends.b.folders.at(-1).accept(place);
    await ends.until(() => out.done >= done && ends.b.folders.at(-1).open.some(({ moved }) => moved > 0));
    return place;
}

test("after the sender's reload, what is in the place is compared and not written again", async () => {
    const kept = storage();
    const theirs = new TransferMemory();
    const entries = photos(20);
    const first = meet([new TransferMemory({ storage: kept }), theirs]);
    const place = await cutAfter(first, entries, 5);
    await first.cut();
    const second = meet([new TransferMemory({ storage: kept }), theirs]);
    await second.settle();
    const out = second.a.sendFolder("photos", entries);
    await second.until(() => out.isOver && second.b.folders[0]?.isOver);
    assert.deepEqual([out.state, second.b.folders[0].state, second.b.folders[0].done], ["done", "done", 20]);
    assert.deepEqual(place.sinks.map(({ name }) => name).sort(), entries.map(({ file }) => file.name).sort(), "each of them once");
    for (const { file } of entries) assert.deepEqual(await place.sinks.find(({ name }) => name === file.name).bytes(), await bytesOf(file));
});

test("beginnings of a folder whose place is given up are not accepted, and it can be accepted anew", async () => {
    const memories = [new TransferMemory(), new TransferMemory()];
    const first = meet(memories);
    const old = await cutAfter(first, photos(20), 5);
    await first.cut();
    first.b.remove(first.b.folders[0]);
    assert.deepEqual([old.isAborted, first.b.all], [true, []]);
    const second = meet(memories);
    await second.until(() => second.b.folders[0]?.open.length > 0);
    await second.settle();
    assert.equal(second.b.folders[0].state, "offered");
    assert.ok(old.sinks.every(({ isClosed, isAborted }) => isClosed || isAborted));
    const place = new CountingPlace();
    second.b.folders[0].accept(place);
    await second.until(() => second.b.folders[0].isOver);
    assert.equal(second.b.folders[0].state, "done");
    assert.ok(place.sinks.every(({ isClosed }) => isClosed));
});

test("of two folders of one name, each goes on in its own place", async () => {
    const memories = [new TransferMemory(), new TransferMemory()];
    const first = meet(memories);
    await first.settle();
    for (const count of [6, 10]) first.a.sendFolder("photos", photos(count));
    await first.until(() => first.b.folders.length === 2);
    const places = first.b.folders.map((folder) => {
        const place = new CountingPlace();
        folder.accept(place);
        return place;
    });
    await first.until(() => first.b.folders[0].done > 0);
    await first.cut();
    const second = meet(memories);
    await second.until(() => second.b.folders.length === 2 && second.b.folders.every(({ isOver }) => isOver));
    assert.deepEqual(second.b.folders.map(({ state }) => state), ["done", "done"]);
    assert.deepEqual(places.map(({ isAborted }) => isAborted), [false, false]);
});

test("a folder that is cut twice, at once, still has the beginnings of its files", async () => {
    const memories = [new TransferMemory(), new TransferMemory()];
    const entries = photos(20);
    const first = meet(memories);
    const place = await cutAfter(first, entries, 5);
    await first.cut();
    const second = meet(memories);
    await second.until(() => second.b.all.length > 0);
    await second.cut();
    const third = meet(memories);
    await third.until(() => third.b.folders[0]?.isOver);
    assert.equal(third.b.folders[0].state, "done");
    const kept = place.sinks.filter(({ isAborted }) => !isAborted);
    assert.deepEqual(kept.map(({ name }) => name).sort(), entries.map(({ file }) => file.name).sort());
});
