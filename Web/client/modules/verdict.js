// How an attempt that comes to nothing ends: both sides are told why, instead of one that gives up and one that sees it leave.

import { adviceOf, diagnose, earlyWarning } from "./diagnosis.js";
import { NoRouteError, SignalingError } from "./errors.js";
import { Timers } from "./timers.js";

/** Who gives up waits this long for the server's diagnosis. */
const DIAGNOSIS_LIMIT_MS = 1_000;
/** A diagnosis may change when the other side's report has come too, which takes about a round trip. */
const SECOND_REPORT_MS = 300;
/** Causes that say of a side that is away no more than that. It may be back soon: its connection broke, or its page is being loaded again. */
const DEPARTURES = ["peer_left", "signaling_lost"];

export class Verdict {
    #session;
    #report;
    #negotiation;
    #warn;
    #concede;
    /** Why this side has given up. */
    #reason;
    /** The server's newest one. */
    #diagnosis;
    /** The other side has given up. */
    #isGivenUpThere = false;
    #hasTold = false;
    #warnedOf;
    /** The two are connected, or the attempt has ended. */
    #isOver = false;
    #timers = new Timers();

    /** `warn` is called with what is in the way while the attempt goes on, `concede` with the error that the attempt ends with. */
    constructor(session, report, negotiation, { warn, concede }) {
        this.#session = session;
        this.#report = report;
        this.#negotiation = negotiation;
        this.#warn = warn;
        this.#concede = concede;
    }

    /** This side has given up, and waits for the server's word. */
    get isPending() { return this.#reason !== undefined; }

    /** The other side has given up, so it does not come back if it leaves. */
    get isGivenUpThere() { return this.#isGivenUpThere; }

    /** The two try anew. */
    forget() {
        this.#diagnosis = undefined;
        this.#isGivenUpThere = this.#hasTold = false;
    }

    /** Warns as soon as it is certain that something is in the way. */
    async look() {
        await this.#report.look();
        if (!this.isPending && !this.#isOver) this.#warnOf(earlyWarning({ here: this.#session.side, ...this.#report.facts }));
    }

    /** The server knows why there is no way: this side has given up, or the other one has, or the other one has left. */
    diagnosed(diagnosis) {
        this.#diagnosis = diagnosis;
        if (this.isPending) {
            this.#timers.start("diagnosed", this.#session.peerPresent ? SECOND_REPORT_MS : 0, () => this.#end());
        } else if (this.#session.peerPresent) {
            this.#isGivenUpThere = true;
            // Said by the other side itself, which is about to leave.
            if (diagnosis.cause === "peer_left") return this.#end();
            // What this side knows completes the diagnosis, for both.
            this.#tell("closed");
            this.#warnOf(diagnosis);
        } else if (!DEPARTURES.includes(diagnosis.cause)) {
            this.giveUp("closed");
        }
    }

    giveUp(reason) {
        if (this.isPending) return;
        this.#reason = reason;
        if (this.#session.state !== "open") return this.#end();
        this.#timers.start("limit", DIAGNOSIS_LIMIT_MS, () => this.#end());
        this.#tell(reason);
        if (this.#diagnosis !== undefined) this.diagnosed(this.#diagnosis);
    }

    /** This side ends the attempt of its own accord, so that the other one need not guess. */
    leave(reason = "peer-left") {
        if (this.isPending || !this.#session.peerPresent) return;
        this.#session.telemetry("ice-failed", { reason, ...this.#report.detail() });
    }

    close() {
        this.#timers.stopAll();
        this.#isOver = true;
    }

    async #tell(reason) {
        if (this.#hasTold) return;
        this.#hasTold = true;
        const stats = await this.#report.look();
        if (this.#isOver) return;
        const told = this.#negotiation.isHopeless ? "no-candidates" : reason;
        this.#session.telemetry("ice-failed", { reason: told, ...this.#report.detail(stats) });
    }

    /** Once for each cause. */
    #warnOf(diagnosis) {
        if (diagnosis === undefined || diagnosis.cause === this.#warnedOf) return;
        this.#warnedOf = diagnosis.cause;
        this.#warn(this.#worded(diagnosis));
    }

    #end() {
        const { isHopeless, hasAgreed } = this.#negotiation;
        const { cause } = this.#diagnosis ?? {};
        const isGone = cause === "peer_left" ? this.#isGivenUpThere || !hasAgreed : cause === "signaling_lost" && !hasAgreed;
        // That the other side is gone is then no more than what this side itself has reported.
        const diagnosis = cause === undefined || cause === "peer_left" ? this.#ownDiagnosis() : this.#diagnosis;
        const hasFailed = hasAgreed || isHopeless || this.#isGivenUpThere || ["ice-failed", "dtls-failed"].includes(this.#reason);
        const { isUnreadable, hasDtlsFailed, remote } = this.#report;
        if (isUnreadable && !isGone && !hasDtlsFailed) {
            return this.#concede(new SignalingError("protocol_error", `no candidate of the other side was understood: ${remote.unread}`));
        }
        this.#concede(
            hasFailed && !isGone
                ? this.noRoute("the peers cannot reach each other", diagnosis)
                : new SignalingError("peer_left", "the other side went away, or fell silent, before the connection stood"),
        );
    }

    #ownDiagnosis() {
        const { side } = this.#session;
        return diagnose({ here: side, there: side === "A" ? "B" : "A", reason: this.#reason, ...this.#report.facts });
    }

    noRoute(message, diagnosis) {
        const { unread } = this.#report.remote;
        const whole = unread === undefined ? message : `${message}; not understood of the other side: ${unread}`;
        return new NoRouteError(whole, this.#report.local.kinds, this.#report.remoteKinds, diagnosis && this.#worded(diagnosis));
    }

    #worded(diagnosis) {
        return { ...diagnosis, advice: adviceOf(diagnosis, this.#session.side) };
    }
}
