// Time that passes when a test says so.

export class Clock {
    now = 0;
    #due = [];
    #count = 0;

    /** Things that are due at the same time happen in the order in which they were asked for. */
    after(ms, action) {
        const entry = { at: this.now + ms, order: (this.#count += 1), action };
        this.#due.push(entry);
        return () => (this.#due = this.#due.filter((other) => other !== entry));
    }

    /** Runs what is due until then, and what becomes due meanwhile. */
    runFor(ms) {
        const end = this.now + ms;
        for (;;) {
            this.#due.sort((one, other) => one.at - other.at || one.order - other.order);
            const next = this.#due[0];
            if (next === undefined || next.at > end) break;
            this.#due.shift();
            this.now = next.at;
            next.action();
        }
        this.now = end;
    }
}
