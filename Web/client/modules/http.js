// The requests of the client, and what a failed request or a failed upgrade means.

import { SignalingError } from "./errors.js";
import { isUUID, randomID } from "./identifiers.js";
import { within } from "./promises.js";

export const REQUEST_LIMIT_MS = 15_000;
/** A server that has had many wrong codes from this address lets a redeem request wait for up to 20 s. */
const REDEEM_LIMIT_MS = 30_000;

export async function createCode(base, { ttl, signal } = {}) {
    if (ttl !== undefined && !(ttl > 0 && Number.isFinite(ttl))) throw new TypeError("ttl must be a number of seconds above 0");
    // No Content-Type: that makes the request a simple one, and browsers send no preflight before it.
    const response = await request(base, "/rendezvous/code", { method: "POST", body: ttl && JSON.stringify({ ttl }) }, signal);
    if (response.ok) return roomOf(response, ["code"]);
    throw refusal(response, {
        429: "rate_limited",
        503: response.status === 503 && (await isReady(base, signal)) ? "no_code_free" : "server_draining",
    });
}

export async function redeemCode(base, code, { signal } = {}) {
    if (!/^[0-9]{4,8}$/.test(code)) throw new SignalingError("code_malformed", "a code is a string of 4 to 8 digits");
    // By its id the request can be repeated without the code being redeemed twice.
    const body = JSON.stringify({ code, id: randomID() });
    const init = { method: "POST", headers: { "Content-Type": "application/json" }, body };
    const ask = () => request(base, "/rendezvous/redeem", init, signal, REDEEM_LIMIT_MS);
    const response = await ask().catch((error) => {
        // The response may be what was lost, which a page cannot tell from one that is withheld from it. After the time limit the server has
        // forgotten it.
        if (!["server_unreachable", "origin_refused"].includes(error.code) || error.cause?.name === "TimeoutError") throw error;
        return ask();
    });
    if (response.ok) return roomOf(response, []);
    throw refusal(response, { 400: "code_malformed", 410: "code_gone", 429: "too_many_guesses", 503: "server_draining" });
}

/** The result of both requests: `appID`, `expiresAt` and `token`, and the texts that are named in `members`. An older server has no tokens. */
function roomOf({ url, body }, members) {
    const room = body ?? {};
    const expiresAt = new Date(room.expiresAt);
    if (!isUUID(room.appID) || Number.isNaN(expiresAt.getTime()) || members.some((name) => typeof room[name] !== "string")) {
        throw new SignalingError("protocol_error", `${url} did not answer as nt-backend-wrtc does`);
    }
    const token = typeof room.token === "string" ? { token: room.token } : {};
    return { ...Object.fromEntries(members.map((name) => [name, room[name]])), appID: room.appID, expiresAt, ...token };
}

/** Why an upgrade failed. A browser does not tell that to a page, but the server gives the same reason in its response to a request for the
 *  same URL without an upgrade. */
export async function whyNoWebSocket(url, base, signal) {
    try {
        const response = await request(base, `/ws${url.search}`, {}, signal);
        return refusal(response, {
            400: "room_invalid",
            403: /\btoken\b/.test(response.body?.detail) ? "token_refused" : "origin_refused",
            426: "upgrade_refused", // The server would have granted it: something in between did not pass it on.
            429: "rate_limited",
            503: response.status === 503 && (await isReady(base, signal)) ? "server_full" : "server_draining",
        });
    } catch (error) {
        return error;
    }
}

/** A response with its body: the JSON value in it, or null. The time limit includes the body. */
async function request(base, path, init, signal, limitMs = REQUEST_LIMIT_MS) {
    const url = endpoint(base, path);
    let response;
    try {
        return await within(limitMs, signal, async (signal) => {
            response = await fetch(url, { ...init, cache: "no-store", signal });
            const { ok, status, statusText, headers } = response;
            return { url: response.url, ok, status, statusText, headers, body: jsonOf(await response.text()) };
        });
    } catch (cause) {
        signal?.throwIfAborted();
        // A browser that withholds a response from a page does so before any of it, and without waiting for the time limit.
        const isWithheld = response === undefined && cause.name !== "TimeoutError" && (await isWithheldFromPage(url, signal));
        const code = isWithheld ? "origin_refused" : "server_unreachable";
        throw new SignalingError(code, `no answer from ${url.origin}: ${cause.message}`, { cause });
    }
}

/** Whether there was a response that the page may not read. A page cannot tell that from no response at all; a request without CORS, whose
 *  response nobody can read, shows whether anything responds. */
async function isWithheldFromPage(url, signal) {
    if (!globalThis.location || globalThis.location.origin === url.origin) return false;
    try {
        await within(REQUEST_LIMIT_MS, signal, (signal) => fetch(new URL("/", url), { mode: "no-cors", cache: "no-store", signal }));
        return true;
    } catch {
        signal?.throwIfAborted();
        return false;
    }
}

/** Tells a server that is full from one that is shutting down: both refuse with 503. */
async function isReady(base, signal) {
    try {
        return (await request(base, "/readyz", {}, signal)).ok;
    } catch {
        signal?.throwIfAborted();
        return false;
    }
}

/** The error for a response; `codes` has the error code for each status that is expected. */
function refusal({ status, statusText, headers, body }, codes) {
    const seconds = Number(headers.get("Retry-After") ?? NaN);
    const retryAfterMs = seconds >= 0 ? seconds * 1000 : undefined;
    return new SignalingError(codes[status] ?? "server_error", `${status}: ${body?.detail ?? statusText}`, { retryAfterMs });
}

function jsonOf(text) {
    try {
        return JSON.parse(text);
    } catch {
        return null;
    }
}

/** The URL of a path of the server; `base` may have a path itself, for a server behind a proxy. */
export function endpoint(base, path) {
    const url = new URL(base);
    if (!/^https?:$/.test(url.protocol)) throw new TypeError("base must be an http or https URL");
    return new URL(url.pathname.replace(/\/+$/, "") + path, url);
}
