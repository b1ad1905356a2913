// What stands between a negotiation and its session.

import { SignalingError } from "./errors.js";

const WHY_REFUSED = {
    code_mismatch: "a proof failed: the two sides do not have the same secret, or somebody else took part",
    code_gone: "the secret of this code was used on this device before",
    peer_unverified: "the other side did not prove that it has the secret of this code",
    protocol_error: "the other side's part in the verification cannot be understood",
    words_needed: "the other side asks for the words of this code",
};

/** Has the events `paired` and `signal`, `state`, `peerPresent` and `signal()` of a session, and changes what passes. */
export class SignalingFilter extends EventTarget {
    #session;
    #failed;

    /** `failed` is called with the error that the attempt, or the link, has to end with. */
    constructor(session, failed) {
        super();
        this.#session = session;
        this.#failed = failed;
        session.addEventListener("paired", () => this.paired());
        session.addEventListener("signal", ({ detail }) => this.received(detail));
    }

    get state() { return this.#session.state; }
    get peerPresent() { return this.#session.peerPresent; }
    get side() { return this.#session.side; }

    /** A frame of the negotiation's. */
    pass(message) {
        this.#session.signal(message);
    }

    /** A frame of the filter's own. What the connection does not take is lost, and made up for like all that is. */
    tell(frame) {
        if (this.state !== "open") return;
        try {
            this.#session.signal(frame);
        } catch (error) {
            if (error.code !== "queue_full") throw error;
        }
    }

    refuse(code) {
        this.#failed(new SignalingError(code, WHY_REFUSED[code]));
    }

    emit(type, detail = null) {
        this.dispatchEvent(new CustomEvent(type, { detail }));
    }
}
