// What was cut goes on, and only with the one it was meant for.

import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import test from "node:test";

import { hmacHex } from "../../Web/client/files/hmac.js";
import { LIFETIME_MS, TransferMemory } from "../../Web/client/files/memory.js";
import { Transfers } from "./support/files.js";
import { connectedPorts } from "./support/memory-channel.js";
import { bytesOf, fileOf, localHash, MIB, TestSink } from "./support/sinks.js";

/** A device: a page that is loaded once, whatever channels it has one after the other. */
class Device {
    time = 0;
    kept = new Map();

    constructor() {
        this.load();
    }

    /** ... or once more: what is in its memory is gone then, but for its storage. */
    load() {
        const storage = { getItem: (name) => this.kept.get(name) ?? null, setItem: (name, value) => this.kept.set(name, value) };
        this.memory = new TransferMemory({ storage, now: () => this.time });
    }
}

/** The two over a channel, and what each has been offered. `prints` are the certificates that each sees. */
function meet(a, b, prints = [["1", "2"], ["2", "1"]]) {
    const network = connectedPorts();
    const description = (print) => ({ sdp: `a=fingerprint:sha-256 ${Array(32).fill(`0${print}`).join(":")}\r\n` });
    const ends = [a, b].map(({ memory }, index) => {
        const [localDescription, remoteDescription] = prints[index].map(description);
        const transfers = new Transfers(network.ports[index], "AB"[index], {
            newHash: localHash, memory, peerConnection: { localDescription, remoteDescription },
        });
        const added = [];
        transfers.addEventListener("added", ({ detail }) => added.push(detail));
        return { transfers, added };
    });
    const said = ends.map(() => []);
    network.ports.forEach((port, index) => port.addEventListener("control", ({ detail }) => said[index].push(detail)));
    return { ...network, a: ends[0], b: ends[1], said };
}

function cut({ channels }) {
    for (const channel of channels) channel.shut();
}

/** A file of which a part has arrived when the channel closes. */
async function cutInTheMiddle(link, file, sink = new TestSink()) {
    await link.settle();
    const out = link.a.transfers.send(file);
    await link.until(() => link.b.added.length > 0);
    const incoming = link.b.added.at(-1);
    incoming.accept(sink);
    await link.until(() => incoming.moved > file.size / 4);
    cut(link);
    await link.settle();
    return { out, in: incoming, sink };
}

test("the code of a text is that of RFC 2104", () => {
    for (const length of [0, 20, 32, 64]) {
        const key = new Uint8Array(length).fill(0x0b);
        assert.equal(hmacHex(key, "Hi Thäre"), createHmac("sha256", key).update("Hi Thäre").digest("hex"));
    }
});

test("a file that was cut goes on by itself where it was, and is the same", async () => {
    const [ours, theirs] = [new Device(), new Device()];
    const file = fileOf(20 * MIB);
    const first = await cutInTheMiddle(meet(ours, theirs), file);
    assert.deepEqual([first.out.isKept, first.in.isKept, first.sink.isAborted], [true, true, false]);
    const there = first.sink.size;
    const link = meet(ours, theirs);
    await link.until(() => link.b.added[0]?.isOver && link.a.added[0].isOver);
    assert.deepEqual([link.a.added[0].state, link.b.added[0].state], ["done", "done"]);
    assert.equal(link.b.added[0].resumedFrom, there);
    assert.equal(link.a.added[0].resumedFrom, there);
    assert.deepEqual(await first.sink.bytes(), await bytesOf(file));
});

test("cut again and again, with the sides the other way round, it still goes on", async () => {
    const [ours, theirs] = [new Device(), new Device()];
    const file = fileOf(20 * MIB);
    const { sink } = await cutInTheMiddle(meet(ours, theirs), file);
    const second = meet(theirs, ours);
    await second.until(() => second.a.added[0]?.moved > 10 * MIB);
    cut(second);
    await second.settle();
    const third = meet(ours, theirs);
    await third.until(() => third.b.added[0]?.isOver);
    assert.equal(third.b.added[0].state, "done");
    assert.ok(third.b.added[0].resumedFrom > 10 * MIB);
    assert.deepEqual(await sink.bytes(), await bytesOf(file));
});

test("another device is offered nothing, and given nothing", async () => {
    const [ours, theirs, strangers] = [new Device(), new Device(), new Device()];
    const file = fileOf(20 * MIB);
    await cutInTheMiddle(meet(ours, theirs), file);
    const link = meet(ours, strangers);
    await link.settle();
    assert.deepEqual([link.a.added, link.b.added], [[], []]);
    const back = meet(strangers, theirs);
    back.a.transfers.send(file);
    await back.settle();
    assert.equal(back.b.added[0].state, "offered", "a stranger does not write into what somebody else has begun");
    const again = meet(ours, theirs);
    await again.until(() => again.b.added[0]?.isOver);
    assert.equal(again.b.added[0].state, "done");
});

test("somebody in between who passes on the proofs of both is not taken for either", async () => {
    const [ours, theirs] = [new Device(), new Device()];
    await cutInTheMiddle(meet(ours, theirs), fileOf(20 * MIB));
    // Each has a connection with the one in between, and another certificate there.
    const link = meet(ours, theirs, [["1", "3"], ["2", "4"]]);
    await link.settle();
    assert.deepEqual([link.a.added, link.b.added], [[], []]);
});

test("one's own proof that comes back proves nothing", async () => {
    const [ours, theirs] = [new Device(), new Device()];
    await cutInTheMiddle(meet(ours, theirs), fileOf(20 * MIB));
    const { ports, settle, said } = connectedEcho(ours);
    await settle();
    assert.ok(ports[0].isOpen);
    assert.deepEqual(said.filter(({ kind }) => kind === "offer"), []);
});

/** The other end sends back what it gets. */
function connectedEcho({ memory }) {
    const network = connectedPorts();
    const said = [];
    network.ports[1].addEventListener("control", ({ detail }) => {
        said.push(detail);
        if (said.length < 100) network.ports[1].sendControl(detail);
    });
    network.transfers = new Transfers(network.ports[0], "A", { newHash: localHash, memory });
    return { ...network, said };
}

test("after an hour nothing goes on, and nothing is kept", async () => {
    const [ours, theirs] = [new Device(), new Device()];
    const { sink } = await cutInTheMiddle(meet(ours, theirs), fileOf(20 * MIB));
    theirs.time += LIFETIME_MS;
    const link = meet(ours, theirs);
    await link.settle();
    assert.deepEqual([link.a.added, link.b.added], [[], []]);
    assert.equal(sink.isAborted, true);
});

test("after the sender's reload, the same file that is chosen again goes on; another one is asked about", async () => {
    const [ours, theirs] = [new Device(), new Device()];
    const file = fileOf(20 * MIB);
    const { sink } = await cutInTheMiddle(meet(ours, theirs), file);
    ours.load();
    const link = meet(ours, theirs);
    await link.settle();
    assert.deepEqual(link.b.added, []);
    link.a.transfers.offer([fileOf(20 * MIB, "picture.png", { lastModified: 1 }), fileOf(20 * MIB, "other.png"), fileOf(20 * MIB)]);
    await link.until(() => link.b.added.length === 3 && link.b.added[2].isOver);
    assert.deepEqual(link.b.added.map(({ state }) => state), ["offered", "offered", "done"]);
    assert.deepEqual(await sink.bytes(), await bytesOf(file));
});

test("a file with the same name, size and time that is another one is noticed, and thrown away", async () => {
    const [ours, theirs] = [new Device(), new Device()];
    const { sink } = await cutInTheMiddle(meet(ours, theirs), fileOf(20 * MIB));
    ours.load();
    const link = meet(ours, theirs);
    await link.settle();
    link.a.transfers.send(new File([new Uint8Array(20 * MIB)], "picture.png", { lastModified: 1_700_000_000_000 }));
    await link.until(() => link.b.added[0]?.isOver);
    assert.deepEqual([link.b.added[0].failure, sink.isAborted], ["damaged", true]);
});

test("what was offered and not accepted is offered anew", async () => {
    const [ours, theirs] = [new Device(), new Device()];
    const first = meet(ours, theirs);
    await first.settle();
    first.a.transfers.send(fileOf(10));
    await first.settle();
    cut(first);
    const link = meet(ours, theirs);
    await link.settle();
    assert.deepEqual(link.b.added.map(({ name, state }) => [name, state]), [["picture.png", "offered"]]);
});

test("what a person removes from the list is given up", async () => {
    const [ours, theirs] = [new Device(), new Device()];
    const first = meet(ours, theirs);
    const cutOne = await cutInTheMiddle(first, fileOf(20 * MIB));
    first.a.transfers.remove(cutOne.out);
    first.b.transfers.remove(cutOne.in);
    const link = meet(ours, theirs);
    await link.settle();
    assert.deepEqual([link.a.added, cutOne.sink.isAborted], [[], true]);
});

test("a beginning that could not be written is not gone on with", async () => {
    const [ours, theirs] = [new Device(), new Device()];
    const link = meet(ours, theirs);
    await link.settle();
    link.a.transfers.send(fileOf(20 * MIB));
    await link.until(() => link.b.added.length === 1);
    const sink = new TestSink();
    link.b.added[0].accept(sink);
    await link.until(() => link.b.added[0].moved > 0);
    sink.hold();
    await link.settle();
    sink.failing = true;
    cut(link);
    sink.release();
    await link.settle();
    assert.equal(sink.isAborted, true);
    const again = meet(ours, theirs);
    await again.settle();
    assert.equal(again.b.added[0].state, "offered");
});

for (const [name, from, hasMet] of [["beyond the file's end", 1001, true], ["from somebody who has proved nothing", 10, false]]) {
    test(`a sender ends a transfer that is to go on ${name}`, async () => {
        const [ours, theirs] = [new Device(), new Device()];
        if (hasMet) cut(await settled(meet(ours, theirs)));
        const link = await settled(meet(ours, theirs));
        const out = link.a.transfers.send(fileOf(1000));
        await link.settle();
        link.ports[1].sendControl({ kind: "accept", id: out.id, from });
        await link.until(() => out.isOver);
        assert.equal(out.failure, "broken");
    });
}

async function settled(link) {
    await link.settle();
    return link;
}

test("an end without a memory, and one of an earlier version, send and receive as ever", async () => {
    const ours = new Device();
    const network = connectedPorts();
    const a = new Transfers(network.ports[0], "A", { newHash: localHash, memory: ours.memory });
    const b = new Transfers(network.ports[1], "B", localHash);
    const offered = [];
    b.addEventListener("added", ({ detail }) => offered.push(detail));
    const out = a.send(fileOf(20 * MIB));
    await network.until(() => offered.length === 1);
    offered[0].accept(new TestSink());
    await network.until(() => offered[0].moved > 0);
    for (const channel of network.channels) channel.shut();
    assert.deepEqual([out.failure, out.isKept, offered[0].failure, offered[0].isKept], ["closed", false, "closed", false]);
});

test("keys and proofs are those that the documentation describes", async () => {
    const [ours, theirs] = [new Device(), new Device()];
    const first = await settled(meet(ours, theirs));
    const nonces = [first.said[1], first.said[0]].map((heard) => heard.find(({ kind }) => kind === "greet").nonce);
    const key = createHash("sha256").update(`nt files acquaintance\n${nonces[0]}\n${nonces[1]}`).digest();
    assert.deepEqual(ours.memory.keys(), [key.toString("hex")]);
    cut(first);
    const second = await settled(meet(theirs, ours));
    const [nonceA, nonceB] = [second.said[1], second.said[0]].map((heard) => heard.find(({ kind }) => kind === "greet").nonce);
    const [a, b] = ["1", "2"].map((print) => `sha-256 ${Array(32).fill(`0${print}`).join(":")}`);
    const expected = (side) => createHmac("sha256", key).update(`nt files known ${side}\n${nonceA}\n${nonceB}\n${a}\n\n${b}`).digest("hex");
    const { proofs } = second.said[1].find(({ kind }) => kind === "known");
    assert.deepEqual(proofs, [expected("A")]);
    assert.deepEqual(second.said[0].find(({ kind }) => kind === "known").proofs, [expected("B")]);
});

test("keys and records are bounded", async () => {
    const memory = new TransferMemory();
    for (let index = 0; index < 100; index += 1) memory.meet(`${index}`);
    assert.equal(memory.keys().length, 16);
    const dropped = [];
    for (let index = 0; index < 150; index += 1) memory.keep("99", { name: `${index}`, dropped: () => dropped.push(index) });
    assert.equal(dropped.length, 50);
    assert.equal(memory.take(["99"], () => true).length, 100);
    let isAborted = false;
    const large = { sink: { abort: () => { isAborted = true; } }, from: 1 };
    memory.keep("99", { held: 6e8, rest: Promise.resolve(large) });
    memory.keep("99", { held: 6e8, rest: Promise.resolve(large) });
    await null;
    assert.equal(memory.take(["99"], () => true).length, 1);
    assert.equal(isAborted, true);
});

test("what is under way is not dropped for room, nor for age", async () => {
    const theirs = new Device();
    const live = theirs.memory.keep("1", { about: {}, entry: "live", isLive: true });
    for (let index = 0; index < 150; index += 1) theirs.memory.keep("1", { name: `${index}` });
    theirs.time += LIFETIME_MS;
    assert.deepEqual(theirs.memory.take(["1"], () => true), [], "all others are too old, and this one is in use");
    assert.deepEqual(JSON.parse(theirs.kept.get("nt-files")).records.map(({ entry }) => entry), [live.entry]);
});

test("for memory, only what is in memory is given up", async () => {
    const memory = new TransferMemory();
    memory.keep("1", { name: "first" });
    for (const name of ["old", "new"]) memory.keep("1", { name, held: 6e8, rest: Promise.resolve(null) });
    assert.deepEqual(memory.take(["1"], () => true).map(({ name }) => name), ["first", "new"]);
});

test("nothing goes on with an end that is disowned", async () => {
    const [ours, theirs] = [new Device(), new Device()];
    await cutInTheMiddle(meet(ours, theirs), fileOf(20 * MIB));
    const link = meet(ours, theirs);
    await link.until(() => link.b.added[0]?.moved > 0);
    link.b.transfers.disown();
    link.a.transfers.disown();
    cut(link);
    await link.settle();
    assert.deepEqual([link.a.added[0].isKept, link.b.added[0].isKept], [false, false]);
    assert.deepEqual([ours.memory.keys(), theirs.memory.keys()], [[], []]);
    const again = meet(ours, theirs);
    await again.settle();
    assert.deepEqual(again.b.added, []);
});

test("what finds no room when the two meet again goes on later", async () => {
    const [ours, theirs] = [new Device(), new Device()];
    const first = await settled(meet(ours, theirs));
    for (let index = 0; index < 3; index += 1) first.a.transfers.send(fileOf(10, `${index}.png`));
    await first.settle();
    cut(first);
    const second = meet(ours, theirs);
    for (let index = 0; index < 99; index += 1) second.a.transfers.send(new File(["x"], `x${index}`));
    await second.settle();
    assert.equal(second.a.added.length, 100);
    for (const transfer of second.a.added) transfer.cancel();
    cut(second);
    const third = await settled(meet(ours, theirs));
    assert.deepEqual(third.b.added.map(({ name }) => name).sort(), ["1.png", "2.png"]);
});
