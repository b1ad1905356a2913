// Checks now and then which route the bytes take, and how many there are.

export const KEPT_MS = 60_000;

/** Event: `sample`, when `route` (null while there is none) and `samples` are new. */
export class RouteMonitor extends EventTarget {
    route = null;
    /** The samples of the last minute, `{time, up, down}`: bytes per second since the sample before. */
    samples = [];
    #link;
    #now;
    #before = null;
    #timer = null;

    constructor(link, now = () => performance.now()) {
        super();
        this.#link = link;
        this.#now = now;
    }

    /** Looks now, and from then on at this interval. */
    every(milliseconds) {
        this.stop();
        this.#timer = setInterval(() => this.look(), milliseconds);
        this.look();
    }

    stop() {
        clearInterval(this.#timer);
    }

    async look() {
        const route = await this.#link.route();
        const time = this.#now();
        const { up, down } = this.#speeds(route, time);
        this.#before = route && { route, time };
        this.route = route;
        this.samples = [...this.samples.filter((sample) => sample.time >= time - KEPT_MS), { time, up, down }];
        this.dispatchEvent(new Event("sample"));
    }

    #speeds(route, time) {
        if (route === null || this.#before === null) return { up: 0, down: 0 };
        const seconds = (time - this.#before.time) / 1000;
        // Another route has counters of its own, which begin at 0.
        const speed = (counter) => (seconds > 0 ? Math.max(0, route[counter] - this.#before.route[counter]) / seconds : 0);
        return { up: speed("bytesSent"), down: speed("bytesReceived") };
    }
}
