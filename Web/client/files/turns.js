// Who sends next: those that are ready, one message each and then the next, so that no file keeps the others waiting.

export class Turns {
    #port;
    #waiting = [];

    constructor(port) {
        this.#port = port;
    }

    /** Calls `send` once `isReady()` holds and the channel has room; resolves then. */
    take(isReady, send) {
        return new Promise((resolve) => {
            this.#waiting.push({ isReady, send, resolve });
            this.go();
        });
    }

    /** Something has changed that somebody may be waiting for. */
    go() {
        while (this.#waiting.length > 0 && (this.#port.hasRoom || !this.#port.isOpen)) {
            const index = this.#waiting.findIndex(({ isReady }) => isReady());
            if (index < 0) return;
            const [{ send, resolve }] = this.#waiting.splice(index, 1);
            send();
            resolve();
        }
    }
}
