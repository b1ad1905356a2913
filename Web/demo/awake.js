// Keeps the screen on while files move: a phone that sleeps would cut them.

/** Does so for these transfers. */
export function keepAwake(transfers) {
    const lock = new ScreenLock();
    const look = () => lock.want(transfers.all.some(({ state, isPaused }) => ["moving", "checking"].includes(state) && !isPaused));
    transfers.addEventListener("added", ({ detail }) => detail.addEventListener("change", look));
    transfers.addEventListener("closed", () => lock.want(false));
}

class ScreenLock {
    #isWanted = false;
    #isAsking = false;
    #lock = null;

    constructor() {
        // The browser takes the lock away from a page that nobody sees.
        document.addEventListener("visibilitychange", () => this.#settle());
    }

    want(isWanted) {
        if (isWanted === this.#isWanted) return;
        this.#isWanted = isWanted;
        this.#settle();
    }

    async #settle() {
        const { wakeLock } = navigator;
        if (wakeLock === undefined || this.#isAsking) return;
        if (!this.#isWanted) {
            this.#lock?.release().catch(() => {});
            this.#lock = null;
            return;
        }
        if (document.visibilityState !== "visible" || (this.#lock !== null && !this.#lock.released)) return;
        this.#isAsking = true;
        try {
            this.#lock = await wakeLock.request("screen");
        } catch {
            // An empty battery, for example: files go on as long as the device is awake.
        } finally {
            this.#isAsking = false;
        }
        if (!this.#isWanted) this.#settle();
    }
}
