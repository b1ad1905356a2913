// An honest end of file transfers, and a channel to it on which a test says what it likes.

import assert from "node:assert/strict";
import { File } from "node:buffer";

import { Sha256 } from "../../../Web/client/files/sha256.js";
import { Port, Transfers } from "./files.js";
import { connectedChannels } from "./memory-channel.js";

export const KIB = 1024;
export const MIB = 1024 * KIB;

export const sha256 = (bytes) => new Sha256().update(bytes).hex();

export function localHash() {
    const hash = new Sha256();
    return { update: async (parts) => parts.forEach((part) => hash.update(part)), hex: async () => hash.hex(), drop() {} };
}

/** A disk that counts, and that is full from some size on. */
export class Disk {
    written = 0;
    isClosed = false;
    isAborted = false;
    #holds;

    constructor(holds = Infinity) {
        this.#holds = holds;
    }

    async write(parts) {
        assert.equal(this.isClosed || this.isAborted, false, "written after its end");
        const size = parts.reduce((sum, part) => sum + part.length, 0);
        if (this.written + size > this.#holds) throw new Error("the disk is full");
        this.written += size;
    }

    async close() {
        this.isClosed = true;
        return { savedAs: "somewhere" };
    }

    async abort() {
        this.isAborted = true;
    }
}

/** An honest end on side B, and beside it a channel on which a test says what it likes. */
export function attacked({ memory = null } = {}) {
    const network = connectedChannels();
    const [wire, channel] = network.channels;
    const port = new Port(channel, 64 * KIB);
    const files = new Transfers(port, "B", { newHash: localHash, memory });
    const seen = { offers: [], folders: [], said: [], malformed: [] };
    files.addEventListener("added", ({ detail }) => { if (detail.direction === "in") seen.offers.push(detail); });
    files.addEventListener("folder", ({ detail }) => { if (detail.direction === "in") seen.folders.push(detail); });
    port.addEventListener("malformed", ({ detail }) => seen.malformed.push(detail.message));
    wire.addEventListener("message", ({ data }) => seen.said.push(typeof data === "string" ? JSON.parse(data) : { chunk: data.byteLength }));
    const say = (message) => wire.send(typeof message === "string" ? message : JSON.stringify(message));
    const chunk = (id, bytes) => {
        const message = new Uint8Array(4 + bytes.length);
        new DataView(message.buffer).setUint32(0, id);
        message.set(bytes, 4);
        wire.send(message);
    };
    const offer = async (members = {}) => {
        const before = seen.offers.length;
        say({ kind: "offer", id: 7, name: "x", size: 1000, type: "", ...members });
        await network.until(() => seen.offers.length > before);
        return seen.offers.at(-1);
    };
    return { ...network, wire, channel, port, files, ...seen, say, chunk, offer };
}

/** That the honest end still does its work: a file each way. */
export async function assertItStillWorks(end, id = 0x7fff_fff1) {
    const bytes = new Uint8Array(100 * KIB).fill(7);
    const incoming = await end.offer({ id, size: bytes.length });
    const disk = new Disk();
    incoming.accept(disk);
    for (let at = 0; at < bytes.length; at += 50 * KIB) end.chunk(id, bytes.subarray(at, at + 50 * KIB));
    end.say({ kind: "end", id, sha256: sha256(bytes) });
    await end.until(() => incoming.isOver);
    assert.deepEqual([incoming.state, disk.written, disk.isClosed], ["done", bytes.length, true]);
    const outgoing = end.files.send(new File([bytes], "back"));
    await end.until(() => end.said.some(({ kind, id }) => kind === "offer" && id === outgoing.id));
    end.say({ kind: "accept", id: outgoing.id });
    await end.until(() => end.said.some(({ kind, id }) => kind === "end" && id === outgoing.id));
    end.say({ kind: "ack", id: outgoing.id, received: bytes.length });
    end.say({ kind: "result", id: outgoing.id, intact: true });
    await end.until(() => outgoing.isOver);
    assert.equal(outgoing.state, "done");
}
