// Which kinds of ICE candidates a side has.

export class CandidateTally {
    #kinds = new Map();
    #isComplete = false;

    /** One entry for each kind. */
    get kinds() { return [...this.#kinds.values()]; }

    /** The side has named all its candidates, and there was none. */
    get isEmpty() { return this.#isComplete && this.#kinds.size === 0; }

    /** `line` is a candidate line of SDP, with or without `a=`; undefined for the end of candidates. */
    note(line) {
        const [, protocol, type] = /^(?:a=)?candidate:\S+ \d+ (\S+) .* typ (\S+)/.exec(line ?? "") ?? [];
        if (type !== undefined) this.#kinds.set(`${type} ${protocol}`, { type, protocol: protocol.toLowerCase() });
        this.#isComplete = type === undefined;
    }
}
