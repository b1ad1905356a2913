// The other end of file transfers means harm: it says whatever a data channel carries. Each lie is refused or shown for what it is, nothing is
// written that was not accepted, nothing grows without a bound, and an honest file still goes over beside it all.

import assert from "node:assert/strict";
import { File } from "node:buffer";
import test from "node:test";

import { peerText, safeName } from "../../Web/client/files/names.js";
import { MAX_OPEN, WINDOW, WINDOW_OF_ALL } from "../../Web/client/files/wire.js";
import { assertItStillWorks, attacked, Disk, KIB, MIB, sha256 } from "./support/hostile-files.js";
import { Mischief } from "./support/random.js";

const SEEDS = 30;
const MESSAGES = 200;
/** Of transfers that are listed: 100 open ones of each direction, and 100 that are over. */
const MOST_LISTED = 3 * 100;

test("the honest end that these tests attack does its work", async () => {
    await assertItStillWorks(attacked());
});

// Names

const NAMES = {
    "../../etc/passwd": "_.._etc_passwd",
    "..": "file",
    "...": "file",
    "/": "_",
    "C:\\Windows\\system32\\x.dll": "C__Windows_system32_x.dll",
    ".bashrc": "bashrc",
    "picture\u202egpj.exe": "picturegpj.exe",
    "\u2066\u2069\u200f": "file",
    "a\u0000b\nc\u009f": "a_b_c_",
    "trailing. . .": "trailing",
    "": "file",
    "\ud800": "\ufffd",
    "<img src=x onerror=alert(1)>": "_img src=x onerror=alert(1)_",
};
for (const [name, safe] of Object.entries(NAMES)) {
    test(`a file of the name ${JSON.stringify(name)} is offered as it is called, and saved as ${safe}`, async () => {
        const end = attacked();
        const incoming = await end.offer({ name });
        assert.equal(safeName(incoming.name), safe);
        assert.doesNotMatch(safeName(incoming.name), /[/\\\p{Cc}\p{Bidi_Control}]|^\./u);
    });
}

test("no name leads out of a folder, however it is put together", () => {
    const mischief = new Mischief(1);
    const pieces = ["/", "\\", "..", ".", " ", "a", "\u202e", "\u2066", "\u0000", "\n", ":", "%2f", "\ud800", "\u{1f600}", "٪", "\u200b", "CON"];
    for (let round = 0; round < 5000; round += 1) {
        const name = Array.from({ length: 1 + mischief.below(12) }, () => mischief.one(pieces)).join("");
        const safe = safeName(name);
        assert.doesNotMatch(safe, /[/\\:\p{Cc}\p{Bidi_Control}]|^[.\s]|[.\s]$/u, JSON.stringify(name));
        assert.notEqual(safe, "");
        assert.equal(safeName(safe), safe, `${JSON.stringify(name)}: what is safe stays as it is`);
    }
});

test("a type is text as any other of that side's", async () => {
    const incoming = await attacked().offer({ type: "text/\u202eplain" });
    assert.equal(peerText(incoming.type), "text/plain");
});

// Sizes that lie

test("a byte more than was said ends it as broken, at the byte", async () => {
    const end = attacked();
    const incoming = await end.offer();
    const disk = new Disk();
    incoming.accept(disk);
    end.chunk(7, new Uint8Array(1000));
    await end.until(() => incoming.moved === 1000);
    end.chunk(7, new Uint8Array(1));
    await end.until(() => incoming.isOver);
    assert.deepEqual([incoming.failure, disk.written, disk.isAborted, disk.isClosed], ["broken", 1000, true, false]);
    await assertItStillWorks(end);
});

test("fewer bytes than were said, and an end, is broken", async () => {
    const end = attacked();
    const incoming = await end.offer();
    const disk = new Disk();
    incoming.accept(disk);
    end.chunk(7, new Uint8Array(999));
    end.say({ kind: "end", id: 7, sha256: sha256(new Uint8Array(999)) });
    await end.until(() => incoming.isOver);
    assert.deepEqual([incoming.failure, incoming.saved, disk.isAborted, disk.isClosed], ["broken", null, true, false]);
    await assertItStillWorks(end);
});

test("an empty file with a byte in it is broken", async () => {
    const end = attacked();
    const incoming = await end.offer({ size: 0 });
    const disk = new Disk();
    incoming.accept(disk);
    end.chunk(7, new Uint8Array(1));
    await end.until(() => incoming.isOver);
    assert.deepEqual([incoming.failure, disk.written, disk.isAborted], ["broken", 0, true]);
});

for (const size of [-1, 0.5, 2 ** 53, 1e308, "10", null, true, [10]]) {
    test(`a size of ${JSON.stringify(size)} is no offer`, async () => {
        const end = attacked();
        end.say({ kind: "offer", id: 7, name: "x", size, type: "" });
        await end.until(() => end.malformed.length === 1);
        assert.deepEqual(end.files.all, []);
    });
}

test("a size that nothing has room for is not taken into memory", async () => {
    const end = attacked();
    const incoming = await end.offer({ size: Number.MAX_SAFE_INTEGER });
    assert.throws(() => incoming.accept(), { limit: 1e9 });
    assert.equal(incoming.state, "offered");
    assert.deepEqual(end.said, []);
});

test("an endless file ends when the disk is full, and what is still sent is written nowhere", async () => {
    const end = attacked();
    const incoming = await end.offer({ size: Number.MAX_SAFE_INTEGER });
    const disk = new Disk(20 * MIB);
    incoming.accept(disk);
    const piece = new Uint8Array(MIB);
    for (let sent = 0; sent < 40; sent += 1) {
        end.chunk(7, piece);
        await end.until(() => incoming.isOver || incoming.moved > sent * MIB);
    }
    await end.settle();
    assert.deepEqual([incoming.failure, disk.isAborted, disk.written], ["unwritable", true, 20 * MIB]);
    assert.deepEqual(end.said.filter(({ kind }) => kind === "cancel"), [{ kind: "cancel", id: 7, reason: "unwritable" }]);
    await assertItStillWorks(end);
});

test("who sends without waiting is cut off at the window, not kept in memory", async () => {
    const end = attacked();
    const incoming = await end.offer({ size: Number.MAX_SAFE_INTEGER });
    const disk = new Disk();
    incoming.accept(disk);
    // All of it arrives before the disk has taken any.
    for (let sent = 0; sent < 2 * WINDOW; sent += MIB) end.chunk(7, new Uint8Array(MIB));
    await end.until(() => incoming.isOver);
    assert.equal(incoming.failure, "broken");
    assert.ok(disk.written <= WINDOW, `${disk.written} bytes were written`);
    await assertItStillWorks(end);
});

// Hashes

const HASHES = { "another one": sha256(new Uint8Array([1])), "that of nothing": sha256(new Uint8Array()), zeros: "0".repeat(64) };
for (const [name, hash] of Object.entries(HASHES)) {
    test(`a wrong hash is told of, and the file is thrown away: ${name}`, async () => {
        const end = attacked();
        const incoming = await end.offer();
        const disk = new Disk();
        incoming.accept(disk);
        end.chunk(7, new Uint8Array(1000));
        end.say({ kind: "end", id: 7, sha256: hash });
        await end.until(() => incoming.isOver);
        assert.deepEqual([incoming.state, incoming.failure, incoming.saved], ["failed", "damaged", null]);
        assert.deepEqual([disk.isClosed, disk.isAborted], [false, true]);
        assert.deepEqual(end.said.filter(({ kind }) => kind === "result"), [{ kind: "result", id: 7, intact: false }]);
    });
}

test("the right hash said twice, and another one behind it, change nothing", async () => {
    const end = attacked();
    const incoming = await end.offer();
    const disk = new Disk();
    incoming.accept(disk);
    end.chunk(7, new Uint8Array(1000));
    for (const hash of [sha256(new Uint8Array(1000)), "0".repeat(64), sha256(new Uint8Array(1000))]) {
        end.say({ kind: "end", id: 7, sha256: hash });
    }
    await end.until(() => incoming.isOver);
    assert.deepEqual([incoming.failure, disk.isClosed, disk.isAborted], ["broken", false, true]);
});

// What was never accepted

test("nothing is asked of a disk before the person has agreed", async () => {
    const end = attacked();
    const incoming = await end.offer();
    end.chunk(7, new Uint8Array(1000));
    end.say({ kind: "end", id: 7, sha256: sha256(new Uint8Array(1000)) });
    await end.settle();
    assert.deepEqual([incoming.state, incoming.failure, incoming.saved, incoming.moved], ["failed", "broken", null, 0]);
    const disk = new Disk();
    incoming.accept(disk);
    assert.deepEqual([disk.isAborted, disk.written], [true, 0]);
});

test("the other side cannot accept its own file, nor end what it was not offered", async () => {
    const end = attacked();
    const incoming = await end.offer();
    for (const kind of ["accept", "ack", "result", "decline", "pause", "resume"]) {
        end.say({ kind, id: 7, received: 10, intact: true, reason: "declined" });
    }
    await end.settle();
    assert.deepEqual([incoming.state, incoming.moved, incoming.saved], ["offered", 0, null]);
    await assertItStillWorks(end);
});

// Numbers

test("messages and bytes of transfers that there are not are left alone", async () => {
    const end = attacked();
    for (const id of [1, 2, 3, 0xffff_ffff]) {
        for (const kind of ["accept", "decline", "ack", "end", "result", "pause", "resume", "cancel"]) {
            end.say({ kind, id, reason: kind === "cancel" ? "broken" : "declined", received: 1, sha256: "0".repeat(64), intact: true });
        }
        end.chunk(id, new Uint8Array(100));
    }
    await end.settle();
    assert.deepEqual([end.files.all, end.said, end.malformed], [[], [], []]);
    await assertItStillWorks(end);
});

test("a second file under the number of one that is there is refused, and the first goes on", async () => {
    const end = attacked();
    const incoming = await end.offer();
    const disk = new Disk();
    incoming.accept(disk);
    end.say({ kind: "offer", id: 7, name: "another", size: 5, type: "" });
    await end.until(() => end.said.some(({ kind }) => kind === "cancel"));
    assert.equal(end.files.all.length, 1);
    end.chunk(7, new Uint8Array(1000));
    end.say({ kind: "end", id: 7, sha256: sha256(new Uint8Array(1000)) });
    await end.until(() => incoming.isOver);
    assert.deepEqual([incoming.state, incoming.name, incoming.size], ["done", "x", 1000]);
});

// Floods

test("of 100,000 offers, 100 are shown, and the others declined", async () => {
    const end = attacked();
    for (let batch = 0; batch < 10; batch += 1) {
        for (let index = 0; index < 10_000; index += 1) {
            end.say({ kind: "offer", id: 1 + 2 * (batch * 10_000 + index), name: "x".repeat(200), size: 1, type: "" });
        }
        await end.settle();
        assert.ok(end.files.all.length <= MAX_OPEN, `${end.files.all.length} are listed`);
    }
    assert.equal(end.offers.length, MAX_OPEN);
    assert.equal(end.said.filter(({ kind, reason }) => kind === "decline" && reason === "too_many").length, 100_000 - MAX_OPEN);
    for (const transfer of end.offers) transfer.decline();
    await assertItStillWorks(end);
});

test("100,000 offers that are taken back leave a hundred in the list", async () => {
    const end = attacked();
    for (let batch = 0; batch < 10; batch += 1) {
        for (let index = 0; index < 10_000; index += 1) {
            const id = 1 + 2 * (batch * 10_000 + index);
            end.say({ kind: "offer", id, name: "x", size: 1, type: "" });
            end.say({ kind: "cancel", id, reason: "cancelled" });
        }
        await end.settle();
        assert.ok(end.files.all.length <= MAX_OPEN + 1, `${end.files.all.length} are listed`);
    }
    await assertItStillWorks(end);
});

test("who floods and reads no answer is left, before the answers fill the memory", async () => {
    const end = attacked();
    let sent = 0;
    while (end.channel.readyState === "open" && sent < 100_000) {
        for (let index = 0; index < 1000; index += 1, sent += 1) end.say({ kind: "offer", id: 1 + 2 * sent, name: "x", size: 1, type: "" });
        // One way only.
        end.wire.deliverTo(end.channel);
    }
    assert.equal(end.channel.readyState, "closed");
    assert.ok(end.channel.highest < 3 * MIB, `${end.channel.highest} bytes were kept`);
    assert.ok(end.offers.every(({ failure }) => failure === "closed"));
});

// As a receiver

test("a receiver that accepts everything and acknowledges nothing gets a window, and the buffer's rest", async () => {
    const end = attacked();
    const outgoing = Array.from({ length: 50 }, (_, index) => end.files.send(new File([new Uint8Array(MIB)], `${index}`)));
    await end.settle();
    for (const { id } of outgoing) end.say({ kind: "accept", id });
    await end.settle();
    const sent = end.said.reduce((sum, { chunk = 0 }) => sum + chunk, 0);
    assert.ok(sent >= WINDOW && sent <= WINDOW_OF_ALL + 50 * KIB, `${sent} bytes were sent`);
});

const LIES = {
    "more than was sent": (id) => ({ kind: "ack", id, received: 1001 }),
    "the end before there was one": (id) => ({ kind: "result", id, intact: true }),
};
for (const [name, lie] of Object.entries(LIES)) {
    test(`a receiver that tells of ${name} has broken the transfer, and no file arrives by that`, async () => {
        const end = attacked();
        const outgoing = end.files.send(new File([new Uint8Array(1000)], "x"));
        await end.until(() => end.said.length === 1);
        end.say(lie(outgoing.id));
        await end.until(() => outgoing.isOver);
        assert.deepEqual([outgoing.state, outgoing.failure], ["failed", "broken"]);
        await assertItStillWorks(end);
    });
}

test("a receiver cannot have a file that it was not offered, nor one twice", async () => {
    const end = attacked();
    for (const id of [2, 4, 6]) end.say({ kind: "accept", id });
    await end.settle();
    const outgoing = end.files.send(new File([new Uint8Array(1000)], "x"));
    await end.until(() => end.said.length === 1);
    for (let times = 0; times < 3; times += 1) end.say({ kind: "accept", id: outgoing.id });
    await end.settle();
    assert.deepEqual(end.said.filter(({ kind }) => kind !== undefined).map(({ kind }) => kind), ["offer", "end"]);
    assert.equal(end.said.reduce((sum, { chunk = 0 }) => sum + chunk, 0), 1004);
});

// Anything at all

const KINDS = [
    "offer", "accept", "decline", "ack", "end", "result", "pause", "resume", "cancel", "ready", "Offer", "__proto__", "constructor", "toString",
];

function anything(mischief) {
    const ids = [1, 2, 3, 4, 5, 7, 8, 101, 0xffff_ffff];
    const plausible = {
        id: mischief.one(ids), name: mischief.one(["x", "../x", "x".repeat(255)]), size: mischief.one([0, 1, 10, 1000, 2 ** 52]), type: "",
        reason: mischief.one(["declined", "cancelled", "too_many", "broken", "unreadable", "unwritable"]), received: mischief.one([0, 1, 10, 1000]),
        sha256: mischief.one(["0".repeat(64), sha256(new Uint8Array(10)), sha256(new Uint8Array())]), intact: mischief.chance(0.5),
    };
    const members = Object.keys(plausible);
    return { ...plausible, ...(mischief.chance(0.3) && mischief.members(members)), kind: mischief.chance(0.95) ? mischief.one(KINDS) : mischief.value() };
}

test("whatever it says, nothing escapes, nothing is written that was not accepted, and the next file goes over", async (t) => {
    const escaped = [];
    const note = (error) => escaped.push(error);
    process.on("unhandledRejection", note);
    t.after(() => process.off("unhandledRejection", note));
    const reached = new Set();
    for (let seed = 1; seed <= SEEDS; seed += 1) {
        const mischief = new Mischief(seed);
        const end = attacked();
        const disks = new Map();
        end.files.addEventListener("added", ({ detail }) => {
            detail.addEventListener("change", () => reached.add(`${detail.direction} ${detail.state} ${detail.failure}`));
        });
        for (let sent = 0; sent < MESSAGES; sent += 1) {
            if (mischief.chance(0.25)) end.chunk(mischief.one([1, 2, 3, 5, 7, 101]), new Uint8Array(mischief.one([1, 10, 10, 990])));
            else if (mischief.chance(0.03)) end.say(mischief.one(["{", "[]", "null", '"offer"', "[".repeat(50_000), '{"kind":"offer"}', "\u0000"]));
            else if (mischief.chance(0.03)) end.wire.send(new Uint8Array(mischief.below(5)));
            else end.say(anything(mischief));
            if (mischief.chance(0.1)) await end.settle();
            if (mischief.chance(0.05) && end.files.all.filter(({ direction, isOver }) => direction === "out" && !isOver).length < 5) {
                end.files.send(new File([new Uint8Array(1000)], "mine"));
            }
            // The person here accepts some of what is offered.
            const offered = end.offers.filter(({ state }) => state === "offered");
            if (offered.length > 0 && mischief.chance(0.3)) {
                const transfer = mischief.one(offered);
                disks.set(transfer, new Disk());
                transfer.accept(disks.get(transfer));
            }
        }
        await end.settle();
        assert.ok(end.files.all.length <= MOST_LISTED);
        for (const transfer of end.offers) {
            const disk = disks.get(transfer);
            if (disk === undefined) assert.deepEqual([transfer.moved, transfer.saved], [0, null], `seed ${seed}`);
            else if (transfer.isOver) assert.equal(disk.isClosed, transfer.state === "done", `seed ${seed}`);
            if (disk !== undefined) assert.ok(disk.written <= transfer.size, `seed ${seed}`);
        }
        for (const transfer of end.files.all) if (!transfer.isOver) transfer.cancel();
        await assertItStillWorks(end, 0x7fff_0001);
    }
    assert.deepEqual(escaped, []);
    // Otherwise it was all refused at the door, and nothing was held by this.
    for (const state of ["in done null", "in failed damaged", "in failed broken", "in cancelled cancelled_there", "out failed broken"]) {
        assert.ok(reached.has(state), `no transfer came to be: ${state}; only ${[...reached].sort().join(", ")}`);
    }
});
