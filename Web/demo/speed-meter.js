// How fast a growing number grows, over the last few seconds.

const WINDOW_MS = 3000;

export class SpeedMeter {
    /** The newest is last. The first is the newest of those older than the window, or the oldest if there are none. */
    #samples = [];

    /** Takes the total at a time in milliseconds, and returns the speed per second. */
    measure(total, now) {
        this.#samples.push({ total, now });
        while (this.#samples.length > 2 && this.#samples[1].now <= now - WINDOW_MS) this.#samples.shift();
        const first = this.#samples[0];
        return now > first.now ? ((total - first.total) * 1000) / (now - first.now) : 0;
    }
}
