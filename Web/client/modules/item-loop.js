// A loop over the items of an inbox.

import { Deferred } from "./promises.js";

/** The async iterator that items() returns. Not a generator, since one that waits cannot be left: its return() waits too. */
export class ItemLoop {
    #source;
    #signal;
    /** "new" until an item is asked for, then "running", and "over" once it is left or the session has ended. */
    #state = "new";
    /** Calls of next() that wait for an item. */
    #waiting = [];
    /** The first item of the source has been handed over, and the next one has not been asked for. */
    #isHandedOver = false;
    /** Why the loop was ended while nobody waited: for the next who asks. */
    #error;
    /** Aborted at the end, and the listener with it. */
    #life = new AbortController();

    /** `source` has the items: `enter(loop)` throws if another loop is running, `leave()` lets the next one begin; `first` is the item that is
     *  next, if there is one, and `take()` removes and acknowledges it; after the end `isOver` is true, with `error` if there is one. It calls
     *  `advance()` when something has changed. */
    constructor(source, signal) {
        this.#source = source;
        this.#signal = signal;
    }

    [Symbol.asyncIterator]() {
        return this;
    }

    async next() {
        if (this.#state === "new") this.#enter();
        if (this.#state === "over") return this.#afterEnd();
        const asked = new Deferred();
        this.#waiting.push(asked);
        this.advance();
        return await asked.promise;
    }

    async return(value) {
        this.#finish();
        return { value, done: true };
    }

    advance() {
        while (this.#waiting.length > 0) {
            if (this.#isHandedOver) this.#source.take();
            this.#isHandedOver = false;
            if (this.#source.isOver) return this.#finish(this.#source.error);
            const item = this.#source.first;
            if (item === undefined) return;
            this.#isHandedOver = true;
            this.#waiting.shift().resolve({ value: item, done: false });
        }
    }

    #enter() {
        this.#state = "over";
        this.#signal?.throwIfAborted();
        this.#source.enter(this);
        this.#state = "running";
        this.#signal?.addEventListener("abort", () => this.#finish(this.#signal.reason), { signal: this.#life.signal });
    }

    /** At once, also if somebody waits. An item that was handed over and not done with is the first of the next loop. */
    #finish(error) {
        if (this.#state === "running") this.#source.leave();
        this.#state = "over";
        this.#life.abort();
        const asked = this.#waiting.splice(0);
        if (error !== undefined && asked.length > 0) asked.shift().reject(error);
        else this.#error = error;
        for (const { resolve } of asked) resolve({ value: undefined, done: true });
    }

    #afterEnd() {
        const error = this.#error;
        this.#error = undefined;
        if (error !== undefined) throw error;
        return { value: undefined, done: true };
    }
}
