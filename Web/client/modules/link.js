// A link: two RTCPeerConnections with a data channel, and the session that connects and restarts them.

import { callSafely } from "./callbacks.js";
import { ChannelSender } from "./channel-sender.js";
import { Channels } from "./channels.js";
import { ComparedSignaling } from "./compared-signaling.js";
import { holdEarlyMessages } from "./early-messages.js";
import { markUnproved, SignalingError } from "./errors.js";
import { IceReport } from "./ice-report.js";
import { ServedIceServers } from "./ice-servers.js";
import { Negotiation } from "./negotiation.js";
import { watchNetwork } from "./network.js";
import { Deferred } from "./promises.js";
import { routeOf } from "./route.js";
import { SealedSignaling } from "./sealed-signaling.js";
import { ServerConnection } from "./server-connection.js";
import { SignalingSession } from "./session.js";
import { Timers, WAKING_MS } from "./timers.js";
import { Verdict } from "./verdict.js";

/** A side that leaves before the two are connected may be back soon: its connection broke, or its page is being loaded again. */
const RETURN_GRACE_MS = 5_000;
/** ICE recovers from short gaps by itself. */
const DISCONNECTED_MS = 3_000;
/** B restarts ICE this much later than A, so that usually only A does. */
const POLITE_DELAY_MS = 2_000;
/** When the link is interrupted and the other side has left the server too, it is unlikely to come back. */
const GONE_GRACE_MS = 15_000;
/** While the two try to connect, the checks are looked at this often: a browser forgets those that came to nothing. */
const LOOK_MS = 1_000;

export class PeerLink extends EventTarget {
    #connectWithinMs;
    #restoreWithinMs;
    #onProgress;
    #connection;
    #channel;
    /** Those that were opened later, by either side. */
    #channels;
    /** By channel; of those that something was sent over with send(). */
    #senders = new Map();
    #server;
    #session;
    #signaling;
    #negotiation;
    #servers;
    #report;
    #verdict;
    #side;
    /** By which of its secrets the other side was verified; null if it was not. */
    #verified = null;
    /** "connecting" until `pair` has resolved. */
    #state = "connecting";
    #opened = new Deferred();
    /** Until the other side has said something, its page may be asleep, though the server has not noticed yet. */
    #needsWord;
    /** How often ICE has failed before the two were connected. */
    #failures = 0;
    /** Somebody with another certificate has taken part since the two were connected. */
    #isReplacedThere = false;
    /** Success has been reported to the server; a report is being made; one is due when the link is back. */
    #hasReported = false;
    #isReporting = false;
    #isReportDue = false;
    #timers = new Timers();
    /** Why the link has ended. */
    #error;
    /** Aborted at the end, and the listeners with it. */
    #life = new AbortController();

    /** Resolves with the link once it is connected. From now on the RTCPeerConnection belongs to the link. `place` is the side of a room that
     *  this end takes, with the names of both; `patienceMs` is how long it waits there for the other one, and if `needsWord`, for the first
     *  frame of that one; `servers` has times only if STUN and TURN servers are to be renewed; `pairing` is a VerifiedPairing if the other
     *  side has to be verified. */
    static open(connection, { place, patienceMs, needsWord, servers, pairing }, options) {
        const link = new PeerLink(connection, { place, needsWord, servers, pairing }, options);
        link.#begin(patienceMs, servers, options);
        return link.#opened.promise;
    }

    constructor(connection, { place, needsWord, servers, pairing }, options) {
        super();
        const { base, rtc, giveUpAfterMs, onProgress, connectWithinMs = 45_000, restoreWithinMs = 120_000 } = options;
        this.#connectWithinMs = connectWithinMs;
        this.#restoreWithinMs = restoreWithinMs;
        this.#onProgress = (...progress) => callSafely(onProgress, ...progress);
        this.#needsWord = needsWord;
        this.#side = place.side;
        this.#connection = connection;
        // Negotiated with a fixed id, so that neither side has to wait for the other to announce the channel.
        this.#channel = this.#connection.createDataChannel("data", { negotiated: true, id: 0 });
        holdEarlyMessages(this.#channel);
        this.#channels = new Channels(connection, (channel) => this.#emit("channel", channel));
        this.#server = new ServerConnection({ base, ...place, giveUpAfterMs });
        this.#session = new SignalingSession(this.#server);
        this.#report = new IceReport(connection);
        this.#servers = new ServedIceServers(connection, { base, ...place }, servers, { rtc, signal: this.#life.signal });
        const refuse = (error) => this.#refuse(error);
        this.#signaling =
            pairing === undefined
                ? new ComparedSignaling(this.#session, refuse)
                : new SealedSignaling(this.#session, pairing, refuse);
        for (const type of ["forged", "sas"]) this.#signaling.addEventListener(type, ({ detail }) => this.#emit(type, detail));
        this.#negotiation = new Negotiation(this.#connection, this.#signaling, this.#side, {
            local: this.#report.local,
            remote: this.#report.remote,
            servers: this.#servers,
            applied: () => this.#peerDescribed(),
            restarting: () => this.#session.telemetry("ice-restart", this.#report.detail()),
            failed: (error) => this.#negotiationFailed(error),
            misread: (error) => this.#state === "connecting" || this.#emit("problem", { error }),
        });
        this.#verdict = new Verdict(this.#session, this.#report, this.#negotiation, {
            warn: (warning) => this.#onProgress("negotiating", { warning }),
            concede: (error) => this.#end(error),
        });
        this.#followSession();
        this.#followConnection();
    }

    #begin(patienceMs, { iceServersRetryAfterMs }, { signal, onSession }) {
        signal?.addEventListener("abort", () => this.#state === "connecting" && this.#leave(signal.reason), { signal: this.#life.signal });
        // Without this the other side would notice only after some seconds of silence.
        globalThis.addEventListener?.("pagehide", ({ persisted }) => persisted || this.close(), { signal: this.#life.signal });
        watchNetwork(() => this.#state !== "connecting" && this.#negotiation.restart(), this.#life.signal);
        this.#timers.startAwake("peer", patienceMs, WAKING_MS, () => this.#waitedInVain());
        if (iceServersRetryAfterMs !== undefined) this.#timers.start("servers", iceServersRetryAfterMs, () => this.#takeLateServers());
        // The program comes last: it may end the attempt in either of these.
        callSafely(onSession, this.#session);
        if (this.#state === "connecting") this.#onProgress("waiting");
    }

    get peerConnection() { return this.#connection; }
    get channel() { return this.#channel; }
    get channels() { return this.#channels.all; }
    get session() { return this.#session; }
    get side() { return this.#side; }
    get appID() { return this.#session.appID; }
    get state() { return this.#state; }
    get verified() { return this.#verified; }
    get sas() { return this.#signaling.sas; }

    async openChannel(label, options) {
        if (this.#state === "closed") throw this.#error;
        return await this.#channels.open(label, options);
    }

    async send(data, { channel = this.#channel, signal } = {}) {
        if (this.#state === "closed") throw this.#error;
        await this.#senderOf(channel).send(data, signal);
    }

    #senderOf(channel) {
        if (channel.readyState === "closed") throw new SignalingError("closed", "the channel is closed");
        if (!this.#senders.has(channel)) {
            this.#senders.set(channel, new ChannelSender(channel, this.#connection.sctp?.maxMessageSize));
            channel.addEventListener("close", () => this.#senders.delete(channel));
        }
        return this.#senders.get(channel);
    }

    async route() {
        return routeOf(await this.#connection.getStats());
    }

    close() {
        if (this.#state === "connecting") this.#leave();
        else this.#end();
    }

    // Until the peers are connected

    #followSession() {
        this.#session.addEventListener("open", () => {
            // Success came about while there was no connection to report it on.
            if (this.#state === "connected" && !this.#hasReported) this.#reportSuccess();
        });
        this.#session.addEventListener("paired", () => {
            this.#timers.stop("gone");
            if (this.#state === "connecting") this.#negotiate();
            // The server may have been started anew, and know nothing of the success.
            else if (this.#state === "connected") this.#reportSuccess();
            else this.#isReportDue = true;
        });
        this.#session.addEventListener("peerleft", () => {
            if (this.#state === "interrupted") this.#expectNoReturn();
            else if (this.#state === "connecting" && this.#needsWord) this.#onProgress("waiting");
            else if (this.#state === "connecting" && this.#verdict.isGivenUpThere) this.#giveUp("closed");
            else if (this.#state === "connecting") this.#timers.start("gone", RETURN_GRACE_MS, () => this.#giveUp("closed"));
            this.#emit("peerleft");
        });
        this.#session.addEventListener("signal", () => this.#heard());
        this.#session.addEventListener("diagnosis", ({ detail }) => this.#state === "connecting" && this.#diagnosed(detail));
        this.#session.addEventListener("closed", ({ detail }) => this.#state === "connecting" && this.#end(detail.error));
    }

    #negotiate() {
        if (this.#verdict.isPending) return;
        this.#verdict.forget();
        this.#report.begin();
        if (!this.#needsWord) this.#limitAttempt();
        this.#onProgress("negotiating");
    }

    #diagnosed(diagnosis) {
        if (diagnosis.cause === "verification_failed" && !this.#signaling.isProved) this.#signaling.refused();
        else this.#verdict.diagnosed(diagnosis);
    }

    #heard() {
        if (this.#needsWord && this.#state === "connecting") this.#limitAttempt();
        this.#needsWord = false;
    }

    #limitAttempt() {
        this.#timers.stop("peer");
        if (this.#timers.has("connect")) return;
        this.#timers.start("connect", this.#connectWithinMs, () => this.#giveUp("timeout"));
        this.#timers.start("look", LOOK_MS, () => this.#look());
    }

    #waitedInVain() {
        if (this.#session.peerPresent) return this.#giveUp("timeout");
        // If this side itself is not connected to the server, that is the reason to report.
        this.#end(this.#server.whyAbsent() ?? new SignalingError("peer_never_came", "the other side did not come"));
    }

    #look() {
        this.#timers.start("look", LOOK_MS, () => this.#look());
        this.#verdict.look();
    }

    /** The server had no TURN credentials left for this client when it gave the code. */
    async #takeLateServers() {
        await this.#servers.renew();
        if (this.#state === "connecting" && this.#negotiation.hasAgreed) this.#restart();
    }

    #connectionFailed() {
        if (this.#report.hasDtlsFailed) this.#giveUp("dtls-failed");
        else this.#iceFailed("ice-failed");
    }

    #iceFailed(reason) {
        this.#failures += 1;
        if (this.#failures > 1 || !this.#session.peerPresent) this.#giveUp(reason);
        else this.#restart();
    }

    #giveUp(reason) {
        for (const name of ["connect", "gone", "look", "restart"]) this.#timers.stop(name);
        this.#verdict.giveUp(reason);
    }

    #leave(error) {
        this.#verdict.leave();
        this.#end(error);
    }

    /** The other side has not proved what it has to. */
    #refuse(error) {
        if (this.#state === "connecting") this.#verdict.leave("verification-failed");
        this.#end(error);
    }

    // Once the peers are connected

    #followConnection() {
        this.#channel.addEventListener("open", () => this.#connected());
        this.#channel.addEventListener("close", () => this.#channelClosed());
        this.#connection.addEventListener("connectionstatechange", () => {
            const { connectionState } = this.#connection;
            this.#timers.stop("restart");
            if (connectionState === "connected") this.#recovered();
            else if (connectionState === "failed" && this.#state === "connecting") this.#connectionFailed();
            else if (connectionState === "failed" || connectionState === "disconnected") this.#interrupt(connectionState);
        });
        this.#connection.addEventListener("icecandidate", ({ candidate }) => {
            // ICE without any candidate does not fail by itself.
            if (candidate === null && this.#state === "connecting" && this.#negotiation.isHopeless) this.#iceFailed("no-candidates");
        });
    }

    #connected() {
        // Without a proof no description was applied, so there can be no channel.
        if (!this.#signaling.isProved) return this.#signaling.refuse("peer_unverified");
        this.#verified = this.#signaling.verified;
        for (const name of ["connect", "gone", "look"]) this.#timers.stop(name);
        this.#verdict.close();
        // As long as the link lives it may need the server again.
        this.#server.persist();
        this.#setState("connected");
        this.#opened.resolve(this);
        this.#onProgress("connected");
        this.#reportSuccess();
    }

    /** Once the two are connected, no frame ends that: neither somebody else's, nor one that cannot be used. */
    #negotiationFailed(error) {
        if (this.#state === "connecting") return this.#end(error);
        if (error.code === "peer_left") this.#isReplacedThere = true;
        if (this.#isGoneThere) this.#expectNoReturn();
        this.#emit("problem", { error });
    }

    /** The peer itself has sent a description: with its certificate. Whoever else took part has not taken its place. */
    #peerDescribed() {
        this.#isReplacedThere = false;
        if (this.#session.peerPresent) this.#timers.stop("gone");
    }

    /** The link is interrupted, and whoever was at its other end is not in the room any more, or is not the same. */
    get #isGoneThere() {
        const isAway = !this.#session.peerPresent && this.#session.state === "open";
        return this.#state === "interrupted" && (isAway || this.#isReplacedThere);
    }

    #channelClosed() {
        if (this.#state !== "connecting") return this.#end(new SignalingError("peer_left", "the other side has closed the link"));
        // Encryption has failed, or the other side found that. Which of the two, the states tell as soon as all of them have changed.
        this.#timers.start("closed", 0, () => this.#giveUp(this.#report.hasDtlsFailed ? "dtls-failed" : "closed"));
    }

    async #reportSuccess() {
        if (this.#isReporting || this.#session.state !== "open") return;
        this.#isReporting = true;
        const stats = await this.#report.look();
        this.#isReporting = false;
        if (this.#session.state !== "open") return;
        const route = routeOf(stats);
        const mode = route && (route.kind === "relayed" ? "relay" : "direct");
        const again = this.#hasReported ? { resumed: true } : {};
        this.#hasReported = true;
        this.#isReportDue = false;
        this.#session.telemetry("ice-connected", { mode, ...this.#report.detail(stats), ...again });
    }

    #interrupt(connectionState) {
        if (this.#state === "connecting") return;
        if (this.#state === "connected") {
            this.#setState("interrupted");
            this.#timers.start("restore", this.#restoreWithinMs, () => this.#lose());
            if (this.#isGoneThere) this.#expectNoReturn();
        }
        this.#timers.start("restart", connectionState === "failed" ? 0 : DISCONNECTED_MS, () => this.#restart());
    }

    #restart() {
        this.#timers.start("restart", this.#side === "A" ? 0 : POLITE_DELAY_MS, () => this.#negotiation.restart());
    }

    #expectNoReturn() {
        if (!this.#timers.has("gone")) this.#timers.start("gone", GONE_GRACE_MS, () => this.#lose());
    }

    #recovered() {
        for (const name of ["restore", "gone"]) this.#timers.stop(name);
        if (this.#state !== "interrupted") return;
        this.#setState("connected");
        if (this.#isReportDue) this.#reportSuccess();
    }

    #lose() {
        this.#end(
            this.#session.peerPresent && !this.#isReplacedThere
                ? this.#verdict.noRoute("the connection was lost and no new way was found")
                : new SignalingError("peer_left", "the connection was lost, and the other side is gone from the server too"),
        );
    }

    #end(error) {
        if (this.#state === "closed") return;
        if (this.#state === "connecting" && this.#signaling.isUnproved) markUnproved(error);
        this.#error = error ?? new SignalingError("closed", "the link was closed");
        this.#signaling.close();
        this.#timers.stopAll();
        this.#verdict.close();
        this.#life.abort();
        this.#negotiation.close();
        this.#setState("closed");
        this.#channel.close();
        this.#connection.close();
        this.#session.close();
        for (const sender of this.#senders.values()) sender.end(this.#error);
        this.#senders.clear();
        this.#channels.end(this.#error);
        this.#opened.reject(this.#error);
        this.#emit("closed", error === undefined ? {} : { error });
    }

    #setState(state) {
        this.#state = state;
        this.#emit("statechange", state);
    }

    #emit(type, detail = null) {
        this.dispatchEvent(new CustomEvent(type, { detail }));
    }
}
