// The channels of a link, and sending no faster than they take.

import assert from "node:assert/strict";
import test from "node:test";
import { connected, negotiating, pass } from "./support/pairings.js";
import { turns } from "./support/sessions.js";

const MIB = 1 << 20;
const piece = (size) => new Uint8Array(size);

/** What has become of a promise, once everything has had its turn. */
async function outcomeOf(promise) {
    let outcome = "waits";
    promise.then(() => { outcome = "done"; }, (error) => { outcome = error.name === "SignalingError" ? error.code : error.name; });
    await turns();
    return outcome;
}

/** A link whose buffer is over the limit, so that whatever is sent waits. */
async function full(t) {
    const all = await connected(t);
    await all.link.send(piece(MIB + 1));
    return all;
}

test("a channel is there once it is open, with its label and options", async (t) => {
    const { link, connection } = await connected(t);
    const opening = link.openChannel("cursor", { ordered: false, maxRetransmits: 0 });
    const channel = connection.channels.at(-1);
    assert.equal(await outcomeOf(opening), "waits");
    channel.opens();
    assert.equal(await opening, channel);
    assert.deepEqual([channel.label, channel.options], ["cursor", { ordered: false, maxRetransmits: 0 }]);
    assert.deepEqual(link.channels, [channel]);
    channel.shuts();
    assert.deepEqual(link.channels, []);
});

const message = (data) => Object.assign(new Event("message"), { data });

test("what arrives before `open`, as in Chromium, is dispatched behind it, in order", async (t) => {
    const { link, connection } = await connected(t);
    const heard = [];
    link.openChannel("cursor").then((channel) => channel.addEventListener("message", ({ data }) => heard.push(data)));
    const channel = connection.channels.at(-1);
    for (const data of ["one", "two"]) channel.dispatchEvent(message(data));
    channel.opens();
    await turns();
    // It arrives later, and before the others have had their turn.
    channel.dispatchEvent(message("three"));
    assert.deepEqual(heard, []);
    await pass(t, 1);
    assert.deepEqual(heard, ["one", "two", "three"]);
    channel.dispatchEvent(message("four"));
    assert.deepEqual(heard, ["one", "two", "three", "four"]);
});

test("what arrives before `open` of a link's own channel is the program's", async (t) => {
    const { outcome, connection } = await negotiating(t);
    connection.becomes("connected");
    connection.channel.dispatchEvent(message("early"));
    connection.channel.opens();
    await turns();
    const heard = [];
    outcome.link.channel.addEventListener("message", ({ data }) => heard.push(data));
    await pass(t, 1);
    assert.deepEqual(heard, ["early"]);
});

test("a channel that the other side opens is told of, while its messages have not been dispatched", async (t) => {
    const { link, connection } = await connected(t);
    const came = [];
    link.addEventListener("channel", ({ detail }) => came.push(detail));
    const channel = connection.receivesChannel("cursor");
    assert.deepEqual(came, [channel]);
    assert.deepEqual(link.channels, [channel]);
});

test("a channel that closes before it opens, and one of a link that ends, are not waited for", async (t) => {
    const { link, connection } = await connected(t);
    const closed = link.openChannel("one");
    const ended = link.openChannel("two");
    connection.channels.at(-2).shuts();
    await assert.rejects(closed, { code: "closed" });
    connection.channel.shuts();
    await assert.rejects(ended, { code: "peer_left" });
    await assert.rejects(link.openChannel("three"), { code: "peer_left" });
    assert.deepEqual(link.channels, []);
});

test("no more than 256 channels are open, whoever opens them", async (t) => {
    const { link, connection } = await connected(t);
    const came = [];
    link.addEventListener("channel", ({ detail }) => came.push(detail));
    for (let count = 0; count < 255; count += 1) connection.receivesChannel("many");
    link.openChannel("own").catch(() => {});
    await turns();
    await assert.rejects(link.openChannel("one more"), { code: "too_many_channels" });
    const refused = connection.receivesChannel("one more");
    assert.equal(refused.readyState, "closed");
    assert.deepEqual([came.length, link.channels.length], [255, 256]);
    came[0].shuts();
    connection.receivesChannel("again");
    assert.equal(came.length, 256);
});

test("what the channel has room for is sent at once", async (t) => {
    const { link, connection } = await connected(t);
    const data = ["text", piece(3), piece(3).buffer, new DataView(new ArrayBuffer(2))];
    for (const one of data) await link.send(one);
    assert.deepEqual(connection.channel.sent, data);
    await assert.rejects(link.send({}), TypeError);
    await assert.rejects(link.send(undefined), TypeError);
});

test("what it has no room for waits, and goes in the order of the calls", async (t) => {
    const { link, connection: { channel } } = await full(t);
    const sends = ["first", "second"].map((text) => link.send(text));
    assert.deepEqual(await Promise.all(sends.map(outcomeOf)), ["waits", "waits"]);
    assert.equal(channel.sent.length, 1);
    assert.equal(channel.bufferedAmountLowThreshold, MIB / 4);
    channel.drainsTo(MIB / 4);
    await Promise.all(sends);
    assert.deepEqual(channel.sent.slice(1), ["first", "second"]);
});

test("waiting ones are sent only as far as there is room", async (t) => {
    const { link, connection: { channel } } = await full(t);
    const sends = Array.from({ length: 4 }, () => link.send(piece(MIB)));
    await turns();
    channel.drainsTo(0);
    assert.deepEqual(await Promise.all(sends.map(outcomeOf)), ["done", "done", "waits", "waits"]);
    channel.drainsTo(0);
    await Promise.all(sends);
});

for (const threshold of [0, 1000, 64 * MIB]) {
    test(`the event that is waited for comes, whatever threshold the program has set: ${threshold}`, async (t) => {
        const { link, connection: { channel } } = await full(t);
        channel.bufferedAmountLowThreshold = threshold;
        const sent = link.send("text");
        await turns();
        channel.drainsTo(0);
        await sent;
    });
}

test("a send that waits ends with the link, and with its signal", async (t) => {
    const { link, connection: { channel } } = await full(t);
    const attempt = new AbortController();
    const aborted = link.send("aborted", { signal: attempt.signal });
    const waiting = link.send("waiting");
    await turns();
    attempt.abort();
    await assert.rejects(aborted, { name: "AbortError" });
    link.close();
    await assert.rejects(waiting, { code: "closed" });
    await assert.rejects(link.send("late"), { code: "closed" });
    assert.equal(channel.sent.length, 1);
});

test("an aborted send is not sent when there is room again", async (t) => {
    const { link, connection: { channel } } = await full(t);
    const attempt = new AbortController();
    const sends = [link.send("aborted", { signal: attempt.signal }), link.send("kept")];
    await turns();
    attempt.abort();
    channel.drainsTo(0);
    assert.deepEqual(await Promise.all(sends.map(outcomeOf)), ["AbortError", "done"]);
    assert.deepEqual(channel.sent.slice(1), ["kept"]);
});

test("what waits is bounded in number", async (t) => {
    const { link } = await full(t);
    const waiting = Array.from({ length: 1000 }, () => link.send("x"));
    for (const promise of waiting) promise.catch(() => {});
    await turns();
    await assert.rejects(link.send("x"), { code: "queue_full" });
});

test("what waits is bounded in bytes", async (t) => {
    const { link } = await full(t);
    link.send(piece(16 * MIB)).catch(() => {});
    await turns();
    await assert.rejects(link.send("x"), { code: "queue_full" });
});

test("a message that is larger than the other end takes is refused here", async (t) => {
    const { link, connection } = await connected(t);
    connection.sctp = { maxMessageSize: 100 };
    await link.send(piece(100));
    await assert.rejects(link.send(piece(101)), { code: "message_too_big" });
    await assert.rejects(link.send("€".repeat(34)), { code: "message_too_big" });
});

test("a channel besides the link's own is sent over too, until it closes", async (t) => {
    const { link, connection } = await connected(t);
    const channel = connection.receivesChannel("cursor");
    await link.send(piece(MIB + 1), { channel });
    const waiting = link.send("waiting", { channel });
    await turns();
    channel.shuts();
    await assert.rejects(waiting, { code: "closed" });
    const { mock } = t.mock.method(channel, "addEventListener");
    await assert.rejects(link.send("late", { channel }), { code: "closed" });
    assert.equal(mock.callCount(), 0, "nothing is kept for a channel that is closed");
    await link.send("on the link's own");
    assert.deepEqual(connection.channel.sent, ["on the link's own"]);
});
