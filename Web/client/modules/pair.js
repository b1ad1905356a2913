// pair(): from a code to two connected browsers.

import { SignalingError } from "./errors.js";
import { createCode, redeemCode, REQUEST_LIMIT_MS } from "./http.js";
import { PeerLink } from "./link.js";
import { within } from "./promises.js";

export async function pair(options) {
    const { base, code, ttl, signal, rtcConfiguration, onCode, onProgress } = options;
    signal?.throwIfAborted();
    if (typeof RTCPeerConnection === "undefined") throw new SignalingError("unsupported", "RTCPeerConnection is missing");
    onProgress?.("code");
    // Everything that can fail on this device comes before the code, which can be redeemed only once.
    const iceServers = await resolveIceServers(options.iceServers ?? rtcConfiguration?.iceServers ?? [], signal);
    const connection = newConnection({ ...rtcConfiguration, iceServers });
    try {
        const room = code === undefined ? await createCode(base, { ttl, signal }) : await redeemCode(base, code, { signal });
        if (code === undefined) onCode?.(room);
        signal?.throwIfAborted();
        return await PeerLink.open(connection, room, options);
    } catch (error) {
        connection.close();
        throw error;
    }
}

function newConnection(configuration) {
    try {
        return new RTCPeerConnection(configuration);
    } catch (cause) {
        // If it fails without servers too, the rest of the configuration is wrong: that is the program's mistake, and the browser's error
        // is thrown as it is.
        new RTCPeerConnection({ ...configuration, iceServers: [] }).close();
        throw new SignalingError("ice_servers_invalid", cause.message, { cause });
    }
}

async function resolveIceServers(source, signal) {
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
