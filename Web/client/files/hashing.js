// SHA-256 in a worker: a fast transfer would otherwise keep the page's own thread half busy. Where no worker starts, it is done in this
// thread: in Node, under a policy that forbids workers, or if the module comes from another origin.

import { HashDesk } from "./hash-desk.js";

/** The bench that all transfers share, once there is one, and the number of the newest hash. */
const shared = { bench: undefined, lastNumber: 0 };

/** Starts the worker, if there is none. Transfers do it by themselves; a page may do it earlier, while the server that has the script is
 *  there. */
export function startHashing() {
    if (shared.bench === undefined || shared.bench.isLost) shared.bench = new Bench(startWorker());
}

/**
 * A new hash. `update(parts)` takes arrays of bytes; its promise resolves when they are hashed, so that a caller who waits for it never has
 * more under way. `hex()` ends the hash; `drop()` forgets it, even after the end.
 */
export function backgroundHash() {
    shared.lastNumber += 1;
    const number = shared.lastNumber;
    let own;
    const ask = async (question) => {
        if (own === undefined) {
            startHashing();
            own = shared.bench;
        }
        return await own.ask({ number, ...question });
    };
    return {
        update: (parts) => ask({ parts }),
        hex: async () => (await ask({ isEnd: true })).hex,
        drop: () => own?.drop(number),
    };
}

/** Where hashes are made: a worker, or this thread. */
class Bench {
    #worker;
    #hasAnswered = false;
    /** Questions that the worker has not answered yet. It answers in order. */
    #unanswered = [];
    /** Undefined while the worker does the work. */
    #desk;
    /** Why the worker is gone. */
    #failure;

    /** `worker` is null where there is none. */
    constructor(worker) {
        this.#worker = worker;
        if (worker === null) {
            this.#desk = new HashDesk();
            return;
        }
        worker.addEventListener("message", ({ data }) => {
            this.#hasAnswered = true;
            this.#unanswered.shift().resolve(data);
        });
        worker.addEventListener("error", ({ message }) => this.#failed(message));
    }

    /** A worker that has failed took the bytes of its hashes along: they are lost, and another bench is needed for new ones. */
    get isLost() { return this.#failure !== undefined; }

    ask(question) {
        if (this.#desk !== undefined) return this.#desk.answer(question);
        if (this.isLost) throw this.#failure;
        return new Promise((resolve, reject) => {
            this.#unanswered.push({ question, resolve, reject });
            this.#worker.postMessage(question);
        });
    }

    drop(number) {
        if (this.#desk !== undefined) this.#desk.answer({ number, isDropped: true });
        else if (!this.isLost) this.#worker.postMessage({ number, isDropped: true });
    }

    #failed(message) {
        this.#worker.terminate();
        const unanswered = this.#unanswered.splice(0);
        if (this.#hasAnswered) {
            this.#failure = new Error(`hashing has failed: ${message ?? "the worker was lost"}`);
            for (const { reject } of unanswered) reject(this.#failure);
        } else {
            // It did not start, so whatever it was asked has begun nowhere else.
            this.#desk = new HashDesk();
            for (const { question, resolve } of unanswered) resolve(this.#desk.answer(question));
        }
    }
}

function startWorker() {
    try {
        // In this form, tools that put modules together find the script and take it along.
        return new Worker(new URL("../hash-worker.js", import.meta.url), { type: "module" });
    } catch {
        return null;
    }
}
