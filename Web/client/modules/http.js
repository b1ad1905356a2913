// The requests of the client, and what a failed request or a failed upgrade means.

import { SignalingError } from "./errors.js";
import { isUUID } from "./identifiers.js";
import { within } from "./promises.js";

export const REQUEST_LIMIT_MS = 15_000;
/** No server may be set to a longer life of codes (ROOM_TTL). */
const LONGEST_LIFE_MS = 86_400_000;
/** Thirty years. */
const LONGEST_SPAN_MS = 1e12;
/** The bytes of a response. */
const MAX_BODY = 1 << 20;
/** Of those that the server names, so many are used: a browser asks all of them. */
const MAX_ICE_SERVERS = 32;

export async function createCode(base, { ttl, authorization, signal } = {}) {
    if (ttl !== undefined && !(ttl > 0 && Number.isFinite(ttl))) throw new TypeError("ttl must be a number of seconds above 0");
    // Without Content-Type and Authorization the request is a simple one, and browsers send no preflight before it.
    const headers = authorization === undefined ? undefined : await authorizationFields(authorization, signal);
    const init = { method: "POST", headers, body: ttl && JSON.stringify({ ttl }) };
    const response = await request(base, "/rendezvous/code", init, signal);
    if (response.ok) return roomOf(response, ["code"]);
    throw refusal(response, {
        401: "unauthorized",
        403: whyForbidden(response),
        429: "rate_limited",
        503: response.status === 503 ? await whyNoCode(response, base, signal) : undefined,
    });
}

/** Fresh STUN and TURN servers for a side whose token is shown. */
export async function requestIceServers(base, { appID, side, token }, signal) {
    const path = `/rendezvous/ice?${new URLSearchParams({ appID, side })}`;
    const response = await request(base, path, { headers: await authorizationFields(token, signal) }, signal);
    if (response.ok) {
        const { body } = response;
        const { iceServers: servers = [], iceServersExpireAt: expiresAt } = serversOf(body?.iceServers, body?.expiresInMs);
        return { iceServers: servers, ...(expiresAt && { expiresAt }) };
    }
    throw refusal(response, {
        400: "room_invalid",
        401: "token_refused",
        403: "origin_refused",
        429: "rate_limited",
        503: "server_draining",
    });
}

/** The field that shows who asks. What an application passes may be a function, so that it can fetch a token first. */
export async function authorizationFields(authorization, signal) {
    const value = typeof authorization === "function" ? await within(REQUEST_LIMIT_MS, signal, authorization) : authorization;
    if (value === undefined || value === null || value === "") return undefined;
    // The characters of a field's value. Checked here, since a request that cannot be made looks like a server that cannot be reached.
    if (!/^[\x21-\x7e]+( [\x21-\x7e]+)*$/.test(value)) {
        throw new SignalingError("unauthorized", "authorization is no key, no token and no field value");
    }
    return { Authorization: value.includes(" ") ? value : `Bearer ${value}` };
}

/** With one status the server says that no code is free, that it is shutting down, and that who it would ask about rights does not answer. */
async function whyNoCode({ body }, base, signal) {
    if (/\bwho you are\b/i.test(detailOf(body))) return "server_error";
    return (await isReady(base, signal)) ? "no_code_free" : "server_draining";
}

/** The server refuses a page's origin and a client's rights with one status. */
export function whyForbidden({ body }) {
    return /\borigin\b/i.test(detailOf(body)) ? "origin_refused" : "forbidden";
}

/** The result of minting and of redeeming: `appID`, `expiresAt`, `expiresInMs` and `token`, the texts that are named in `members`, and STUN
 *  and TURN servers if the server has any. An older server has no tokens, and does not say how long a code lives: then this device's time has to be
 *  right. */
export function roomOf({ url, body }, members) {
    const room = body ?? {};
    const expiresAt = new Date(typeof room.expiresAt === "string" ? room.expiresAt : NaN);
    if (!isUUID(room.appID) || Number.isNaN(expiresAt.getTime()) || members.some((name) => typeof room[name] !== "string")) {
        throw new SignalingError("protocol_error", `${url} did not answer as nt-backend-wrtc does`);
    }
    const leftMs = isSpan(room.expiresInMs) ? room.expiresInMs : Math.max(0, expiresAt.getTime() - Date.now());
    const expiresInMs = Math.min(LONGEST_LIFE_MS, leftMs);
    const token = typeof room.token === "string" ? { token: room.token } : {};
    const texts = Object.fromEntries(members.map((name) => [name, room[name]]));
    const retry = isSpan(room.iceServersRetryAfterMs) ? { iceServersRetryAfterMs: room.iceServersRetryAfterMs } : {};
    const servers = serversOf(room.iceServers, room.iceServersExpireInMs);
    return { ...texts, appID: room.appID, expiresAt, expiresInMs, ...token, ...servers, ...retry };
}

/** `iceServers`, if there are any, and when they expire, if they do. */
function serversOf(list, expireInMs) {
    const servers = Array.isArray(list) ? list.filter(hasURLs).slice(0, MAX_ICE_SERVERS) : [];
    if (servers.length === 0) return {};
    return { iceServers: servers, ...(isSpan(expireInMs) && { iceServersExpireAt: new Date(Date.now() + expireInMs) }) };
}

function hasURLs(server) {
    const urls = [server?.urls].flat();
    return urls.length <= MAX_ICE_SERVERS && urls.every((url) => typeof url === "string");
}

/** A number of milliseconds that can be added to the time. */
function isSpan(value) {
    return typeof value === "number" && value >= 0 && value <= LONGEST_SPAN_MS;
}

/** Why an upgrade failed. A browser does not tell that to a page, but the server gives the same reason in its response to a request for the
 *  same URL without an upgrade. */
export async function whyNoWebSocket(url, base, signal) {
    try {
        const response = await request(base, `/ws${url.search}`, {}, signal);
        return refusal(response, {
            400: "room_invalid",
            403: /\btoken\b/.test(detailOf(response.body)) ? "token_refused" : "origin_refused",
            426: "upgrade_refused", // The server would have granted it: something in between did not pass it on.
            429: "rate_limited",
            503: response.status === 503 && (await isReady(base, signal)) ? "server_full" : "server_draining",
        });
    } catch (error) {
        return error;
    }
}

/** A response with its body: the JSON value in it, or null. The time limit includes the body. */
export async function request(base, path, init, signal, limitMs = REQUEST_LIMIT_MS) {
    const url = endpoint(base, path);
    let response;
    try {
        return await within(limitMs, signal, async (signal) => {
            response = await fetch(url, { ...init, cache: "no-store", signal });
            const { ok, status, statusText, headers } = response;
            return { url: response.url, ok, status, statusText, headers, body: jsonOf(await textOf(response)) };
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
export function refusal({ status, statusText, headers, body }, codes) {
    const seconds = Number(headers.get("Retry-After") ?? NaN);
    const retryAfterMs = seconds >= 0 ? seconds * 1000 : undefined;
    return new SignalingError(codes[status] ?? "server_error", `${status}: ${detailOf(body) ?? statusText}`, { retryAfterMs });
}

/** The body, which is a few hundred bytes long: of a longer one than MAX_BODY the rest is not taken. */
async function textOf(response) {
    const reader = response.body?.getReader();
    if (reader === undefined) return textWithoutStream(response);
    const parts = [];
    for (let size = 0; size <= MAX_BODY;) {
        const { done, value } = await reader.read();
        if (done) return new TextDecoder().decode(await new Blob(parts).arrayBuffer());
        parts.push(value);
        size += value.length;
    }
    await reader.cancel();
    throw tooLong();
}

/** There is no body, or `fetch` gives none before all of it has arrived, as in React Native. */
async function textWithoutStream(response) {
    const text = await response.text();
    if (text.length > MAX_BODY) throw tooLong();
    return text;
}

function tooLong() {
    return new Error(`the response has more than ${MAX_BODY} bytes`);
}

/** What the server says of an error. */
function detailOf(body) {
    return typeof body?.detail === "string" ? body.detail : undefined;
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
