// pair(): from a code, or from a room that was left, to two connected browsers.

import { callSafely } from "./callbacks.js";
import { monotonicMs } from "./clock.js";
import { SignalingError } from "./errors.js";
import { createCode } from "./http.js";
import { resolveIceServers, serverCounts, withoutRefused } from "./ice-servers.js";
import { randomID } from "./identifiers.js";
import { PeerLink } from "./link.js";
import { redeemCode } from "./redeeming.js";
import { rejoin } from "./rejoining.js";
import { requirePlace } from "./server-connection.js";
import { verificationAgain, verificationOf } from "./verification.js";

/** Added to what is left of a code's life, for the time that the other side takes from redeeming the code to the room. */
const EXPIRY_GRACE_MS = 10_000;
/** Side B waits for at least this long: also who redeems a code in its last second finds A, if A is there. */
const SHORTEST_WAIT_MS = 30_000;
/** Both have to decide to come back to a room whose code is spent. */
const REJOINING_WAIT_MS = 120_000;

export async function pair(options) {
    const { code, signal, rtcConfiguration, onCode, onProgress, onRoom } = options;
    signal?.throwIfAborted();
    const isRejoining = options.appID !== undefined;
    if (isRejoining && code !== undefined) throw new TypeError("a room is entered by its code or by its appID, not by both");
    const isMinting = code === undefined && !isRejoining;
    const { side, session = randomID() } = isRejoining ? options : { side: isMinting ? "A" : "B" };
    if (isRejoining) requirePlace({ ...options, session });
    const { rtc = globalThis.RTCPeerConnection } = options;
    if (rtc === undefined) throw new SignalingError("unsupported", "RTCPeerConnection is missing");
    callSafely(onProgress, "code");
    const { digits, verification } = await (isRejoining ? verificationAgain(options) : verificationOf(options));
    // Everything that can fail on this device comes before the code, which can be redeemed only once. What the application passes is used,
    // even if it is an empty list; the server's list comes with the code.
    const source = options.iceServers ?? rtcConfiguration?.iceServers;
    const passed = source === undefined ? undefined : await resolveIceServers(source, signal);
    const needsRelay = (servers) => rtcConfiguration?.iceTransportPolicy === "relay" && serverCounts(servers).turn === 0;
    if (passed !== undefined && needsRelay(passed)) throw withoutTurn();
    let connection = newConnection(rtc, { ...rtcConfiguration, iceServers: passed ?? [] });
    try {
        const isServed = passed === undefined;
        const room = await (isRejoining ? rejoin(options, isServed) : enterByCode(options, digits));
        const enteredAt = monotonicMs();
        if (isServed && room.iceServers !== undefined) {
            connection.close();
            connection = withoutRefused(rtc, room.iceServers, (servers) => new rtc({ ...rtcConfiguration, iceServers: servers }));
        }
        // Who comes to a room goes on without a relay, to tell the other side, which waits for it.
        if (isServed && isMinting && needsRelay(room.iceServers) && room.iceServersRetryAfterMs === undefined) throw withoutTurn();
        const { appID, token } = room;
        const place = { appID, side, session, ...(token !== undefined && { token }) };
        callSafely(onRoom, { ...place });
        const pairing = verification?.pairing(place);
        if (isMinting) callSafely(onCode, { ...room, ...verification?.shownWith(room.code) });
        signal?.throwIfAborted();
        const { iceServersExpireAt, iceServersRetryAfterMs, ...bare } = room;
        const patienceMs = patienceOf(room, options, { isMinting, isRejoining }) - (monotonicMs() - enteredAt);
        const servers = isServed ? room : bare;
        return await PeerLink.open(connection, { place, patienceMs, needsWord: !isMinting, servers, pairing }, { ...options, rtc });
    } catch (error) {
        connection.close();
        throw error;
    }
}

/** `digits` are all that the server is given of a code. */
function enterByCode({ base, code, ttl, authorization, signal }, digits) {
    return code === undefined ? createCode(base, { ttl, authorization, signal }) : redeemCode(base, digits, { authorization, signal });
}

/** How long this side waits for the other one. While the code lives, the other side may be a page that its system has suspended: people look
 *  for somebody to send the code to, in another program. */
function patienceOf(room, options, { isMinting, isRejoining }) {
    const { expiresInMs } = isRejoining ? options : room;
    const codeMs = expiresInMs === undefined ? REJOINING_WAIT_MS : expiresInMs + EXPIRY_GRACE_MS;
    if (isMinting) return codeMs;
    return options.peerWithinMs ?? (isRejoining ? codeMs : Math.max(SHORTEST_WAIT_MS, codeMs));
}

function withoutTurn() {
    return new SignalingError("no_relay", "iceTransportPolicy is relay, and no TURN server is known");
}

function newConnection(rtc, configuration) {
    try {
        return new rtc(configuration);
    } catch (cause) {
        // If it fails without servers too, the rest of the configuration is wrong: that is the program's mistake, and the browser's error
        // is thrown as it is.
        new rtc({ ...configuration, iceServers: [] }).close();
        throw new SignalingError("ice_servers_invalid", cause.message, { cause });
    }
}
