// The ICE candidates of a side: which kinds there are, and how many.

/** A candidate's protocol, address and type, no longer than any there is. Ports are left out: they are new ones after each ICE restart. */
const CANDIDATE = /^(?:a=)?candidate:\S+ \d+ (\S{1,16}) \d+ (\S{1,255}) \d+ typ (host|srflx|prflx|relay)\b/;
/** More than any device has; what the other side sends is not kept without end. */
const MAX_KEPT = 255;
/** Four types, over UDP and TCP, and as many again. */
const MAX_KINDS = 16;
const MAX_UNREAD = 3;

export class CandidateTally {
    #kinds = new Map();
    #seen = new Map();
    #isComplete = false;
    #unread = [];
    #unreadCount = 0;

    /** One entry for each kind. */
    get kinds() { return [...this.#kinds.values()]; }

    /** The side has named all its candidates, as far as they were understood. */
    get isComplete() { return this.#isComplete && this.#unreadCount === 0; }

    /** The side has named all its candidates, and there was none. */
    get isEmpty() { return this.isComplete && this.#kinds.size === 0; }

    /** In words what was not understood of the side's candidates; undefined if everything was. */
    get unread() {
        const others = this.#unreadCount - this.#unread.length;
        return this.#unreadCount === 0 ? undefined : `${this.#unread.join("; ")}${others > 0 ? `; and ${others} more` : ""}`;
    }

    /** How many there are of each type, the same after an ICE restart. Of those of `host`, `mdns` are names instead of addresses. */
    get counts() {
        const counts = { host: 0, srflx: 0, relay: 0, prflx: 0, mdns: 0 };
        for (const { type, isName } of this.#seen.values()) {
            counts[type] += 1;
            if (isName) counts.mdns += 1;
        }
        return counts;
    }

    /** Another one is named: a candidate line of SDP, with or without `a=`. */
    note(line) {
        const [, transport, address, type] = CANDIDATE.exec(line) ?? [];
        this.#isComplete = false;
        if (type === undefined) return this.noteUnread("a candidate line has an unknown form");
        const protocol = transport.toLowerCase();
        if (this.#kinds.size < MAX_KINDS) this.#kinds.set(`${type} ${protocol}`, { type, protocol });
        const isName = type === "host" && address.endsWith(".local");
        if (this.#seen.size < MAX_KEPT) this.#seen.set(`${type} ${protocol} ${address}`, { type, isName });
    }

    /** No further one comes, unless ICE is restarted. */
    noteEnd() {
        this.#isComplete = true;
    }

    /** Something was to be a candidate, and was not understood. `why` is kept if it is new, up to a few. */
    noteUnread(why) {
        this.#unreadCount += 1;
        if (this.#unread.length < MAX_UNREAD && !this.#unread.includes(why)) this.#unread.push(why);
    }
}
