// Timers that are known by name.

import { monotonicMs } from "./clock.js";

/** The longest time that setTimeout accepts, nearly 25 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A timer that is this late was held back with its page, as systems do with pages that nobody looks at. */
const SUSPENDED_MS = 10_000;

/** A page that was suspended has this long to find out whether the other side is there. */
export const WAKING_MS = 10_000;

/** At most one timer of each name runs: starting it again replaces the one before. */
export class Timers {
    #running = new Map();

    has(name) { return this.#running.has(name); }

    /** A time longer than setTimeout accepts, such as Infinity, never ends. */
    start(name, ms, action) {
        this.stop(name);
        if (ms > LONGEST_TIMER_MS) return;
        this.#running.set(name, setTimeout(() => {
            this.#running.delete(name);
            action();
        }, ms));
    }

    /** As `start`, for a time in which something was to come about. A page that was suspended could not do its part, so it has `graceMs` more
     *  once it is awake. */
    startAwake(name, ms, graceMs, action, woken = () => {}) {
        const dueAt = monotonicMs() + ms;
        this.start(name, ms, () => {
            if (monotonicMs() - dueAt < SUSPENDED_MS) return action();
            this.startAwake(name, graceMs, graceMs, action, woken);
            woken();
        });
    }

    stop(name) {
        clearTimeout(this.#running.get(name));
        this.#running.delete(name);
    }

    stopAll() {
        for (const name of [...this.#running.keys()]) this.stop(name);
    }
}
