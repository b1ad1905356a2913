// Coming back to a room whose code is spent.

import { iceServers } from "./ice-servers.js";

/** Where the list of servers cannot be had now, the room is entered without, and the list is asked for again after this time. */
const LATER_MS = 1_000;

/** The room, with the server's STUN and TURN servers if they are wanted. The token opens the side as before; a server that does not know it
 *  has forgotten the room, and says so. */
export async function rejoin({ base, appID, side, token, signal }, isServed) {
    const room = { appID, ...(token !== undefined && { token }) };
    if (!isServed || token === undefined) return room;
    try {
        const { iceServers: servers, expiresAt } = await iceServers({ base, appID, side, token, signal });
        return { ...room, ...(servers.length > 0 && { iceServers: servers }), ...(expiresAt && { iceServersExpireAt: expiresAt }) };
    } catch (error) {
        signal?.throwIfAborted();
        if (error.code === "token_refused") throw error;
        return { ...room, iceServersRetryAfterMs: error.retryAfterMs ?? LATER_MS };
    }
}
