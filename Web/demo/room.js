// The room of an attempt, which outlives it: who tries again comes back to it, as its code is spent.

export class Room {
    /** Where pair() comes back to; null until the room is known. */
    #place = null;
    #code = null;
    #codeEndsAt = 0;
    /** What has to be proved: the code's `phrase`, `fragment`, or both. */
    #secrets = {};
    #isMet = false;

    /** The other side has come there, or may still. Words and links are good for one proof, and nobody comes back without them. */
    get canBeEntered() {
        if (this.#place === null) return false;
        return this.#isMet ? !this.isProved : this.#code === null || this.openCode !== null;
    }

    /** Whoever comes has to prove that they have the words or the link. */
    get isProved() {
        return Object.keys(this.#secrets).length > 0;
    }

    /** The code that somebody may still use, `{ code, phrase, fragment, expiresInMs }`; null if there is none. */
    get openCode() {
        const expiresInMs = this.#codeEndsAt - performance.now();
        return this.#code === null || this.#isMet || expiresInMs <= 0 ? null : { code: this.#code, ...this.#secrets, expiresInMs };
    }

    /** What pair() is given to come back. */
    get options() {
        const open = this.openCode;
        return { ...this.#place, ...this.#secrets, ...(open !== null && { expiresInMs: open.expiresInMs }) };
    }

    entered(place) {
        this.#place = place;
    }

    /** What a person has entered, and `by` what it proves itself: undefined where it was digits alone, however they were written. */
    given({ text, by }) {
        this.#secrets = by === undefined ? {} : { phrase: text };
    }

    minted({ code, phrase, fragment, expiresInMs }) {
        this.#code = code;
        this.#secrets = { ...(phrase && { phrase }), ...(fragment && { fragment }) };
        this.#codeEndsAt = performance.now() + expiresInMs;
    }

    /** The other side has come, so the code is used. */
    met() {
        this.#isMet = true;
    }
}
