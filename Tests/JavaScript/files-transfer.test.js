import assert from "node:assert/strict";
import test from "node:test";

import { BUFFER_LIMIT } from "../../Web/client/files/port.js";
import { MAX_MOVING, MAX_OPEN, WINDOW, WINDOW_OF_ALL } from "../../Web/client/files/wire.js";
import { TransferError, Transfers } from "./support/files.js";
import { connectedPorts } from "./support/memory-channel.js";
import { bytesOf, fileOf, KIB, localHash, MIB, TestSink } from "./support/sinks.js";

/** Side A with files to send, side B as it receives them. */
function pairOfPages(maxMessageSize, newHash = localHash) {
    const network = connectedPorts(maxMessageSize);
    const [sender, receiver] = [new Transfers(network.ports[0], "A", newHash), new Transfers(network.ports[1], "B", newHash)];
    const sent = [];
    const received = [];
    sender.addEventListener("added", ({ detail }) => sent.push(detail));
    receiver.addEventListener("added", ({ detail }) => received.push(detail));
    return { ...network, sender, receiver, sent, received };
}

/** Offers a file and has it accepted. */
async function started(pages, file) {
    const index = pages.sent.length;
    pages.sender.offer([file]);
    await pages.until(() => pages.received.length > index);
    const transfer = { out: pages.sent[index], in: pages.received[index], sink: new TestSink() };
    transfer.in.accept(transfer.sink);
    return transfer;
}

function isOver(transfer) {
    return () => transfer.in.isOver && transfer.out.isOver;
}

for (const maxMessageSize of [16 * KIB, 64 * KIB, 256 * KIB, undefined]) {
    test(`files of many sizes arrive whole, messages of up to ${maxMessageSize}`, async () => {
        for (const size of [0, 1, 16 * KIB - 1, 16 * KIB, 16 * KIB + 1, 256 * KIB, 5 * MIB]) {
            const pages = pairOfPages(maxMessageSize);
            const file = fileOf(size);
            const transfer = await started(pages, file);
            await pages.until(isOver(transfer));
            assert.deepEqual([transfer.out.state, transfer.in.state], ["done", "done"]);
            assert.deepEqual([transfer.out.moved, transfer.in.moved], [size, size]);
            assert.deepEqual(await transfer.sink.bytes(), await bytesOf(file));
            assert.equal(transfer.sink.isClosed, true);
            assert.deepEqual(transfer.in.saved, { savedAs: "somewhere" });
        }
    });
}

test("an offer tells name, size and type, and nothing moves until it is accepted", async () => {
    const pages = pairOfPages();
    pages.sender.offer([fileOf(10, "Größe.png")]);
    await pages.settle();
    const [incoming] = pages.received;
    assert.deepEqual([incoming.name, incoming.size, incoming.type], ["Größe.png", 10, "image/png"]);
    assert.deepEqual([incoming.state, pages.sent[0].state], ["offered", "offered"]);
});

/** How many files move, whenever one of them changes. */
function movingAtOnce(transfers) {
    const counts = [];
    const count = () => counts.push(transfers.filter(({ out }) => out.state === "moving" && !out.isPaused && out.hasTurn).length);
    for (const { out } of transfers) out.addEventListener("change", count);
    return counts;
}

test("several files go over at once, four at the most, and take turns", async () => {
    const pages = pairOfPages();
    const all = [];
    for (let index = 0; index < 6; index += 1) all.push(await started(pages, fileOf(1 * MIB, `${index}`)));
    const counts = movingAtOnce(all);
    await pages.until(() => all.some(({ in: { moved } }) => moved > 512 * KIB));
    const [, second, third, fourth] = all.map(({ in: { moved } }) => moved);
    for (const moved of [second, third, fourth]) assert.ok(moved > 0, "each of four has had turns");
    await pages.until(() => all.every((transfer) => isOver(transfer)()));
    assert.deepEqual([...new Set(all.map(({ out }) => out.state))], ["done"]);
    assert.equal(Math.max(...counts), MAX_MOVING);
});

test("a small file overtakes large ones, however many there are", async () => {
    const pages = pairOfPages();
    const large = [];
    for (let index = 0; index < 5; index += 1) large.push(await started(pages, fileOf(8 * MIB, `${index}`)));
    await pages.until(() => large[0].in.moved > 0);
    const small = await started(pages, fileOf(1000, "small"));
    await pages.until(isOver(small));
    assert.equal(small.in.state, "done");
    assert.deepEqual([...new Set(large.map(({ out }) => out.isOver))], [false]);
    for (const { out } of large) out.cancel();
});

test("files that are paused give their turns to others, and have one again when they are resumed", async () => {
    const pages = pairOfPages();
    const paused = [];
    for (let index = 0; index < 5; index += 1) paused.push(await started(pages, fileOf(8 * MIB, `${index}`)));
    await pages.until(() => paused.slice(0, 3).every(({ out }) => out.state === "moving"));
    for (const { out } of paused.slice(0, 3)) out.pause();
    await pages.until(() => paused.slice(3).every(({ in: { moved } }) => moved > 0));
    paused[0].out.resume();
    await pages.until(() => paused[0].in.isOver);
    assert.equal(paused[0].in.state, "done");
    assert.deepEqual(paused.slice(1, 3).map(({ out }) => out.state), ["moving", "moving"]);
});

test("of all files together, no more is on the way than a receiver has to hold", async () => {
    const pages = pairOfPages();
    for (let id = 1001; id < 1011; id += 2) pages.ports[0].sendControl({ kind: "offer", id, name: "x", size: 10 * WINDOW, type: "" });
    await pages.until(() => pages.received.length === 5);
    const hostile = pages.received;
    for (const transfer of hostile) {
        const sink = new TestSink();
        sink.hold();
        transfer.accept(sink);
    }
    for (const { id } of hostile) for (let sent = 0; sent < WINDOW; sent += MIB) pages.ports[0].sendChunk(id, new Uint8Array(MIB));
    await pages.until(() => hostile.some(({ isOver }) => isOver));
    assert.equal(hostile.at(-1).failure, "broken");
    assert.equal(WINDOW_OF_ALL, 4 * WINDOW);
});

test("both sides send at the same time", async () => {
    const pages = pairOfPages();
    const there = await started(pages, fileOf(3 * MIB));
    pages.receiver.offer([fileOf(3 * MIB)]);
    await pages.until(() => pages.sent.length === 2);
    const back = pages.sent[1];
    back.accept(new TestSink());
    await pages.until(() => isOver(there)() && back.isOver);
    assert.deepEqual([there.out.state, back.state], ["done", "done"]);
});

test("the channel's buffer stays within its limit", async () => {
    const pages = pairOfPages();
    const transfer = await started(pages, fileOf(5 * MIB));
    await pages.until(isOver(transfer));
    assert.equal(transfer.out.state, "done");
    const { highest } = pages.channels[0];
    assert.ok(highest >= BUFFER_LIMIT && highest <= BUFFER_LIMIT + 64 * KIB, `${highest} bytes were buffered`);
});

test("a receiver whose disk is slow holds no more than the window", async () => {
    const pages = pairOfPages();
    pages.sender.offer([fileOf(3 * WINDOW)]);
    await pages.until(() => pages.received.length === 1);
    const sink = new TestSink();
    sink.hold();
    pages.received[0].accept(sink);
    const [outgoing] = pages.sent;
    await pages.until(() => outgoing.unacknowledged > WINDOW - 64 * KIB);
    await pages.settle();
    assert.ok(outgoing.unacknowledged <= WINDOW);
    assert.equal(outgoing.moved, 0);
    sink.release();
    await pages.until(() => outgoing.isOver);
    assert.equal(outgoing.state, "done");
});

for (const end of ["out", "in"]) {
    test(`paused by side ${end}, it stands still and goes on when resumed`, async () => {
        const pages = pairOfPages();
        const transfer = await started(pages, fileOf(20 * MIB));
        await pages.until(() => transfer.in.moved > 0);
        transfer[end].pause();
        await pages.settle();
        const reached = transfer.in.moved;
        assert.ok(reached < transfer.in.size);
        assert.deepEqual([transfer.out.isPaused, transfer.in.isPaused], [true, true]);
        await pages.settle();
        assert.equal(transfer.in.moved, reached);
        transfer[end].resume();
        await pages.until(isOver(transfer));
        assert.equal(transfer.in.state, "done");
    });

    test(`cancelled by side ${end}, it ends at both, and the next file goes over`, async () => {
        const pages = pairOfPages();
        const transfer = await started(pages, fileOf(20 * MIB));
        const next = await started(pages, fileOf(1 * MIB));
        await pages.until(() => transfer.in.moved > 0);
        transfer[end].cancel();
        await pages.until(isOver(transfer));
        const other = end === "out" ? "in" : "out";
        assert.deepEqual([transfer[end].failure, transfer[other].failure], ["cancelled_here", "cancelled_there"]);
        assert.equal(transfer.sink.isAborted, true);
        await pages.until(isOver(next));
        assert.equal(next.in.state, "done");
    });
}

test("each side resumes only what it paused itself", async () => {
    const pages = pairOfPages();
    const transfer = await started(pages, fileOf(20 * MIB));
    await pages.until(() => transfer.in.moved > 0);
    transfer.out.pause();
    transfer.in.pause();
    await pages.settle();
    transfer.out.resume();
    await pages.settle();
    const reached = transfer.in.moved;
    await pages.settle();
    assert.equal(transfer.in.moved, reached);
    assert.deepEqual([transfer.out.pausedHere, transfer.out.pausedThere], [false, true]);
    transfer.in.resume();
    await pages.until(isOver(transfer));
    assert.equal(transfer.in.state, "done");
});

test("an offer can be declined, and taken back before it is answered", async () => {
    const pages = pairOfPages();
    pages.sender.offer([fileOf(1), fileOf(2)]);
    await pages.until(() => pages.received.length === 2);
    pages.received[0].decline();
    pages.sent[1].cancel();
    await pages.until(() => pages.sent[0].isOver && pages.received[1].isOver);
    assert.deepEqual([pages.sent[0].state, pages.sent[0].failure], ["declined", "declined"]);
    assert.deepEqual([pages.received[1].state, pages.received[1].failure], ["cancelled", "cancelled_there"]);
    const late = new TestSink();
    pages.received[1].accept(late);
    assert.equal(late.isAborted, true);
});

test("a byte that changes on the way is noticed by both", async () => {
    const pages = pairOfPages();
    const transfer = await started(pages, fileOf(1 * MIB));
    let chunks = 0;
    pages.channels[0].alter = (data) => {
        if (typeof data !== "string" && ++chunks === 5) new Uint8Array(data)[1000] ^= 1;
        return data;
    };
    await pages.until(isOver(transfer));
    assert.ok(chunks >= 5);
    assert.deepEqual([transfer.out.failure, transfer.in.failure], ["damaged", "damaged"]);
    assert.deepEqual([transfer.sink.isClosed, transfer.sink.isAborted, transfer.in.saved], [false, true, null]);
});

test("a file that became shorter or cannot be read any more ends as unreadable", async () => {
    const shorter = fileOf(1 * MIB);
    const gone = fileOf(1 * MIB);
    shorter.slice = () => new Blob(["less"]);
    gone.slice = () => ({ arrayBuffer: () => Promise.reject(new DOMException("gone", "NotReadableError")) });
    for (const file of [shorter, gone]) {
        const pages = pairOfPages();
        const transfer = await started(pages, file);
        await pages.until(isOver(transfer));
        assert.deepEqual([transfer.out.failure, transfer.in.failure], ["unreadable", "unreadable"]);
        assert.equal(transfer.sink.isAborted, true);
    }
});

test("a full disk ends the transfer at both", async () => {
    const pages = pairOfPages();
    const transfer = await started(pages, fileOf(5 * MIB));
    transfer.sink.failing = true;
    await pages.until(isOver(transfer));
    assert.deepEqual([transfer.out.failure, transfer.in.failure], ["unwritable", "unwritable"]);
    await assert.rejects(transfer.in.finished, (error) => error.code === "unwritable" && error.cause.message === "the disk is full");
    assert.equal(transfer.sink.isAborted, true);
});

test("an end whose hashing fails ends the transfer at both, and drops every hash", async () => {
    const failing = { update: () => Promise.reject(new Error("no worker")), hex: () => Promise.reject(new Error("no worker")) };
    for (const isSender of [true, false]) {
        let made = 0;
        let dropped = 0;
        const countedHash = () => {
            made += 1;
            const isBroken = isSender === (made % 2 === 0);
            return { ...(isBroken ? failing : localHash()), drop: () => (dropped += 1) };
        };
        const pages = pairOfPages(undefined, countedHash);
        const transfer = await started(pages, fileOf(1 * MIB));
        await pages.until(isOver(transfer));
        assert.deepEqual([transfer.out.failure, transfer.in.failure], ["broken", "broken"]);
        assert.equal(transfer.sink.isAborted, true);
        await pages.settle();
        assert.deepEqual([made, dropped], [2, 2]);
    }
});

test("when the channel closes, what is under way fails and says so", async () => {
    const pages = pairOfPages();
    const transfer = await started(pages, fileOf(20 * MIB));
    await pages.until(() => transfer.in.moved > 0);
    assert.equal(pages.sender.isBusy, true);
    for (const channel of pages.channels) channel.shut();
    await pages.until(isOver(transfer));
    assert.deepEqual([transfer.out.failure, transfer.in.failure], ["closed", "closed"]);
    assert.equal(transfer.sink.isAborted, true);
    assert.equal(pages.sender.isBusy, false);
});

test("at most 100 files are open; the rest is handed back, and a page that offers more is declined", async () => {
    const pages = pairOfPages();
    const files = Array.from({ length: MAX_OPEN + 2 }, (_, index) => fileOf(1, `${index}`));
    const rest = pages.sender.offer(files);
    assert.deepEqual(rest.map(({ name }) => name), ["100", "101"]);
    await pages.until(() => pages.received.length === MAX_OPEN);
    const answers = [];
    pages.ports[0].addEventListener("control", ({ detail }) => answers.push(detail));
    pages.ports[0].sendControl({ kind: "offer", id: 2001, name: "one more", size: 1, type: "" });
    await pages.until(() => answers.length > 0);
    assert.deepEqual(answers, [{ kind: "decline", id: 2001, reason: "too_many" }]);
    assert.equal(pages.received.length, MAX_OPEN);
});

test("the list keeps 100 files that are over", async () => {
    const pages = pairOfPages();
    const removed = [];
    pages.sender.addEventListener("removed", ({ detail }) => removed.push(detail.id));
    for (let round = 0; round < 102; round += 1) {
        pages.sender.offer([fileOf(1)]);
        pages.sent.at(-1).cancel();
    }
    assert.deepEqual(removed, [1, 3]);
});

/** What a page of bad intent, or of another version, might send to a receiver that has accepted a file of 1,000 bytes. */
const BREACHES = {
    "more bytes than offered": (port, id) => port.sendChunk(id, new Uint8Array(1001)),
    "an end before the last byte": (port, id) => port.sendControl({ kind: "end", id, sha256: "0".repeat(64) }),
};
for (const [name, commit] of Object.entries(BREACHES)) {
    test(`a receiver ends a transfer with ${name}`, async () => {
        const pages = pairOfPages();
        pages.ports[0].sendControl({ kind: "offer", id: 7, name: "x", size: 1000, type: "" });
        await pages.until(() => pages.received.length === 1);
        const sink = new TestSink();
        pages.received[0].accept(sink);
        commit(pages.ports[0], 7);
        await pages.until(() => pages.received[0].isOver);
        assert.equal(pages.received[0].failure, "broken");
        assert.equal(sink.isAborted, true);
    });
}

test("a receiver ends a transfer whose sender heeds no window", async () => {
    const pages = pairOfPages();
    pages.ports[0].sendControl({ kind: "offer", id: 7, name: "x", size: 10 * WINDOW, type: "" });
    await pages.until(() => pages.received.length === 1);
    const sink = new TestSink();
    sink.hold();
    pages.received[0].accept(sink);
    const chunk = new Uint8Array(MIB);
    for (let sent = 0; sent <= WINDOW; sent += chunk.length) pages.ports[0].sendChunk(7, chunk);
    await pages.until(() => pages.received[0].isOver);
    assert.equal(pages.received[0].failure, "broken");
});

test("chunks before the person has agreed end the offer", async () => {
    const pages = pairOfPages();
    pages.ports[0].sendControl({ kind: "offer", id: 7, name: "x", size: 1000, type: "" });
    pages.ports[0].sendChunk(7, new Uint8Array(10));
    await pages.until(() => pages.received[0]?.isOver);
    assert.equal(pages.received[0].failure, "broken");
});

const LIES = {
    "an acknowledgement of bytes that were never sent": { kind: "ack", received: 999_999_999 },
    "a result before the end": { kind: "result", intact: true },
};
for (const [name, lie] of Object.entries(LIES)) {
    test(`a sender ends a transfer with ${name}`, async () => {
        const pages = pairOfPages();
        const transfer = await started(pages, fileOf(20 * MIB));
        await pages.until(() => transfer.out.moved > 0);
        pages.ports[1].sendControl({ ...lie, id: transfer.out.id });
        await pages.until(isOver(transfer));
        assert.deepEqual([transfer.out.failure, transfer.in.failure], ["broken", "broken"]);
    });
}

test("an offer under a number of this side is refused", async () => {
    const pages = pairOfPages();
    const answers = [];
    pages.ports[0].addEventListener("control", ({ detail }) => answers.push(detail));
    pages.ports[0].sendControl({ kind: "offer", id: 2, name: "x", size: 1, type: "" });
    await pages.until(() => answers.length > 0);
    assert.deepEqual(answers, [{ kind: "cancel", id: 2, reason: "broken" }]);
    assert.equal(pages.received.length, 0);
});
