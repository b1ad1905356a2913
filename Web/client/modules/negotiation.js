// Perfect negotiation: offers, answers and candidates, relayed by the server.

import { readCandidate } from "./candidate-frames.js";
import { SignalingError } from "./errors.js";
import { Timers } from "./timers.js";

/** An offer that has no answer after this time is sent again: offer or answer may be lost. Each further time takes twice as long. */
const ANSWER_LIMIT_MS = 5_000;

/** Frames of the other side that wait for their turn. More than two peers ever have to say at once are ignored. */
const MAX_WAITING_FRAMES = 512;
/** Of the other side's candidates, so many are given to the browser for each of its ICE sessions: more than any device has. */
const MAX_CANDIDATES = 1_000;
/** Candidates that come before the first description, which says what they belong to, wait for it. */
const MAX_EARLY_CANDIDATES = 64;

/** Negotiates between the RTCPeerConnections of two sides. Side A makes the first offer, as in all clients of this server; after that
 *  either may. When both have made one, A (the impolite peer) ignores B's, and B rolls back its own. */
export class Negotiation {
    #connection;
    #session;
    #side;
    #local;
    #remote;
    #servers;
    #applied;
    #restarting;
    #failed;
    #misread;
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
    /** Of the other side's newest description: its ICE session, and how many of its candidates the browser was given. */
    #username;
    #candidateCount = 0;
    #timers = new Timers();
    #answerLimitMs = ANSWER_LIMIT_MS;
    #waitingFrames = 0;
    #earlyCandidates = [];
    /** Both sides have described themselves. */
    #hasAgreed = false;

    /** The candidates are noted in the tallies `local` and `remote`; `servers` are renewed before each ICE restart. `applied` is called
     *  after each description of the other side's, `restarting` when an ICE restart begins, `failed` with an error when something cannot be
     *  agreed on, `misread` with one when a candidate was not understood. */
    constructor(connection, session, side, { local, remote, servers, applied, restarting, failed, misread }) {
        this.#connection = connection;
        this.#session = session;
        this.#side = side;
        this.#local = local;
        this.#remote = remote;
        this.#servers = servers;
        this.#applied = applied;
        this.#restarting = restarting;
        this.#failed = failed;
        this.#misread = misread;
        connection.addEventListener("icecandidate", ({ candidate }) => this.#passCandidate(candidate));
        connection.addEventListener("negotiationneeded", () => {
            this.#isDue = true;
            this.#inTurn(() => connection.signalingState === "stable" && this.#offer());
        });
        session.addEventListener("paired", () => this.#inTurn(() => this.#catchUp()));
        session.addEventListener("signal", ({ detail }) => this.#receive(detail));
    }

    /** One of the sides has no candidate at all. */
    get isHopeless() { return this.#local.isEmpty || this.#remote.isEmpty; }
    /** Offer and answer were exchanged, as far as this side can know. */
    get hasAgreed() { return this.#hasAgreed; }

    /** Restarts ICE. */
    async restart() {
        this.#restarting();
        await this.#servers.renew();
        if (this.#connection.signalingState === "closed") return;
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

    #receive(message) {
        if (this.#waitingFrames >= MAX_WAITING_FRAMES) return;
        this.#waitingFrames += 1;
        this.#inTurn(() => {
            this.#waitingFrames -= 1;
            return this.#take(message);
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
        if (signalingState === "stable" && remoteDescription && connectionState !== "connected") await this.restart();
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
            const username = usernameOf(connection.remoteDescription?.sdp);
            await this.#describe(message);
            this.#timers.stop("answer");
            this.#hasBegun = true;
            // The other side restarts ICE, so this one finds its candidates anew too.
            if (username !== undefined && username !== usernameOf(connection.remoteDescription?.sdp)) await this.#servers.renew();
            await connection.setLocalDescription();
            this.#hasAgreed = true;
            this.#tell({ type: "answer", sdp: connection.localDescription, id: message.id });
        } else if (message.type === "answer") {
            // Of two answers to an offer that was sent twice, the second is ignored. Other clients send answers without an id, or with an id
            // of something else.
            const offerID = Number.isInteger(message.id) ? message.id : this.#offerID;
            if (connection.signalingState !== "have-local-offer" || offerID !== this.#offerID) return;
            await this.#describe(message);
            this.#timers.stop("answer");
            this.#answerLimitMs = ANSWER_LIMIT_MS;
            this.#hasAgreed = true;
        } else if (message.type === "ice") {
            await this.#takeCandidate(message);
        }
    }

    async #takeCandidate(message) {
        const { candidate, unread } = readCandidate(message);
        if (unread !== undefined) {
            this.#remote.noteUnread(unread);
            this.#misread(new SignalingError("protocol_error", unread));
            return;
        }
        if (candidate === null) this.#remote.noteEnd();
        else this.#remote.note(candidate.candidate);
        if (this.#connection.remoteDescription) await this.#addCandidate(candidate);
        else if (this.#earlyCandidates.length < MAX_EARLY_CANDIDATES) this.#earlyCandidates.push(candidate);
    }

    async #addCandidate(candidate) {
        if (this.#candidateCount >= MAX_CANDIDATES) return;
        this.#candidateCount += 1;
        // One of an earlier ICE generation, or of an offer that was ignored, is refused. It is not needed.
        await this.#connection.addIceCandidate(candidate).catch(() => {});
    }

    /** Applies the other side's description, once it is known to be that of the same RTCPeerConnection as before. Some clients send it as an
     *  object, some only its text. */
    async #describe(message) {
        const { type } = message;
        // The type that stands in an object is not looked at: a description of another type than its frame would be applied unseen.
        const description = { type, sdp: typeof message.sdp === "string" ? message.sdp : message.sdp?.sdp };
        const fingerprint = fingerprintOf(description.sdp);
        if (fingerprint === "") throw new SignalingError("protocol_error", `the other side sent an ${type} without a fingerprint`);
        this.#fingerprint ??= fingerprint;
        if (this.#fingerprint !== fingerprint) {
            throw new SignalingError("peer_left", `an ${type} came with another certificate: the other side has begun anew`);
        }
        for (const [, candidate] of description.sdp.matchAll(/^a=(candidate:.*)$/gm)) this.#remote.note(candidate);
        try {
            await this.#connection.setRemoteDescription(description);
        } catch (cause) {
            throw new SignalingError("protocol_error", `the other side's ${type} cannot be used: ${cause.message}`, { cause });
        }
        if (usernameOf(description.sdp) !== this.#username) this.#candidateCount = 0;
        this.#username = usernameOf(description.sdp);
        this.#session.applied(message, description.sdp);
        this.#applied();
        for (const candidate of this.#earlyCandidates.splice(0)) await this.#addCandidate(candidate);
    }

    #passCandidate(candidate) {
        // Some browsers end each generation with an empty candidate; null, the end of all candidates, comes from every browser.
        if (candidate?.candidate === "") return;
        if (candidate === null) this.#local.noteEnd();
        else this.#local.note(candidate.candidate);
        this.#tell({ type: "ice", candidate });
    }
}

/** The name of the ICE session of a description: another one after a restart. */
function usernameOf(sdp) {
    return /^a=ice-ufrag:(.*)$/m.exec(sdp ?? "")?.[1].trim();
}

/** The certificate's fingerprint, which stays the same as long as an RTCPeerConnection does: another one is another RTCPeerConnection. */
function fingerprintOf(sdp) {
    const found = typeof sdp === "string" ? sdp.match(/^a=fingerprint:.*$/gim) ?? [] : [];
    return [...new Set(found.map((line) => line.trim().toLowerCase()))].sort().join("\n");
}
