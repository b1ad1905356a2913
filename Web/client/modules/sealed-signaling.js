// Where the other side has to be verified: each description is sealed on its way out and opened on its way in, and nothing is negotiated
// before the other side has sent its share of the keys.

import { SignalingFilter } from "./signaling-filter.js";
import { Timers, WAKING_MS } from "./timers.js";

export class SealedSignaling extends SignalingFilter {
    #pairing;
    #timers = new Timers();

    /** `pairing` is a VerifiedPairing. The event `forged` has the number of descriptions that could not be opened since the other side was
     *  proved. */
    constructor(session, pairing, failed) {
        super(session, failed);
        this.#pairing = pairing;
        session.addEventListener("peerleft", () => pairing.disconnected());
        session.addEventListener("reconnecting", () => pairing.disconnected());
    }

    /** Both sides have proved that they know the secret, as far as this one has to know. */
    get isProved() { return this.#pairing.isProved; }
    /** Side A has told who redeemed the code that it knows the secret; the other side has shown nothing, and the secret is spent. */
    get isUnproved() { return this.#pairing.state === "offered"; }
    get verified() { return this.isProved ? this.#pairing.by : null; }
    get sas() { return null; }

    signal(message) {
        const { type, id, sdp } = message;
        this.pass(type === "ice" ? message : this.#pairing.seal(type, id, sdp.sdp));
    }

    applied() {}

    /** The server says that the other side has ended the attempt for want of a proof. */
    refused() {
        this.refuse(this.side === "A" && this.#pairing.state === "waiting" ? "peer_unverified" : "code_mismatch");
    }

    close() {
        this.#timers.stopAll();
    }

    paired() {
        const { isProved } = this;
        this.#carryOut(this.#pairing.connected());
        // From here on it is a negotiation like any other, and frames that were lost are made up for.
        if (isProved) this.emit("paired");
    }

    received(message) {
        if (message.type === "ice") this.emit("signal", message);
        else this.#carryOut(this.#pairing.receive(message));
    }

    /** All steps at once, so that no frame comes in between. */
    #carryOut(steps) {
        for (const { send, timer, ms, offer, apply, forged, end } of steps) {
            if (send !== undefined) this.tell(send);
            if (timer !== undefined) this.#start(timer, ms);
            // Side A then makes its first offer, or sends it again.
            if (offer) this.emit("paired");
            if (apply !== undefined) this.emit("signal", apply);
            if (forged !== undefined) this.emit("forged", forged);
            if (end !== undefined) this.refuse(end);
        }
    }

    #start(timer, ms) {
        this.#timers.startAwake(timer, ms, Math.min(ms, WAKING_MS), () => this.#carryOut(this.#pairing.elapsed(timer)));
    }
}
