// Timers that are known by name.

/** The longest time that setTimeout accepts, nearly 25 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

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

    stop(name) {
        clearTimeout(this.#running.get(name));
        this.#running.delete(name);
    }

    stopAll() {
        for (const name of [...this.#running.keys()]) this.stop(name);
    }
}
