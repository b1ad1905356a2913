import assert from "node:assert/strict";
import test from "node:test";

import { chunkMessage, offerOf, parseChunk, parseControl, WireError } from "../../Web/client/files/wire.js";
import { connectedPorts } from "./support/memory-channel.js";

test("a message is read with its members, and those of later versions are left out", () => {
    const offer = { kind: "offer", id: 3, name: "a.txt", size: 0, type: "text/plain" };
    assert.deepEqual(parseControl(JSON.stringify({ ...offer, colour: "red" })), offer);
    assert.equal(parseControl('{"kind":"sing","id":1}'), null);
    assert.equal(parseControl('{"kind":"toString"}'), null);
});

test("a kind is a text, whatever else would turn into one", () => {
    for (const kind of ['["accept"]', '{"toString":null}', "7", "null", "{}"]) assert.equal(parseControl(`{"kind":${kind},"id":1}`), null, kind);
});

const MALFORMED = {
    "no JSON": "{",
    "no object": '"offer"',
    "null": "null",
    "a number": "7",
    "an id of 0": '{"kind":"accept","id":0}',
    "an id past 32 bits": '{"kind":"accept","id":4294967296}',
    "an id as text": '{"kind":"accept","id":"1"}',
    "a negative size": '{"kind":"offer","id":1,"name":"x","size":-1,"type":""}',
    "a size that is no whole number": '{"kind":"offer","id":1,"name":"x","size":1.5,"type":""}',
    "no name": '{"kind":"offer","id":1,"size":1,"type":""}',
    "a name that is too long": JSON.stringify({ kind: "offer", id: 1, name: "x".repeat(256), size: 1, type: "" }),
    "a hash that is none": '{"kind":"end","id":1,"sha256":"ABC"}',
    "a hash in a list": JSON.stringify({ kind: "end", id: 1, sha256: ["0".repeat(64)] }),
    "a hash that cannot be a text": '{"kind":"end","id":1,"sha256":{"toString":null}}',
    "a reason that is none": '{"kind":"cancel","id":1,"reason":"bored"}',
};
for (const [name, text] of Object.entries(MALFORMED)) {
    test(`refused: ${name}`, () => {
        assert.throws(() => parseControl(text), WireError);
    });
}

test("a program may have kinds of its own, and none of those that there are", () => {
    const kinds = { note: { text: (value) => typeof value === "string" }, accept: {} };
    assert.deepEqual(parseControl('{"kind":"note","text":"hello","more":1}', kinds), { kind: "note", text: "hello" });
    assert.throws(() => parseControl('{"kind":"note","text":7}', kinds), WireError);
    assert.throws(() => parseControl('{"kind":"accept"}', kinds), WireError);
    assert.equal(parseControl('{"kind":"note","text":"hello"}'), null);
});

test("an offer's words are cut to what the other end takes", () => {
    const offer = offerOf(1, { name: "n".repeat(300), size: 5, type: "t".repeat(300) });
    assert.deepEqual(parseControl(JSON.stringify(offer)), offer);
});

test("a chunk carries its transfer's number and the bytes", () => {
    const message = chunkMessage(0xfedc_ba98, Uint8Array.of(1, 2, 3));
    assert.deepEqual([...message], [0xfe, 0xdc, 0xba, 0x98, 1, 2, 3]);
    const { id, bytes } = parseChunk(message.buffer);
    assert.equal(id, 0xfedc_ba98);
    assert.deepEqual([...bytes], [1, 2, 3]);
    assert.throws(() => parseChunk(new ArrayBuffer(4)), WireError);
});

test("a port tells of what it cannot read and goes on", async () => {
    const { channels, ports, until } = connectedPorts(undefined, { chat: { text: (value) => typeof value === "string" } });
    const seen = [];
    ports[1].addEventListener("malformed", ({ detail }) => seen.push(detail.message));
    ports[1].addEventListener("control", ({ detail }) => seen.push(detail.text));
    channels[0].send("{");
    channels[0].send(new Uint8Array(3));
    channels[0].send('{"kind":"of a later version"}');
    ports[0].sendControl({ kind: "chat", text: "still here" });
    await until(() => seen.length === 3);
    assert.deepEqual(seen, ["a text message is not JSON", "a binary message holds no bytes of a file", "still here"]);
});

test("a closed port sends nothing and throws nothing", () => {
    const { channels, ports } = connectedPorts();
    channels[0].shut();
    ports[0].sendControl({ kind: "chat", text: "x" });
    ports[0].sendChunk(1, new Uint8Array(10));
    assert.deepEqual([ports[0].hasRoom, channels[0].bufferedAmount], [false, 0]);
});
