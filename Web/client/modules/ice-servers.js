// STUN and TURN servers: those that the application passes, and those that the server names.

import { monotonicMs } from "./clock.js";
import { SignalingError } from "./errors.js";
import { requestIceServers, REQUEST_LIMIT_MS } from "./http.js";
import { within } from "./promises.js";

/** An ICE restart waits this long for fresh credentials; then it is made with the old ones. */
const RENEWAL_LIMIT_MS = 5_000;
/** Credentials count as expired this much earlier, since a relay has to be allocated with them first. */
const EXPIRY_MARGIN_MS = 30_000;

/** Fresh ones for a side of a room, and when they expire, if they do. */
export async function iceServers({ base, appID, side, token, signal }) {
    if (side !== "A" && side !== "B") throw new TypeError('side must be "A" or "B"');
    return await requestIceServers(base, { appID, side, token }, signal);
}

/** The list that an application passes: itself, from a function, or from a URL. */
export async function resolveIceServers(source, signal) {
    if (Array.isArray(source)) return source;
    try {
        const found = await within(REQUEST_LIMIT_MS, signal, typeof source === "function" ? source : async (signal) => {
            const response = await fetch(source, { signal });
            if (!response.ok) throw new Error(`${response.url} answered ${response.status}`);
            return await response.json();
        });
        const servers = Array.isArray(found) ? found : found?.iceServers;
        if (!Array.isArray(servers)) throw new Error("there is no list of servers in it");
        return servers;
    } catch (cause) {
        signal?.throwIfAborted();
        throw new SignalingError("ice_servers_unavailable", cause.message, { cause });
    }
}

/** How many URLs there are of each kind. */
export function serverCounts(servers) {
    const urls = (servers ?? []).flatMap((server) => server?.urls ?? []).map((url) => String(url).toLowerCase());
    const count = (pattern) => urls.filter((url) => pattern.test(url)).length;
    return { stun: count(/^stuns?:/), turn: count(/^turns?:/) };
}

/** Calls `use` with the servers. If `rtc`, the browser's RTCPeerConnection, refuses one of them, calls it with the others: a mistake in the
 *  server's list must not cost the pairing, whose code is spent. */
export function withoutRefused(rtc, servers, use) {
    try {
        return use(servers);
    } catch {
        return use(servers.filter((server) => isTaken(rtc, server)));
    }
}

function isTaken(rtc, server) {
    try {
        new rtc({ iceServers: [server] }).close();
        return true;
    } catch (error) {
        console.warn(`The server names an ICE server that the browser refuses. It is left out: ${server?.urls}: ${error.message}`);
        return false;
    }
}

/** The servers that the signaling server has named for an RTCPeerConnection, and fresh ones when their credentials have expired. */
export class ServedIceServers {
    #connection;
    #place;
    #signal;
    #rtc;
    /** When fresh ones are needed, by the clock of clock.js; undefined if never. */
    #dueAt;
    #renewal;

    /** `place` is what iceServers() is given; `room` is what createCode or redeemCode returned, without times if the application has passed
     *  servers of its own. */
    constructor(connection, place, room, { rtc, signal }) {
        this.#connection = connection;
        this.#place = place;
        this.#signal = signal;
        this.#rtc = rtc;
        if (room.iceServersRetryAfterMs !== undefined) this.#dueAt = monotonicMs() + room.iceServersRetryAfterMs;
        else this.#expire(room.iceServersExpireAt);
    }

    /** Sets fresh servers if they are needed. If there are none to be had, the old ones stay. Settled within RENEWAL_LIMIT_MS. */
    async renew() {
        if (this.#dueAt === undefined || monotonicMs() < this.#dueAt) return;
        this.#renewal ??= this.#request().finally(() => { this.#renewal = undefined; });
        await this.#renewal;
    }

    async #request() {
        try {
            const fresh = await within(RENEWAL_LIMIT_MS, this.#signal, (signal) => iceServers({ ...this.#place, signal }));
            withoutRefused(this.#rtc, fresh.iceServers, (servers) => {
                // Firefox has it from version 119.
                this.#connection.setConfiguration?.({ ...this.#connection.getConfiguration(), iceServers: servers });
            });
            this.#expire(fresh.expiresAt);
        } catch (error) {
            this.#dueAt = monotonicMs() + (error?.retryAfterMs ?? 0);
        }
    }

    /** `at` was made by the device's time a moment ago: so the rest is right, be that time right or wrong. */
    #expire(at) {
        this.#dueAt = at === undefined ? undefined : monotonicMs() + (at.getTime() - Date.now()) - EXPIRY_MARGIN_MS;
    }
}
