// A link: two RTCPeerConnections with a data channel, and the session that connects and restarts them.

import { NoRouteError, SignalingError } from "./errors.js";
import { Negotiation } from "./negotiation.js";
import { watchNetwork } from "./network.js";
import { Deferred } from "./promises.js";
import { routeOf } from "./route.js";
import { ServerConnection } from "./server-connection.js";
import { SignalingSession } from "./session.js";
import { Timers } from "./timers.js";

/** Added to a code's lifetime, for clocks that differ and for the time that the other side takes from redeeming the code to the room. */
const EXPIRY_GRACE_MS = 10_000;
/** A side that leaves before the two are connected may be back soon: its connection broke, or its page is being loaded again. */
const RETURN_GRACE_MS = 5_000;
/** ICE recovers from short gaps by itself. */
const DISCONNECTED_MS = 3_000;
/** B restarts ICE this much later than A, so that usually only A does. */
const POLITE_DELAY_MS = 2_000;
/** When the link is interrupted and the other side has left the server too, it is unlikely to come back. */
const GONE_GRACE_MS = 15_000;

export class PeerLink extends EventTarget {
    #connectWithinMs;
    #restoreWithinMs;
    #onProgress;
    #connection;
    #channel;
    #server;
    #session;
    #negotiation;
    #side;
    /** "connecting" until `pair` has resolved. */
    #state = "connecting";
    #opened = new Deferred();
    /** How often ICE has failed before the two were connected. */
    #failures = 0;
    #timers = new Timers();
    /** Aborted at the end, and the listeners with it. */
    #life = new AbortController();

    /** Resolves with the link once it is connected. From now on the RTCPeerConnection belongs to the link. */
    static open(connection, room, options) {
        return new PeerLink(connection, room, options).#opened.promise;
    }

    constructor(connection, { appID, expiresAt, token }, {
        base, code, signal, giveUpAfterMs, onSession, onProgress = () => {},
        peerWithinMs = 30_000, connectWithinMs = 45_000, restoreWithinMs = 120_000,
    }) {
        super();
        this.#connectWithinMs = connectWithinMs;
        this.#restoreWithinMs = restoreWithinMs;
        this.#onProgress = onProgress;
        this.#side = code === undefined ? "A" : "B";
        this.#connection = connection;
        // Negotiated with a fixed id, so that neither side has to wait for the other to announce the channel.
        this.#channel = this.#connection.createDataChannel("data", { negotiated: true, id: 0 });
        this.#server = new ServerConnection({ base, appID, side: this.#side, token, giveUpAfterMs });
        this.#session = new SignalingSession(this.#server);
        this.#negotiation = new Negotiation(this.#connection, this.#session, this.#side, (error) => this.#end(error));
        onSession?.(this.#session);

        signal?.addEventListener("abort", () => this.#state === "connecting" && this.#end(signal.reason), { signal: this.#life.signal });
        // Without this the other side would notice only after some seconds of silence.
        globalThis.addEventListener("pagehide", ({ persisted }) => persisted || this.close(), { signal: this.#life.signal });
        watchNetwork(() => this.#state !== "connecting" && this.#negotiation.restart(), this.#life.signal);
        this.#followSession();
        this.#followConnection();
        const patience = this.#side === "A" ? Math.max(0, expiresAt - Date.now()) + EXPIRY_GRACE_MS : peerWithinMs;
        this.#timers.start("peer", patience, () => {
            // If this side itself is not connected to the server, that is the reason to report.
            this.#end(this.#server.whyAbsent() ?? new SignalingError("peer_never_came", "the other side did not come"));
        });
        onProgress("waiting");
    }

    get peerConnection() { return this.#connection; }
    get channel() { return this.#channel; }
    get session() { return this.#session; }
    get side() { return this.#side; }
    get appID() { return this.#session.appID; }
    get state() { return this.#state; }

    async route() {
        return routeOf(await this.#connection.getStats());
    }

    close() {
        this.#end();
    }

    // Until the peers are connected

    #followSession() {
        this.#session.addEventListener("paired", () => {
            this.#timers.stop("peer");
            this.#timers.stop("gone");
            if (this.#state !== "connecting") return;
            this.#onProgress("negotiating");
            if (!this.#timers.has("connect")) this.#timers.start("connect", this.#connectWithinMs, () => this.#fail("timeout"));
        });
        this.#session.addEventListener("peerleft", () => {
            if (this.#state === "connecting") this.#timers.start("gone", RETURN_GRACE_MS, () => this.#fail("closed"));
            else if (this.#state === "interrupted") this.#expectNoReturn();
            this.#emit("peerleft");
        });
        this.#session.addEventListener("closed", ({ detail }) => this.#state === "connecting" && this.#end(detail.error));
    }

    #iceFailed(reason) {
        this.#failures += 1;
        if (this.#failures > 1 || !this.#session.peerPresent) this.#fail(reason);
        else this.#restart();
    }

    /** Ends the attempt with its likeliest cause. A side that finds no route leaves, and the other side sees only that it leaves. */
    #fail(reason) {
        const { hasMet, isHopeless, local, remote } = this.#negotiation;
        const noRoute = isHopeless || this.#failures > 0 || (reason === "timeout" && hasMet);
        this.#session.telemetry("ice-failed", { reason: isHopeless ? "no-candidates" : reason });
        this.#end(
            noRoute
                ? new NoRouteError("the peers cannot reach each other", local, remote)
                : new SignalingError("peer_left", "the other side went away, or fell silent, before the connection stood"),
        );
    }

    // Once the peers are connected

    #followConnection() {
        this.#channel.addEventListener("open", () => this.#connected());
        this.#channel.addEventListener("close", () => this.#end(new SignalingError("peer_left", "the other side has closed the link")));
        this.#connection.addEventListener("connectionstatechange", () => {
            const { connectionState } = this.#connection;
            this.#timers.stop("restart");
            if (connectionState === "connected") this.#recovered();
            else if (connectionState === "failed" && this.#state === "connecting") this.#iceFailed("ice-failed");
            else if (connectionState === "failed" || connectionState === "disconnected") this.#interrupt(connectionState);
        });
        this.#connection.addEventListener("icecandidate", ({ candidate }) => {
            // ICE without any candidate does not fail by itself.
            if (candidate === null && this.#state === "connecting" && this.#negotiation.isHopeless) this.#iceFailed("no-candidates");
        });
    }

    async #connected() {
        this.#timers.stop("connect");
        this.#timers.stop("gone");
        this.#setState("connected");
        this.#onProgress("connected");
        this.#opened.resolve(this);
        const route = await this.route().catch(() => null);
        this.#session.telemetry("ice-connected", { mode: route && (route.kind === "relayed" ? "relay" : "direct") });
    }

    #interrupt(connectionState) {
        if (this.#state === "connecting") return;
        if (this.#state === "connected") {
            this.#setState("interrupted");
            this.#timers.start("restore", this.#restoreWithinMs, () => this.#lose());
            if (!this.#session.peerPresent && this.#session.state === "open") this.#expectNoReturn();
        }
        this.#timers.start("restart", connectionState === "failed" ? 0 : DISCONNECTED_MS, () => this.#restart());
    }

    #restart() {
        this.#timers.start("restart", this.#side === "A" ? 0 : POLITE_DELAY_MS, () => this.#negotiation.restart());
    }

    #expectNoReturn() {
        this.#timers.start("gone", GONE_GRACE_MS, () => this.#lose());
    }

    #recovered() {
        for (const name of ["restore", "gone"]) this.#timers.stop(name);
        if (this.#state === "interrupted") this.#setState("connected");
    }

    #lose() {
        const { local, remote } = this.#negotiation;
        this.#end(
            this.#session.peerPresent
                ? new NoRouteError("the connection was lost and no new way was found", local, remote)
                : new SignalingError("peer_left", "the connection was lost, and the other side is gone from the server too"),
        );
    }

    #end(error) {
        if (this.#state === "closed") return;
        this.#timers.stopAll();
        this.#life.abort();
        this.#negotiation.close();
        this.#setState("closed");
        this.#channel.close();
        this.#connection.close();
        this.#session.close();
        this.#opened.reject(error ?? new SignalingError("closed", "the link was closed"));
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
