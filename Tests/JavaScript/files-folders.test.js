// Folders: sent with all their files, accepted at once, and not more of them than was said.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";

import { savedName } from "../../Web/client/files/names.js";
import { directoryPlace, openPlace } from "../../Web/client/files/places.js";
import { MAX_FOLDER_FILES, MAX_FOLDERS, MAX_OPEN } from "../../Web/client/files/wire.js";
import { crc32, zipParts } from "../../Web/client/files/zip.js";
import { TransferMemory } from "../../Web/client/files/memory.js";
import { Transfers } from "./support/files.js";
import { connectedPorts } from "./support/memory-channel.js";
import { bytesOf, fileOf, KIB, localHash, MIB, TestSink } from "./support/sinks.js";

function twoPages(memories = [null, null]) {
    const network = connectedPorts();
    const ends = memories.map((memory, index) => {
        const transfers = new Transfers(network.ports[index], "AB"[index], { newHash: localHash, memory });
        const end = { transfers, folders: [], added: [] };
        transfers.addEventListener("folder", ({ detail }) => end.folders.push(detail));
        transfers.addEventListener("added", ({ detail }) => end.added.push(detail));
        return end;
    });
    const answers = [];
    network.ports[0].addEventListener("control", ({ detail }) => answers.push(detail));
    return { ...network, a: ends[0], b: ends[1], answers };
}

/** Sinks by path. */
class TestPlace {
    sinks = new Map();
    isAborted = false;

    async sink({ path, name }) {
        const sink = new TestSink();
        this.sinks.set(`${path}/${name}`, sink);
        return sink;
    }

    async close(name) {
        return { savedAs: name };
    }

    abort() {
        this.isAborted = true;
    }
}

function photos(count, size = 1000) {
    return Array.from({ length: count }, (_, index) => ({ file: fileOf(size + index, `${index}.png`), path: index % 2 ? "photos/2024" : "photos" }));
}

test("a folder of more files than may be open arrives whole, accepted once", async () => {
    const pages = twoPages();
    const entries = photos(250);
    const out = pages.a.transfers.sendFolder("photos", entries);
    await pages.until(() => pages.b.folders.length === 1);
    const [incoming] = pages.b.folders;
    assert.deepEqual([incoming.name, incoming.files, incoming.size, incoming.state], ["photos", 250, out.size, "offered"]);
    const place = new TestPlace();
    incoming.accept(place);
    await pages.until(() => out.isOver && incoming.isOver);
    assert.deepEqual([out.state, incoming.state, out.done, incoming.done], ["done", "done", 250, 250]);
    assert.deepEqual([incoming.moved, out.moved], [out.size, out.size]);
    assert.deepEqual(await incoming.finished, { savedAs: "photos" });
    for (const { file, path } of entries) assert.deepEqual(await place.sinks.get(`${path}/${file.name}`).bytes(), await bytesOf(file));
    assert.deepEqual([pages.a.transfers.all, pages.b.transfers.all], [[], []], "its files are not listed one by one");
});

test("beside a folder there is room for single files, and a small one overtakes it", async () => {
    const pages = twoPages();
    const folder = pages.a.transfers.sendFolder("photos", photos(100, MIB));
    await pages.until(() => pages.b.folders.length === 1);
    pages.b.folders[0].accept(new TestPlace());
    await pages.until(() => folder.moved > 0);
    assert.equal(pages.a.transfers.offer(photos(50).map(({ file }) => file)).length, 0);
    await pages.until(() => pages.b.added.filter((transfer) => transfer.folder === null).length === 50);
    const single = pages.b.added.find((transfer) => transfer.folder === null);
    single.accept(new TestSink());
    await pages.until(() => single.isOver);
    assert.deepEqual([single.state, folder.isOver], ["done", false]);
    folder.cancel();
});

for (const who of ["the sender", "the receiver"]) {
    test(`a folder that is cancelled by ${who} ends with all of its files`, async () => {
        const pages = twoPages();
        const out = pages.a.transfers.sendFolder("photos", photos(100, MIB));
        await pages.until(() => pages.b.folders.length === 1);
        const place = new TestPlace();
        pages.b.folders[0].accept(place);
        await pages.until(() => out.done > 2);
        (who === "the sender" ? out : pages.b.folders[0]).cancel();
        await pages.until(() => out.isOver && pages.b.folders[0].isOver);
        await pages.settle();
        assert.deepEqual([out.state, pages.b.folders[0].state], ["cancelled", "cancelled"]);
        assert.equal(place.isAborted, true);
        assert.deepEqual([pages.a.transfers.all, pages.b.transfers.all], [[], []]);
        assert.ok([...place.sinks.values()].every(({ isClosed, isAborted }) => isClosed || isAborted));
    });
}

test("a folder that is declined is offered no further", async () => {
    const pages = twoPages();
    const out = pages.a.transfers.sendFolder("photos", photos(100));
    await pages.until(() => pages.b.added.length > 0);
    pages.b.folders[0].decline();
    await pages.until(() => out.isOver);
    await pages.settle();
    assert.deepEqual([out.state, out.failure], ["declined", "declined"]);
    assert.ok(pages.b.added.length < 50);
    assert.deepEqual([pages.a.transfers.all, pages.b.transfers.all], [[], []]);
});

test("one file of a folder that cannot be read leaves the others", async () => {
    const pages = twoPages();
    const entries = photos(5);
    entries[2].file.slice = () => ({ arrayBuffer: () => Promise.reject(new Error("gone")) });
    const out = pages.a.transfers.sendFolder("photos", entries);
    await pages.until(() => pages.b.folders.length === 1);
    const [incoming] = pages.b.folders;
    incoming.accept(new TestPlace());
    await pages.until(() => out.isOver && incoming.isOver);
    assert.deepEqual([out.state, out.failure, out.done, out.failed], ["failed", "unreadable", 4, 1]);
    assert.deepEqual([incoming.state, incoming.done, incoming.saved], ["failed", 4, { savedAs: "photos" }]);
});

test("one file that finds no place leaves the others", async () => {
    const pages = twoPages();
    pages.a.transfers.sendFolder("photos", photos(5));
    await pages.until(() => pages.b.folders.length === 1);
    const place = new TestPlace();
    const { sink } = place;
    place.sink = async (file) => {
        if (file.name === "2.png") throw new Error("no such name");
        return await sink.call(place, file);
    };
    pages.b.folders[0].accept(place);
    await pages.until(() => pages.b.folders[0].isOver);
    assert.deepEqual([pages.b.folders[0].failure, pages.b.folders[0].done], ["unwritable", 4]);
});

test("a folder that was cut goes on in the place that it had, with the rest of the file that was under way", async () => {
    const memories = [new TransferMemory(), new TransferMemory()];
    const first = twoPages(memories);
    await first.settle();
    const entries = photos(40, MIB);
    const out = first.a.transfers.sendFolder("photos", entries);
    await first.until(() => first.b.folders.length === 1);
    const place = new TestPlace();
    first.b.folders[0].accept(place);
    await first.until(() => out.done > 10);
    for (const channel of first.channels) channel.shut();
    await first.settle();
    assert.deepEqual([out.isKept, first.b.folders[0].isKept, place.isAborted], [true, true, false]);
    const second = twoPages(memories);
    await second.until(() => second.b.folders[0]?.isOver && second.a.folders[0].isOver);
    assert.deepEqual([second.b.folders[0].state, second.a.folders[0].state], ["done", "done"]);
    for (const { file, path } of entries) assert.deepEqual(await place.sinks.get(`${path}/${file.name}`).bytes(), await bytesOf(file));
});

const LIES = {
    "more files than it said": [{ files: 1, size: 2000 }, [1000, 1000]],
    "more bytes than it said": [{ files: 2, size: 1500 }, [1000, 1000]],
};
for (const [name, [said, sizes]] of Object.entries(LIES)) {
    test(`a folder with ${name} is ended`, async () => {
        const pages = twoPages();
        pages.ports[0].sendControl({ kind: "folder", id: 7, name: "x", ...said });
        await pages.until(() => pages.b.folders.length === 1);
        pages.b.folders[0].accept(new TestPlace());
        sizes.forEach((size, index) => {
            pages.ports[0].sendControl({ kind: "offer", id: 9 + 2 * index, name: `${index}`, size, type: "", folder: 7, path: "x" });
        });
        await pages.until(() => pages.b.folders[0].isOver);
        assert.equal(pages.b.folders[0].failure, "broken");
        assert.equal(pages.b.transfers.all.length, 0);
    });
}

test("files of a folder that nobody has announced are declined, and so are those of one that is over", async () => {
    const pages = twoPages();
    const offer = (id, folder) => pages.ports[0].sendControl({ kind: "offer", id, name: "x", size: 1, type: "", folder, path: "x" });
    offer(9, 7);
    pages.ports[0].sendControl({ kind: "folder", id: 11, name: "x", files: 3, size: 3 });
    await pages.until(() => pages.b.folders.length === 1);
    pages.b.folders[0].decline();
    offer(13, 11);
    await pages.until(() => pages.answers.length === 3);
    assert.deepEqual(pages.answers.map(({ kind, id }) => [kind, id]), [["decline", 9], ["decline", 11], ["decline", 13]]);
    assert.deepEqual(pages.b.added, []);
});

test("a file in a path that climbs is not offered to anybody", async () => {
    const pages = twoPages();
    const malformed = [];
    pages.ports[1].addEventListener("malformed", ({ detail }) => malformed.push(detail.message));
    pages.ports[0].sendControl({ kind: "folder", id: 7, name: "x", files: 9, size: 9 });
    for (const path of ["..", "x/../../y", "/x", "x//y", "", ".", Array(33).fill("x").join("/"), "x".repeat(1025), 7]) {
        pages.ports[0].sendControl({ kind: "offer", id: 9, name: "x", size: 1, type: "", folder: 7, path });
    }
    await pages.until(() => malformed.length === 9);
    assert.deepEqual(pages.b.added, []);
});

test("a folder has files, not too many, and there are not too many folders", async () => {
    const pages = twoPages();
    const [entry] = photos(1);
    assert.throws(() => pages.a.transfers.sendFolder("empty", []), { code: "too_many" });
    assert.throws(() => pages.a.transfers.sendFolder("full", Array(MAX_FOLDER_FILES + 1).fill(entry)), { code: "too_many" });
    assert.throws(() => pages.a.transfers.sendFolder("up", [{ ...entry, path: "../x" }]), TypeError);
    for (let index = 0; index < MAX_FOLDERS; index += 1) pages.a.transfers.sendFolder("x", [entry]);
    assert.throws(() => pages.a.transfers.sendFolder("x", [entry]), { code: "too_many" });
    await pages.until(() => pages.b.folders.length === MAX_FOLDERS);
    pages.ports[0].sendControl({ kind: "folder", id: 2001, name: "x", files: 1, size: 1 });
    await pages.until(() => pages.answers.length > 0);
    assert.deepEqual(pages.answers, [{ kind: "decline", id: 2001, reason: "too_many" }]);
    assert.ok(pages.b.added.length <= MAX_OPEN);
});

/** As much of a directory as places use; what it holds is by name. */
class MemoryDirectory {
    entries = new Map();

    constructor(name) {
        this.name = name;
    }

    #get(name, make, kind, create) {
        const entry = this.entries.get(name);
        if (entry === undefined && !create) throw Object.assign(new Error("none"), { name: "NotFoundError" });
        if (entry !== undefined && entry.kind !== kind) throw Object.assign(new Error("another kind"), { name: "TypeMismatchError" });
        if (entry !== undefined) return entry;
        const made = Object.assign(make(), { kind });
        this.entries.set(name, made);
        return made;
    }

    async getDirectoryHandle(name, { create = false } = {}) {
        return this.#get(name, () => new MemoryDirectory(name), "directory", create);
    }

    async getFileHandle(name, { create = false } = {}) {
        return this.#get(name, () => ({
            name,
            async createWritable() {
                const parts = [];
                return { write: async (part) => parts.push(part), close: async () => { this.content = new Blob(parts); }, abort: async () => {} };
            },
        }), "file", create);
    }

    async removeEntry(name) {
        this.entries.delete(name);
    }

    async tree() {
        const pairs = [...this.entries].map(async ([name, entry]) => [name, entry.kind === "directory" ? await entry.tree() : await entry.content.text()]);
        return Object.fromEntries(await Promise.all(pairs));
    }
}

test("in a folder that a person chose, folders are made, names are safe, and those that are taken get a number", async () => {
    const top = new MemoryDirectory("downloads");
    await (await (await top.getDirectoryHandle("photos", { create: true })).getDirectoryHandle("a.txt", { create: true })).getFileHandle("b", { create: true });
    (await (await top.getDirectoryHandle("photos")).getDirectoryHandle("a.txt")).entries.clear();
    const place = directoryPlace(top);
    const save = async (path, name, text) => {
        const sink = await place.sink({ path, name, size: text.length });
        await sink.write([new TextEncoder().encode(text)]);
        await sink.close();
    };
    await Promise.all([
        save("photos", "a.txt", "one"), save("photos", "a.txt", "two"), save("photos/x:y", "..\\..\\evil", "three"), save(undefined, "nul.txt", "four"),
    ]);
    const dropped = await place.sink({ path: "photos", name: "dropped", size: 9 });
    await dropped.abort();
    assert.deepEqual(await top.tree(), {
        photos: { "a.txt": {}, "a (2).txt": "one", "a (3).txt": "two", "x_y": { "_.._evil": "three" } }, "_nul.txt": "four",
    });
    assert.deepEqual(await place.close("photos"), { savedAs: "downloads" });
});

test("a name is cut to what file systems take, and keeps its ending", () => {
    const long = savedName(`${"ü".repeat(255)}.tar.gz`, " (2)");
    assert.ok(new TextEncoder().encode(long).length <= 255);
    assert.match(long, /^ü+ \(2\)\.gz$/u);
    assert.equal(savedName("a.txt", " (2)"), "a (2).txt");
    assert.equal(savedName("README"), "README");
});

test("a checksum is that of ISO 3309", () => {
    assert.equal(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
});

test("without folders, there is one archive, that other programs can read", async (t) => {
    const place = await openPlace();
    const save = async (path, name, bytes) => {
        const sink = await place.sink({ path, name, size: bytes.length, modified: Date.UTC(2024, 5, 1) });
        await sink.write([bytes]);
        assert.deepEqual(await sink.close(), {});
    };
    const large = new Uint8Array(300 * KIB).fill(7);
    await save("photos", "grüße.txt", new TextEncoder().encode("hello"));
    await save("photos/2024", "a.bin", large);
    await save("photos/2024", "a.bin", new Uint8Array());
    const saved = await place.close("photos");
    assert.equal(saved.name, "photos.zip");
    const folder = mkdtempSync(join(tmpdir(), "zip-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const path = join(folder, "x.zip");
    writeFileSync(path, await bytesOf(saved.blob));
    saved.release();
    const read = "import json, sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; "
        + "print(json.dumps({i.filename: [i.file_size, i.date_time[0]] for i in z.infolist()}))";
    assert.deepEqual(JSON.parse(execFileSync("python3", ["-c", read, path])), {
        "photos/grüße.txt": [5, 2024], "photos/2024/a.bin": [300 * KIB, 2024], "photos/2024/a (2).bin": [0, 2024],
    });
});

test("an archive of more than 4 GiB can be read by other programs", async (t) => {
    // Zeros that nobody has to hold: a file with a hole, in which the archive's own parts are put where they belong.
    const large = { size: 5 * 1024 * MIB, slice: () => new Blob() };
    const parts = await zipParts([{ name: "large", blob: large }, { name: "after", blob: new Blob(["x"]) }, { name: "last", blob: new Blob([]) }]);
    const folder = mkdtempSync(join(tmpdir(), "zip-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const path = join(folder, "x.zip");
    const file = openSync(path, "w");
    let at = 0;
    for (const part of parts) {
        if (part instanceof Uint8Array) writeSync(file, part, 0, part.length, at);
        else if (part !== large) writeSync(file, await bytesOf(part), 0, part.size, at);
        at += part.length ?? part.size;
    }
    closeSync(file);
    const read = "import json, sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); "
        + "print(json.dumps([[i.filename, i.file_size] for i in z.infolist()] + [z.read('after').decode(), z.read('last').decode()]))";
    const listed = JSON.parse(execFileSync("python3", ["-c", read, path]));
    assert.deepEqual(listed, [["large", large.size], ["after", 1], ["last", 0], "x", ""]);
});
