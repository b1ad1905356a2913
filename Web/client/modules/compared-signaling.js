// Where the code has digits alone: beside the descriptions, the two sides agree on six digits that people may compare.

import { Comparison } from "./comparison.js";
import { SignalingFilter } from "./signaling-filter.js";

/** Its event `sas` has the digits. */
export class ComparedSignaling extends SignalingFilter {
    #comparison;
    #hasApplied = false;

    constructor(session, failed) {
        super(session, failed);
        this.#comparison = new Comparison({ side: session.side, appID: session.appID });
    }

    /** There is nothing to be proved. */
    get isProved() { return true; }
    get isUnproved() { return false; }
    get verified() { return null; }
    get sas() { return this.#comparison.digits; }

    signal(message) {
        const { type, sdp } = message;
        const sas = type === "ice" ? undefined : this.#comparison.member(type, sdp.sdp);
        this.pass(sas === undefined ? message : { ...message, sas });
    }

    /** The other side's description was applied: its frame, and the text that it has. */
    applied(message, sdp) {
        this.#hasApplied = true;
        this.#carryOut(this.#comparison.applied(message, sdp));
    }

    close() {}

    paired() {
        this.#carryOut(this.#comparison.connected());
        this.emit("paired");
    }

    received(message) {
        if (message.type !== "sender_ready") return this.emit("signal", message);
        // Side A has shown words, and asks for them before it offers anything.
        if (this.side === "B" && !this.#hasApplied && (message.pake ?? null) !== null) return this.refuse("words_needed");
        this.#carryOut(this.#comparison.receive(message));
    }

    #carryOut(steps) {
        for (const { send, digits, end } of steps) {
            if (send !== undefined) this.tell(send);
            if (digits !== undefined) this.emit("sas", digits);
            if (end !== undefined) this.refuse(end);
        }
    }
}
