// A channel that closes when all has arrived, and what was accepted is being put away.

import assert from "node:assert/strict";
import test from "node:test";

import { TransferMemory } from "../../Web/client/files/memory.js";
import { Transfers } from "./support/files.js";
import { connectedPorts } from "./support/memory-channel.js";
import { fileOf, localHash, MIB, TestSink } from "./support/sinks.js";

function twoEnds(hasMemory = true) {
    const network = connectedPorts();
    const [a, b] = network.ports.map((port, index) => (
        new Transfers(port, "AB"[index], { newHash: localHash, memory: hasMemory ? new TransferMemory() : null })
    ));
    const cut = () => network.channels.forEach((channel) => channel.shut());
    return { ...network, a, b, cut };
}

/** A promise that a test keeps waiting. */
function gate() {
    const made = {};
    made.opened = new Promise((resolve) => { made.open = resolve; });
    return made;
}

const placeOf = (close, sinks = []) => ({
    sinks,
    isAborted: false,
    async sink() {
        sinks.push(new TestSink());
        return sinks.at(-1);
    },
    close,
    abort() { this.isAborted = true; },
});

const filesOf = (count) => Array.from({ length: count }, (_, index) => ({ file: fileOf(1000, `${index}.png`), path: "photos" }));

test("a folder that has arrived stays, though the channel closes while its archive is made", async () => {
    const ends = twoEnds();
    await ends.settle();
    ends.a.sendFolder("photos", filesOf(3));
    await ends.until(() => ends.b.folders.length === 1);
    const [folder] = ends.b.folders;
    const { opened, open } = gate();
    let released = 0;
    const place = placeOf(async () => {
        await opened;
        return { name: "photos.zip", release: () => { released += 1; } };
    });
    folder.accept(place);
    await ends.until(() => folder.done === 3);
    assert.equal(ends.b.isBusy, true, "leaving now would lose it");
    ends.cut();
    open();
    await ends.settle();
    assert.deepEqual([folder.state, folder.saved?.name, released, place.isAborted], ["done", "photos.zip", 0, false]);
});

test("a file that is being put away when the channel closes is done, and its folder too", async () => {
    const ends = twoEnds();
    await ends.settle();
    ends.a.sendFolder("photos", filesOf(1));
    await ends.until(() => ends.b.folders.length === 1);
    const { opened, open } = gate();
    const place = placeOf(async () => ({ savedAs: "photos" }));
    const makeSink = place.sink;
    let isClosing = false;
    place.sink = async () => Object.assign(await makeSink(), {
        close: async () => {
            isClosing = true;
            await opened;
            return {};
        },
    });
    ends.b.folders[0].accept(place);
    await ends.until(() => isClosing);
    ends.cut();
    open();
    await ends.settle();
    assert.deepEqual([ends.b.folders[0].state, place.sinks[0].isAborted], ["done", false]);
});

test("a folder that ends with the channel, and is not kept, gives up its place", async () => {
    const ends = twoEnds(false);
    ends.a.sendFolder("photos", [...filesOf(1), { file: fileOf(20 * MIB, "large.png"), path: "photos" }]);
    await ends.until(() => ends.b.folders.length === 1);
    const place = placeOf(async () => null);
    ends.b.folders[0].accept(place);
    await ends.until(() => ends.b.folders[0].done === 1);
    ends.cut();
    await ends.settle();
    assert.deepEqual([ends.b.folders[0].failure, place.isAborted], ["closed", true]);
});
