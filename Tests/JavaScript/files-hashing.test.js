// Hashing in a worker, and without one. Each test has the module anew, since it keeps its worker.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { HashDesk } from "../../Web/client/files.js";
import { turns } from "./support/sessions.js";

const PARTS = [Uint8Array.of(1, 2, 3), new Uint8Array(100_000).fill(7)];
const EXPECTED = createHash("sha256").update(PARTS[0]).update(PARTS[1]).digest("hex");

/** A worker that does its work when the test says so. */
class FakeWorker extends EventTarget {
    static all = [];
    questions = [];
    isTerminated = false;
    #desk = new HashDesk();

    constructor(url, options) {
        super();
        Object.assign(this, { url, options });
        FakeWorker.all.push(this);
    }

    postMessage(question) {
        this.questions.push(question);
    }

    terminate() {
        this.isTerminated = true;
    }

    works() {
        for (const question of this.questions.splice(0)) {
            const data = this.#desk.answer(question);
            if (data !== undefined) this.dispatchEvent(Object.assign(new Event("message"), { data }));
        }
    }

    fails(message) {
        this.dispatchEvent(Object.assign(new Event("error"), { message }));
    }
}

let count = 0;

async function hashing(t, worker = FakeWorker) {
    FakeWorker.all = [];
    globalThis.Worker = worker;
    t.after(() => { delete globalThis.Worker; });
    count += 1;
    return await import(`../../Web/client/files/hashing.js?${count}`);
}

async function hashOf({ backgroundHash }, work = () => {}) {
    const hash = backgroundHash();
    const steps = [];
    for (const part of PARTS) {
        steps.push(hash.update([part]));
        work();
    }
    steps.push(hash.hex());
    work();
    const [, , hex] = await Promise.all(steps);
    hash.drop();
    return hex;
}

test("one worker, the script beside the module, makes the hashes", async (t) => {
    const module = await hashing(t);
    module.startHashing();
    module.startHashing();
    const [worker, ...others] = FakeWorker.all;
    assert.equal(others.length, 0);
    assert.match(worker.url.pathname, /\/Web\/client\/hash-worker\.js$/);
    assert.deepEqual(worker.options, { type: "module" });
    assert.equal(await hashOf(module, () => worker.works()), EXPECTED);
    assert.equal(FakeWorker.all.length, 1);
});

test("without workers it is done in this thread", async (t) => {
    const module = await hashing(t);
    delete globalThis.Worker;
    assert.equal(await hashOf(module), EXPECTED);
});

test("where a worker is refused, it is done in this thread", async (t) => {
    const module = await hashing(t, class { constructor() { throw new DOMException("of another origin", "SecurityError"); } });
    assert.equal(await hashOf(module), EXPECTED);
});

test("a worker that does not start is asked for nothing more, and what it was asked is done in this thread", async (t) => {
    const module = await hashing(t);
    const hash = module.backgroundHash();
    const steps = PARTS.map((part) => hash.update([part]));
    await turns();
    const [worker] = FakeWorker.all;
    assert.equal(worker.questions.length, 2);
    worker.fails("refused by a policy");
    await Promise.all(steps);
    assert.equal(worker.isTerminated, true);
    assert.equal(await hash.hex(), EXPECTED);
    assert.equal(await hashOf(module), EXPECTED);
    assert.equal(FakeWorker.all.length, 1);
});

test("a worker that is lost takes its hashes along, and the next hash has another one", async (t) => {
    const module = await hashing(t);
    const hash = module.backgroundHash();
    const first = hash.update([PARTS[0]]);
    await turns();
    FakeWorker.all[0].works();
    await first;
    const second = hash.update([PARTS[1]]);
    await turns();
    FakeWorker.all[0].fails("out of memory");
    await assert.rejects(second, /hashing has failed: out of memory/);
    await assert.rejects(hash.hex(), /hashing has failed/);
    hash.drop();
    assert.equal(await hashOf(module, () => FakeWorker.all[1]?.works()).catch((error) => error.message), EXPECTED);
});

test("a hash that is dropped is forgotten", () => {
    const desk = new HashDesk();
    desk.answer({ number: 1, parts: [PARTS[0]] });
    assert.equal(desk.answer({ number: 1, isDropped: true }), undefined);
    assert.deepEqual(desk.answer({ number: 1, isEnd: true }), { hex: createHash("sha256").digest("hex") });
});
