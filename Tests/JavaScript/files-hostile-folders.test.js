// The other end of file transfers means harm with folders, and with what it says was there before.

import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import test from "node:test";

import { TransferMemory } from "../../Web/client/files/memory.js";
import { savedName } from "../../Web/client/files/names.js";
import { directoryPlace } from "../../Web/client/files/places.js";
import { MAX_FOLDER_FILES, MAX_FOLDERS, MAX_OPEN, MAX_PROOFS } from "../../Web/client/files/wire.js";
import { assertItStillWorks, attacked, Disk, sha256 } from "./support/hostile-files.js";

/** A place that keeps who came. */
class Place {
    disks = [];
    isAborted = false;

    sink = async ({ name, path }) => {
        const disk = Object.assign(new Disk(), { name, path });
        this.disks.push(disk);
        return disk;
    };

    close = async () => ({ savedAs: "somewhere" });

    abort = () => {
        this.isAborted = true;
    };
}

async function offeredFolder(end, members = {}) {
    end.say({ kind: "folder", id: 1, name: "photos", files: 3, size: 30, ...members });
    await end.until(() => end.folders.length > 0);
    return end.folders[0];
}

const fileIn = (id, members = {}) => ({ kind: "offer", id, name: `${id}`, size: 10, type: "", folder: 1, path: "photos", ...members });

// What was not accepted

test("of a folder that nobody has accepted, nothing is taken, and bytes end the file", async () => {
    const end = attacked();
    const folder = await offeredFolder(end);
    end.say(fileIn(3));
    end.chunk(3, new Uint8Array(10));
    await end.settle();
    assert.deepEqual([folder.state, folder.place, end.offers[0].failure, end.offers[0].moved], ["offered", null, "broken", 0]);
    assert.deepEqual(end.said.map(({ kind, id }) => [kind, id]), [["cancel", 3]]);
});

test("files of a folder that there is not, that is over, or that is this side's, are declined", async () => {
    const end = attacked();
    const folder = await offeredFolder(end);
    folder.decline();
    const own = end.files.sendFolder("mine", [{ file: new File([new Uint8Array(10)], "x"), path: "mine" }]);
    await end.settle();
    end.said.length = 0;
    for (const [id, of] of [[3, 1], [5, 99], [7, own.id], [9, 9]]) end.say(fileIn(id, { folder: of }));
    await end.settle();
    assert.deepEqual(end.said.map(({ kind, id }) => [kind, id]), [["decline", 3], ["decline", 5], ["decline", 7], ["decline", 9]]);
    assert.deepEqual(end.offers, []);
    await assertItStillWorks(end);
});

// Folders that lie

test("a file more than the folder was said to have ends it, with what is under way", async () => {
    const end = attacked();
    const folder = await offeredFolder(end);
    const place = new Place();
    folder.accept(place);
    for (const id of [3, 5, 7, 9]) end.say(fileIn(id, { size: 1 }));
    await end.until(() => folder.isOver);
    await end.settle();
    assert.deepEqual([folder.state, folder.failure, place.isAborted], ["failed", "broken", true]);
    assert.ok(end.offers.every(({ isOver, state }) => isOver && state !== "done"));
    assert.ok(place.disks.every(({ isAborted, written }) => isAborted && written === 0));
    await assertItStillWorks(end);
});

test("a byte more than the folder was said to have ends it", async () => {
    const end = attacked();
    const folder = await offeredFolder(end, { files: 100, size: 30 });
    folder.accept(new Place());
    end.say(fileIn(3, { size: 31 }));
    await end.until(() => folder.isOver);
    assert.equal(folder.failure, "broken");
    assert.ok(end.said.some(({ kind, id, reason }) => kind === "cancel" && id === 1 && reason === "broken"));
    await assertItStillWorks(end);
});

test("files that are offered and taken back count as well: nobody offers without an end", async () => {
    const end = attacked();
    const folder = await offeredFolder(end, { files: MAX_FOLDER_FILES, size: 2 ** 50 });
    let offered = 0;
    while (!folder.isOver && offered < 100_000) {
        for (let index = 0; index < 1000; index += 1, offered += 1) {
            const id = 3 + 2 * offered;
            end.say(fileIn(id));
            end.say({ kind: "cancel", id, reason: "cancelled" });
        }
        await end.settle();
        assert.ok(end.files.all.length <= 2 * MAX_OPEN, `${end.files.all.length} are listed`);
    }
    assert.equal(offered, MAX_FOLDER_FILES);
    await assertItStillWorks(end);
});

test("a folder that is accepted takes no more files at once than any other", async () => {
    const end = attacked();
    const folder = await offeredFolder(end, { files: MAX_FOLDER_FILES, size: 2 ** 50 });
    const place = new Place();
    folder.accept(place);
    for (let index = 0; index < 5000; index += 1) end.say(fileIn(3 + 2 * index));
    await end.settle();
    assert.ok(place.disks.length <= MAX_OPEN, `${place.disks.length} files are open`);
    assert.ok(end.files.all.length <= MAX_OPEN, `${end.files.all.length} are listed`);
});

test("a thousand folders: a few are shown, and those taken back do not pile up", async () => {
    const end = attacked();
    for (let index = 0; index < 1000; index += 1) end.say({ kind: "folder", id: 1 + 2 * index, name: "x", files: 1, size: 1 });
    await end.settle();
    assert.equal(end.folders.length, MAX_FOLDERS);
    assert.equal(end.said.filter(({ kind, reason }) => kind === "decline" && reason === "too_many").length, 1000 - MAX_FOLDERS);
    for (let index = 0; index < 1000; index += 1) {
        end.say({ kind: "cancel", id: 1 + 2 * index, reason: "cancelled" });
        end.say({ kind: "folder", id: 5001 + 2 * index, name: "x", files: 1, size: 1 });
        end.say({ kind: "cancel", id: 5001 + 2 * index, reason: "cancelled" });
    }
    await end.settle();
    assert.ok(end.files.folders.length <= 101, `${end.files.folders.length} are listed`);
    await assertItStillWorks(end);
});

test("a folder and a file do not share a number", async () => {
    const end = attacked();
    const folder = await offeredFolder(end);
    end.say({ kind: "offer", id: 1, name: "x", size: 1, type: "" });
    end.say({ kind: "folder", id: 1, name: "y", files: 1, size: 1 });
    end.say(fileIn(3));
    end.say({ kind: "folder", id: 3, name: "y", files: 1, size: 1 });
    await end.settle();
    assert.deepEqual(end.said.filter(({ kind }) => kind === "cancel").map(({ id }) => id), [1, 1, 3]);
    assert.deepEqual([end.folders.length, folder.state, end.offers.length], [1, "offered", 1]);
});

// Where files lie

/** A folder outside of the browser, as the File System Access API gives it; it refuses names as browsers do. */
class Directory {
    kind = "directory";
    entries = new Map();

    constructor(name = "chosen") {
        this.name = name;
    }

    async getDirectoryHandle(name, { create = false } = {}) { return this.#get(name, create, () => new Directory(name), "directory"); }

    async getFileHandle(name, { create = false } = {}) { return this.#get(name, create, () => new WrittenFile(name), "file"); }

    async removeEntry(name) { this.entries.delete(name); }

    #get(name, create, make, kind) {
        if (["", ".", ".."].includes(name) || /[/\\\u0000]/.test(name)) throw new TypeError(`Name is not allowed: ${name}`);
        if (!this.entries.has(name)) {
            if (!create) throw new DOMException("nothing there", "NotFoundError");
            this.entries.set(name, make());
        }
        const found = this.entries.get(name);
        if (found.kind !== kind) throw new DOMException("something else", "TypeMismatchError");
        return found;
    }

    /** All files below, by their paths. */
    get paths() {
        return [...this.entries].flatMap(([name, entry]) => (entry.kind === "file" ? [name] : entry.paths.map((path) => `${name}/${path}`))).sort();
    }
}

class WrittenFile {
    kind = "file";

    constructor(name) {
        this.name = name;
    }

    createWritable = async () => ({ write: async () => {}, close: async () => {}, abort: async () => {} });
}

test("whatever its path, a file lies below the folder that was chosen, under a name that systems take", async () => {
    const top = new Directory();
    const place = directoryPlace(top);
    const paths = ["a\\..\\..\\b", "C:", "con/aux", "...", ". .", "\u202ex", "\u2066", "nul.txt", "a\u0000b", "~", "%2e%2e", `${"d/".repeat(31)}d`];
    for (const path of paths) await place.sink({ name: "\u202egpj.exe", size: 1, path });
    for (const name of ["../x", "..", "con", "a/b", "LPT1.txt", "x".repeat(255), "\u{1f600}".repeat(120), ""]) await place.sink({ name, size: 1, path: "p" });
    assert.equal(top.paths.length, paths.length + 8);
    for (const path of top.paths) {
        for (const name of path.split("/")) {
            assert.doesNotMatch(name, /^\.|[\\:*?"<>|\p{Cc}\p{Bidi_Control}]|[. ]$|^(?:con|aux|nul|lpt\d)(?:\.|$)/iu, path);
            assert.ok(new TextEncoder().encode(name).length <= 255, `${name} is too long for a file system`);
        }
    }
});

test("files of one name get numbers, and none takes the place of another, nor of what was there", async () => {
    const top = new Directory();
    await top.getFileHandle("x.txt", { create: true });
    await top.getDirectoryHandle("x (2).txt", { create: true });
    const place = directoryPlace(top);
    await Promise.all(["x.txt", "x.txt", "\u202ex.txt", "x.txt"].map((name) => place.sink({ name, size: 1 })));
    assert.deepEqual(top.paths, ["x (3).txt", "x (4).txt", "x (5).txt", "x (6).txt", "x.txt"]);
});

test("a name with a number keeps its type, however long it is", () => {
    assert.match(savedName(`${"x".repeat(300)}.jpeg`, " (2)"), /^x+ \(2\)\.jpeg$/);
    assert.match(savedName(`x.${"y".repeat(300)}`, " (2)"), / \(2\)$/);
});

// Who one was before

const NONCE = "5".repeat(64);

/** An end that knows others of before, as far as `keys` goes. */
async function met({ keys = 1 } = {}) {
    const memory = new TransferMemory();
    const known = Array.from({ length: keys }, (_, index) => sha256(Uint8Array.of(index)));
    for (const key of known) memory.meet(key);
    const end = attacked({ memory });
    await end.until(() => end.said.some(({ kind }) => kind === "greet"));
    const { nonce } = end.said.find(({ kind }) => kind === "greet");
    return { ...end, memory, known, nonce };
}

/** As docs/files.md has it; the attacker is side A. */
function proofOf(key, side, nonceA, nonceB, prints = "\n\n") {
    return createHmac("sha256", Buffer.from(key, "hex")).update(`nt files known ${side}\n${nonceA}\n${nonceB}\n${prints}`).digest("hex");
}

/** Whether the end takes this one for somebody it knows: only then may a transfer go on from a byte that is not the first. */
async function isTakenForAnother(end) {
    const outgoing = end.files.send(new File([new Uint8Array(1000)], "secret"));
    await end.until(() => end.said.some(({ kind, id }) => kind === "offer" && id === outgoing.id));
    end.say({ kind: "accept", id: outgoing.id, from: 999 });
    await end.until(() => outgoing.isOver || end.said.some(({ kind, id }) => kind === "end" && id === outgoing.id));
    return outgoing.failure !== "broken";
}

test("the right proof is taken, so that the others are refused for what is wrong with them", async () => {
    const end = await met();
    end.say({ kind: "greet", nonce: NONCE });
    end.say({ kind: "known", proofs: [proofOf(end.known[0], "A", NONCE, end.nonce)] });
    await end.settle();
    assert.equal(await isTakenForAnother(end), true);
});

const FORGERIES = {
    "no proof": () => [],
    "anything": () => Array.from({ length: MAX_PROOFS }, (_, index) => sha256(Uint8Array.of(index))),
    "the proof of the other side": ({ known, nonce }) => [proofOf(known[0], "B", NONCE, nonce)],
    "nonces the wrong way round": ({ known, nonce }) => [proofOf(known[0], "A", nonce, NONCE)],
    "a proof for another nonce of its own": ({ known, nonce }) => [proofOf(known[0], "A", "6".repeat(64), nonce)],
    "a proof of an earlier channel": ({ known }) => [proofOf(known[0], "A", NONCE, "7".repeat(64))],
    "a proof for other certificates": ({ known, nonce }) => [proofOf(known[0], "A", NONCE, nonce, "sha-256 00\n\n")],
    "a proof with the key of this very channel": ({ nonce }) => [
        proofOf(createHash("sha256").update(`nt files acquaintance\n${NONCE}\n${nonce}`).digest("hex"), "A", NONCE, nonce),
    ],
    "what the end itself has said": ({ said }) => said.find(({ kind }) => kind === "known").proofs,
};
for (const [name, forge] of Object.entries(FORGERIES)) {
    test(`a stranger is taken for nobody: ${name}`, async () => {
        const end = await met();
        end.say({ kind: "greet", nonce: NONCE });
        await end.settle();
        end.say({ kind: "known", proofs: forge(end) });
        await end.settle();
        assert.equal(await isTakenForAnother(end), false);
    });
}

test("who guesses gets one guess a channel, also with another nonce", async () => {
    const end = await met();
    end.say({ kind: "greet", nonce: NONCE });
    end.say({ kind: "known", proofs: [sha256(Uint8Array.of(9))] });
    end.say({ kind: "greet", nonce: "6".repeat(64) });
    end.say({ kind: "known", proofs: [proofOf(end.known[0], "A", NONCE, end.nonce)] });
    await end.settle();
    assert.equal(await isTakenForAnother(end), false);
});

test("a thousand greetings make one answer, and one acquaintance", async () => {
    const end = await met();
    for (let index = 0; index < 1000; index += 1) {
        end.say({ kind: "greet", nonce: sha256(Uint8Array.of(index, index >> 8)) });
        end.say({ kind: "known", proofs: [] });
    }
    await end.settle();
    assert.ok(end.said.filter(({ kind }) => kind === "greet").length <= 2);
    assert.equal(end.said.filter(({ kind }) => kind === "known").length, 1);
    assert.equal(end.memory.keys().length, 2);
});

test("of any number of acquaintances, a few are kept, and no more proofs are given", async () => {
    const end = await met({ keys: 100 });
    end.say({ kind: "greet", nonce: NONCE });
    await end.settle();
    assert.equal(end.memory.keys().length, MAX_PROOFS);
    assert.equal(end.said.find(({ kind }) => kind === "known").proofs.length, MAX_PROOFS);
});

test("nothing that was meant for another is offered to a stranger, nor told of", async () => {
    const end = await met();
    end.memory.keep(end.known[0], { isOut: true, file: new File(["secret"], "secret.txt"), name: "secret.txt" });
    end.say({ kind: "greet", nonce: NONCE });
    end.say({ kind: "known", proofs: [sha256(Uint8Array.of(9))] });
    await end.settle();
    assert.deepEqual(end.said.filter(({ kind }) => kind === "offer"), []);
    assert.doesNotMatch(JSON.stringify(end.said), /secret/);
});
