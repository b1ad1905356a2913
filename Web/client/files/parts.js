// What has arrived of a file and is not put away yet. Small parts are joined: each weighs some hundred bytes by itself, and the other end may
// send millions of them.

/** Parts below this are small. */
const SMALL_PART = 4 * 1024;
const JOINED_SIZE = 64 * 1024;

export class Parts {
    #whole = [];
    /** Those that are small, one after the other; null if the last part was a large one. */
    #joined = null;
    #end = 0;

    get length() {
        return this.#whole.length + (this.#joined === null ? 0 : 1);
    }

    add(bytes) {
        if (bytes.length >= SMALL_PART || this.#end + bytes.length > JOINED_SIZE) this.#finishJoined();
        if (bytes.length >= SMALL_PART) {
            this.#whole.push(bytes);
            return;
        }
        this.#joined ??= new Uint8Array(JOINED_SIZE);
        this.#joined.set(bytes, this.#end);
        this.#end += bytes.length;
    }

    /** All of them, in order. */
    take() {
        this.#finishJoined();
        return this.#whole.splice(0);
    }

    #finishJoined() {
        if (this.#joined !== null) this.#whole.push(this.#joined.slice(0, this.#end));
        this.#joined = null;
        this.#end = 0;
    }
}
