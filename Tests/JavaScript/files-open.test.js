// Transfers over the channel of a link that they open for themselves, and what programs use of them.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { openFiles, streamSink, TransferError } from "./support/files.js";
import { connectedChannels } from "./support/memory-channel.js";
import { turns } from "./support/sessions.js";

const bytesOf = async (blob) => new Uint8Array(await blob.arrayBuffer());

/** As much of a link as transfers use. */
class MemoryLink extends EventTarget {
    state = "connected";
    channels = [];
    peerConnection = { sctp: { maxMessageSize: 65536 } };

    constructor(side, network) {
        super();
        this.side = side;
        this.network = network;
    }

    async openChannel(label) {
        const { channels: [near, far] } = this.network;
        Object.assign(near, { label, readyState: "open" });
        Object.assign(far, { label, readyState: "open" });
        this.other.channels.push(far);
        this.other.dispatchEvent(new CustomEvent("channel", { detail: far }));
        return near;
    }

    ends(error) {
        this.state = "closed";
        this.dispatchEvent(new CustomEvent("closed", { detail: { error } }));
    }
}

function links() {
    const network = connectedChannels();
    const [a, b] = ["A", "B"].map((side) => new MemoryLink(side, network));
    Object.assign(a, { other: b });
    Object.assign(b, { other: a });
    return { a, b, ...network };
}

/** Both ends, opened in either order. */
async function opened(order = "AB") {
    const all = links();
    const byEnd = {};
    for (const end of order) {
        openFiles(end === "A" ? all.a : all.b).then((files) => {
            byEnd[end] = files;
            byEnd[`offered${end}`] = [];
            files.addEventListener("added", ({ detail }) => byEnd[`offered${end}`].push(detail));
        });
        await all.settle();
    }
    await all.until(() => byEnd.A !== undefined && byEnd.B !== undefined);
    return { ...all, ...byEnd };
}

for (const order of ["AB", "BA"]) {
    test(`both ends have it when both have opened it, in the order ${order}`, async () => {
        const { A, B, offeredA, offeredB, until } = await opened(order);
        const sent = [A.send(new Blob(["from A"]), { name: "a.txt" }), B.send(new Blob(["from B"]))];
        await until(() => offeredA.length === 2 && offeredB.length === 2);
        assert.deepEqual(offeredB.map(({ direction, name }) => [direction, name]).sort(), [["in", "a.txt"], ["out", "file"]]);
        for (const transfer of [...offeredA, ...offeredB]) if (transfer.direction === "in") transfer.accept();
        await until(() => sent.every(({ isOver }) => isOver));
        assert.deepEqual(await Promise.all(sent.map(({ finished }) => finished)), [null, null]);
        const texts = [offeredA, offeredB].map(async (offered) => {
            const { blob, release } = await offered.find(({ direction }) => direction === "in").finished;
            release();
            return await blob.text();
        });
        assert.deepEqual(await Promise.all(texts), ["from B", "from A"]);
        assert.equal(A.all.length, 2);
    });
}

test("side A does not have it before side B listens", async () => {
    const { a, settle } = links();
    let isOpen = false;
    openFiles(a).then(() => { isOpen = true; });
    await settle();
    assert.equal(isOpen, false);
});

for (const side of ["a", "b"]) {
    test(`waiting for the other end ends with the link and with its signal: ${side}`, async () => {
        const { [side]: link, settle } = links();
        const attempt = new AbortController();
        const aborted = openFiles(link, { label: "one", signal: attempt.signal });
        const ended = openFiles(link, { label: "two" });
        aborted.catch(() => {});
        ended.catch(() => {});
        await settle();
        attempt.abort();
        const cause = new Error("gone");
        link.ends(cause);
        await assert.rejects(aborted, { name: "AbortError" });
        await assert.rejects(ended, (error) => error instanceof TransferError && error.code === "closed" && error.cause === cause);
        await assert.rejects(openFiles(link), { code: "closed" });
    });
}

test("a channel that opens when nobody waits for it any more is closed", async () => {
    const { a, channels, settle } = links();
    let opens;
    a.openChannel = () => new Promise((resolve) => { opens = () => resolve(channels[0]); });
    const attempt = new AbortController();
    const aborted = openFiles(a, { signal: attempt.signal });
    attempt.abort();
    await assert.rejects(aborted, { name: "AbortError" });
    assert.equal(channels[0].readyState, "open");
    opens();
    await settle();
    assert.equal(channels[0].readyState, "closed");
});

test("a channel is taken once", async () => {
    const { b, B, settle } = await opened();
    let isOpen = false;
    openFiles(b).then(() => { isOpen = true; });
    await settle();
    assert.equal(isOpen, false);
    assert.equal(B.isBusy, false);
});

test("closing ends what is under way at both ends, and nothing can be sent any more", async () => {
    const { A, B, offeredB, channels, until } = await opened();
    const out = A.send(new Blob(["text"]));
    await until(() => offeredB.length === 1);
    let closed = 0;
    B.addEventListener("closed", () => { closed += 1; });
    A.close();
    channels[1].shut();
    for (const transfer of [out, offeredB[0]]) await assert.rejects(transfer.finished, { name: "TransferError", code: "closed" });
    assert.equal(closed, 1);
    assert.throws(() => A.send(new Blob(["more"])), { code: "closed" });
});

test("the end of the link ends what is under way, also where the browser does not tell the channel", async () => {
    const { a, A, B, offeredB, until, channels } = await opened();
    const out = A.send(new Blob(["text"]));
    await until(() => offeredB.length === 1);
    let closed = 0;
    A.addEventListener("closed", () => { closed += 1; });
    channels[0].readyState = "closed";
    a.ends();
    await assert.rejects(Promise.race([out.finished, turns()]), { name: "TransferError", code: "closed" });
    channels[0].shut();
    assert.equal(closed, 1, "once, though the channel tells it too");
    assert.equal(B.isBusy, false);
});

test("a file that is being received is given up with the link", async () => {
    const { b, A, offeredB, until, channels } = await opened();
    A.send(new Blob([new Uint8Array(300_000)]));
    await until(() => offeredB.length === 1);
    const calls = [];
    const slow = new Promise(() => {});
    const sink = { write: () => (calls.push("write"), slow), close: async () => calls.push("close"), abort: async () => calls.push("abort") };
    offeredB[0].accept(sink);
    await until(() => calls.length > 0);
    channels[1].readyState = "closed";
    b.ends();
    await assert.rejects(Promise.race([offeredB[0].finished, turns()]), { code: "closed" });
    assert.deepEqual(calls, ["write", "abort"]);
});

test("a channel that opens after the wait has ended is closed", async () => {
    const { a, channels, settle } = links();
    let begin;
    const begun = new Promise((resolve) => { begin = resolve; });
    const open = a.openChannel.bind(a);
    a.openChannel = async (label) => {
        await begun;
        return await open(label);
    };
    const attempt = new AbortController();
    const opening = openFiles(a, { signal: attempt.signal });
    opening.catch(() => {});
    await settle();
    attempt.abort();
    await assert.rejects(opening, { name: "AbortError" });
    assert.equal(channels[0].readyState, "open");
    begin();
    await settle();
    assert.equal(channels[0].readyState, "closed");
});

test("what the other side declines rejects, and nobody has to look", async () => {
    const { A, offeredB, until } = await opened();
    const out = A.send(new Blob(["text"]));
    await until(() => offeredB.length === 1);
    offeredB[0].decline();
    await until(() => out.isOver);
    await assert.rejects(out.finished, { code: "declined" });
    await assert.rejects(offeredB[0].finished, { code: "declined" });
});

test("a stream takes the bytes, and is closed or aborted", async () => {
    const written = [];
    const ends = [];
    const target = () => new WritableStream({
        write: (part) => { written.push(...part); }, close: () => { ends.push("close"); }, abort: () => { ends.push("abort"); },
    });
    const { A, offeredB, until } = await opened();
    const bytes = Uint8Array.from({ length: 300_000 }, (_, index) => index);
    const [whole, cancelled] = [A.send(new Blob([bytes])), A.send(new Blob([bytes]))];
    await until(() => offeredB.length === 2);
    for (const transfer of offeredB) transfer.accept(streamSink(target()));
    cancelled.cancel();
    await until(() => whole.isOver && offeredB[1].isOver);
    assert.deepEqual(Uint8Array.from(written), await bytesOf(new Blob([bytes])));
    assert.deepEqual(ends.sort(), ["abort", "close"]);
});

test("the channel may carry other things: what files do not know is left alone", async () => {
    const { A, B, channels, until, offeredB } = await opened();
    const malformed = [];
    for (const files of [A, B]) files.port.addEventListener("malformed", ({ detail }) => malformed.push(detail.message));
    channels[0].send('{"kind":"chat","text":"hello"}');
    A.send(new Blob(["text"]));
    await until(() => offeredB.length === 1);
    assert.deepEqual(malformed, []);
});

test("the worker's script uses what the module exports", () => {
    const script = readFileSync(new URL("../../Web/client/hash-worker.js", import.meta.url), "utf8");
    assert.match(script, /import \{ HashDesk \} from "\.\/files\.js";/);
});
