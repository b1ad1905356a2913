// What happened between two devices, for the server's metrics and for the diagnosis.

import { CandidateTally } from "./candidates.js";
import { monotonicMs } from "./clock.js";
import { UNREACHED } from "./diagnosis.js";
import { serverCounts } from "./ice-servers.js";
import { pairEnds, routeOf } from "./route.js";

/** Codes of errors that are kept, each once: a browser reports them for each of its addresses again. */
const MAX_ERRORS = 16;
const MAX_PAIRS = 255;
/** A server that can be reached answers within a second. That one cannot, a browser says only after 40 s: later than people wait. */
const SILENCE_MS = 5_000;

/** Follows an RTCPeerConnection. */
export class IceReport {
    #connection;
    /** The candidates of both sides. */
    local = new CandidateTally();
    remote = new CandidateTally();
    #errors = new Set();
    /** Checked at some time: a browser forgets those that came to nothing. */
    #checkedPairs = new Set();
    /** The kinds of the other side's candidates in them. */
    #tried = new Set();
    #prflx = { local: 0, remote: 0 };
    #begunAt;
    #gatheringSince;

    constructor(connection) {
        this.#connection = connection;
        connection.addEventListener("icecandidateerror", ({ errorCode }) => {
            if (this.#errors.size < MAX_ERRORS) this.#errors.add(errorCode);
        });
        connection.addEventListener("icegatheringstatechange", () => {
            this.#gatheringSince = connection.iceGatheringState === "gathering" ? monotonicMs() : undefined;
        });
    }

    /** Both sides are there for the first time. */
    begin() {
        this.#begunAt ??= monotonicMs();
    }

    /** The kinds of the other side's candidates, and whether this side has tried any of that kind. */
    get remoteKinds() {
        return this.remote.kinds.map((kind) => ({ ...kind, tried: this.#tried.has(nameOf(kind)) }));
    }

    /** What diagnosis.js decides by. */
    get facts() {
        const local = { ...this.local.counts, prflx: this.#prflx.local };
        return {
            local,
            remote: { ...this.remote.counts, prflx: this.#prflx.remote },
            isComplete: this.local.isComplete && this.remote.isComplete,
            servers: serverCounts(this.#connection.getConfiguration().iceServers),
            errors: [...new Set(this.#isUnanswered(local) ? [...this.#errors, UNREACHED] : this.#errors)],
            pairs: this.#checkedPairs.size,
            dtls: this.#connection.sctp?.transport?.state,
            ice: this.#connection.iceConnectionState,
        };
    }

    /** A browser goes on gathering for as long as a server may still answer; without any it is done at once. */
    #isUnanswered({ srflx, relay }) {
        return srflx + relay === 0 && this.#gatheringSince !== undefined && monotonicMs() - this.#gatheringSince >= SILENCE_MS;
    }

    /** The two have reached each other, and encryption did not come about. */
    get hasDtlsFailed() {
        const { dtls, ice } = this.facts;
        return dtls === "failed" && ice !== "failed";
    }

    /** Looks at the pairs that are being checked. Returns the statistics; empty ones if there are none. */
    async look() {
        const stats = await this.#connection.getStats().catch(() => new Map());
        const prflx = { local: 0, remote: 0 };
        for (const entry of stats.values()) {
            if (entry.type === "candidate-pair" && isChecked(entry)) this.#noteChecked(entry, stats);
            if (entry.candidateType !== "prflx") continue;
            if (entry.type === "local-candidate") prflx.local += 1;
            if (entry.type === "remote-candidate") prflx.remote += 1;
        }
        this.#prflx = { local: Math.max(prflx.local, this.#prflx.local), remote: Math.max(prflx.remote, this.#prflx.remote) };
        return stats;
    }

    #noteChecked(entry, stats) {
        if (this.#checkedPairs.size < MAX_PAIRS) this.#checkedPairs.add(entry.id);
        const { remote } = pairEnds(entry, stats);
        if (remote) this.#tried.add(nameOf({ type: remote.candidateType, protocol: remote.protocol }));
    }

    /** None of the other side's candidates was understood. */
    get isUnreadable() {
        return this.remote.unread !== undefined && this.remote.kinds.length === 0;
    }

    /** The members of a telemetry frame. */
    detail(stats = new Map()) {
        const { local, remote, servers, errors, pairs, dtls, ice } = this.facts;
        const route = routeOf(stats);
        return {
            candidates: local,
            // The server must not take them for a side that has none.
            ...(!this.isUnreadable && { remote }),
            servers,
            pairs,
            dtls,
            ice,
            ...(errors.length > 0 && { errors }),
            ...(route && { selected: selectedOf(route) }),
            ...(this.#begunAt !== undefined && { elapsedMs: Math.round(monotonicMs() - this.#begunAt) }),
        };
    }
}

function nameOf({ type, protocol }) {
    return `${type} ${protocol}`;
}

/** Firefox does not count requests. */
function isChecked({ requestsSent, state }) {
    return requestsSent === undefined ? !["frozen", "waiting"].includes(state) : requestsSent > 0;
}

function selectedOf({ local: { type, protocol, relayProtocol }, remote }) {
    return { local: type, remote: remote.type, protocol, ...(relayProtocol && { relayProtocol }) };
}
