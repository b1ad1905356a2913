// Perfect negotiation: offers, answers and candidates, relayed by the server.

import { CandidateTally } from "./candidates.js";
import { SignalingError } from "./errors.js";
import { Timers } from "./timers.js";

/** An offer that has no answer after this time is sent again: offer or answer may be lost. Each further time takes twice as long. */
const ANSWER_LIMIT_MS = 5_000;

/** Negotiates between the RTCPeerConnections of two sides. Side A makes the first offer, as in all clients of this server; after that
 *  either may. When both have made one, A (the impolite peer) ignores B's, and B rolls back its own. */
export class Negotiation {
    #connection;
    #session;
    #side;
    #failed;
    /** Own offers and the other side's frames are handled one at a time, so that no step finds a state that changes under it. */
    #turn = Promise.resolve();
    /** Whether this side may make offers yet: B may not before A's first. */
    #hasBegun = false;
    /** An offer has to be made as soon as the other side is there. */
    #isDue = false;
    /** The number of the newest offer, which its answer repeats. An offer that is sent twice gets two answers, and the second may come
     *  after the next offer. */
    #offerID = 0;
    /** The other side's; undefined before its first description. */
    #fingerprint;
    #timers = new Timers();
    #answerLimitMs = ANSWER_LIMIT_MS;
    #local = new CandidateTally();
    #remote = new CandidateTally();

    /** `failed` is called with an error when the two cannot agree any more. */
    constructor(connection, session, side, failed) {
        this.#connection = connection;
        this.#session = session;
        this.#side = side;
        this.#failed = failed;
        connection.addEventListener("icecandidate", ({ candidate }) => this.#passCandidate(candidate));
        connection.addEventListener("negotiationneeded", () => {
            this.#isDue = true;
            this.#inTurn(() => connection.signalingState === "stable" && this.#offer());
        });
        session.addEventListener("paired", () => this.#inTurn(() => this.#catchUp()));
        session.addEventListener("signal", ({ detail }) => this.#inTurn(() => this.#take(detail)));
    }

    /** The kinds of candidates seen on each side. */
    get local() { return this.#local.kinds; }
    get remote() { return this.#remote.kinds; }
    /** One of the sides has no candidate at all. */
    get isHopeless() { return this.#local.isEmpty || this.#remote.isEmpty; }
    /** The other side has sent a description. */
    get hasMet() { return this.#fingerprint !== undefined; }

    /** Restarts ICE. */
    restart() {
        this.#connection.restartIce();
        this.#isDue = true;
        this.#inTurn(() => this.#offer());
    }

    close() {
        this.#timers.stopAll();
    }

    #inTurn(task) {
        this.#turn = this.#turn.then(task).catch((error) => {
            if (this.#connection.signalingState !== "closed") this.#failed(error);
        });
    }

    /** Without a connection to the server, nothing is kept for later: the next connection brings `paired`, and then the two catch up. */
    #tell(message) {
        if (this.#session.state === "open") this.#session.signal(message);
    }

    /** Both sides are there. If it is not the first time, frames may have been lost with a connection. */
    async #catchUp() {
        if (this.#side === "A") this.#hasBegun = true;
        const { signalingState, connectionState, remoteDescription } = this.#connection;
        if (signalingState === "stable" && remoteDescription && connectionState !== "connected") this.restart();
        else if (signalingState !== "stable" || !remoteDescription || this.#isDue) await this.#offer();
    }

    /** Makes an offer. If one has no answer yet, sends that again, with the candidates that were found meanwhile. */
    async #offer() {
        if (!this.#hasBegun || !this.#session.peerPresent) return;
        if (this.#connection.signalingState === "stable") {
            this.#isDue = false;
            this.#offerID += 1;
            await this.#connection.setLocalDescription();
        }
        this.#tell({ type: "offer", sdp: this.#connection.localDescription, id: this.#offerID });
        this.#timers.start("answer", this.#answerLimitMs, () => this.#inTurn(() => this.#offerAgain()));
    }

    async #offerAgain() {
        this.#answerLimitMs *= 2;
        if (this.#connection.signalingState === "have-local-offer") await this.#offer();
    }

    async #take(message) {
        const connection = this.#connection;
        if (message.type === "offer") {
            if (connection.signalingState !== "stable" && this.#side === "A") return;
            this.#timers.stop("answer");
            await this.#describe(message);
            this.#hasBegun = true;
            await connection.setLocalDescription();
            this.#tell({ type: "answer", sdp: connection.localDescription, id: message.id });
        } else if (message.type === "answer") {
            // Of two answers to an offer that was sent twice, the second is ignored. Other clients send answers without an id.
            if (connection.signalingState !== "have-local-offer" || (message.id ?? this.#offerID) !== this.#offerID) return;
            this.#timers.stop("answer");
            this.#answerLimitMs = ANSWER_LIMIT_MS;
            await this.#describe(message);
        } else if (message.type === "ice") {
            // Other clients call it `cand`.
            const candidate = message.candidate ?? message.cand ?? null;
            this.#remote.note(candidate?.candidate);
            // A candidate of an earlier ICE generation, or of an offer that was ignored, is refused. It is not needed.
            await connection.addIceCandidate(candidate).catch(() => {});
        }
    }

    /** Applies the other side's description. Some clients send it as an object, some only its text. */
    async #describe({ type, sdp }) {
        const description = typeof sdp === "string" ? { type, sdp } : sdp;
        const fingerprint = fingerprintOf(description?.sdp);
        if (fingerprint === "") throw new SignalingError("protocol_error", `the other side sent an ${type} without a fingerprint`);
        if (this.#fingerprint !== undefined && this.#fingerprint !== fingerprint) {
            throw new SignalingError("peer_left", "the other side has begun anew");
        }
        this.#fingerprint = fingerprint;
        for (const [, candidate] of description.sdp.matchAll(/^a=(candidate:.*)$/gm)) this.#remote.note(candidate);
        try {
            await this.#connection.setRemoteDescription(description);
        } catch (cause) {
            throw new SignalingError("protocol_error", `the other side's ${type} cannot be used: ${cause.message}`, { cause });
        }
    }

    #passCandidate(candidate) {
        // Some browsers end each generation with an empty candidate; null, the end of all candidates, comes from every browser.
        if (candidate?.candidate === "") return;
        this.#local.note(candidate?.candidate);
        this.#tell({ type: "ice", candidate });
    }
}

/** The certificate's fingerprint, which stays the same as long as an RTCPeerConnection does: another one is another RTCPeerConnection. */
function fingerprintOf(sdp) {
    const found = typeof sdp === "string" ? sdp.match(/^a=fingerprint:.*$/gim) ?? [] : [];
    return [...new Set(found.map((line) => line.trim().toLowerCase()))].sort().join("\n");
}
