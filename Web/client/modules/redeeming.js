// Redeeming a code: once, however often the response is lost.

import { monotonicMs } from "./clock.js";
import { SignalingError } from "./errors.js";
import { authorizationFields, endpoint, refusal, request, roomOf, whyForbidden } from "./http.js";
import { randomID } from "./identifiers.js";
import { pauseFor } from "./promises.js";

/** A server that has had many wrong codes from this address lets a request wait for up to 20 s. */
const ATTEMPT_LIMIT_MS = 22_000;
/** For so long after the code was redeemed, the server gives the same response to the same id. */
const REPEATED_WITHIN_MS = 30_000;
/** The first repetition comes at once, the second after this time, and each further one after twice as long. */
const FIRST_PAUSE_MS = 1_000;
/** Of a proxy that got no response from the server. */
const LOST_IN_BETWEEN = [502, 504];
/** A status that leaves open whether the code was redeemed. */
const OPEN_OUTCOMES = [503, ...LOST_IN_BETWEEN];
const MAX_REMEMBERED = 16;
/** By server and code, the ids of redemptions whose outcome is not known: whoever asks again means the same one. */
const REMEMBERED_IDS = new Map();

export async function redeemCode(base, code, { authorization, signal } = {}) {
    if (!/^[0-9]{4,8}$/.test(code)) throw new SignalingError("code_malformed", "a code is a string of 4 to 8 digits");
    const place = `${endpoint(base, "/")} ${code}`;
    const headers = { "Content-Type": "application/json", ...(await authorizationFields(authorization, signal)) };
    const id = recallID(place) ?? randomID();
    let response;
    try {
        response = await requestRedemption(base, { method: "POST", headers, body: JSON.stringify({ code, id }) }, signal);
        if (response.ok) return roomOf(response, []);
    } catch (error) {
        rememberID(place, id);
        throw error;
    }
    if (OPEN_OUTCOMES.includes(response.status)) rememberID(place, id);
    throw refusal(response, {
        400: "code_malformed",
        401: "unauthorized",
        403: whyForbidden(response),
        410: "code_gone",
        429: "too_many_guesses",
        503: "server_draining",
    });
}

/** The response, asked for again where it was lost, for as long as the server may still have it. */
async function requestRedemption(base, init, signal) {
    const startedAt = monotonicMs();
    for (let delayMs = 0, refusals = 0; ; delayMs = delayMs * 2 || FIRST_PAUSE_MS) {
        const outcome = await attemptRedemption(base, init, signal);
        const isLost = outcome.error !== undefined || LOST_IN_BETWEEN.includes(outcome.response.status);
        // A page cannot tell a response that was lost from one that is withheld from it. That the latter is withheld again is no chance.
        if (outcome.error?.code === "origin_refused") refusals += 1;
        const isLate = monotonicMs() - startedAt + delayMs >= REPEATED_WITHIN_MS;
        if (!isLost || isLate || refusals > 1) {
            if (outcome.error !== undefined) throw outcome.error;
            return outcome.response;
        }
        if (delayMs > 0) await pauseFor(delayMs, signal);
    }
}

async function attemptRedemption(base, init, signal) {
    try {
        return { response: await request(base, "/rendezvous/redeem", init, signal, ATTEMPT_LIMIT_MS) };
    } catch (error) {
        signal?.throwIfAborted();
        return { error };
    }
}

/** Each id is given out once; it is remembered again if the outcome stays unknown. */
function recallID(place) {
    const known = REMEMBERED_IDS.get(place);
    REMEMBERED_IDS.delete(place);
    return known !== undefined && monotonicMs() < known.endsAt ? known.id : undefined;
}

function rememberID(place, id) {
    if (REMEMBERED_IDS.size >= MAX_REMEMBERED) REMEMBERED_IDS.delete(REMEMBERED_IDS.keys().next().value);
    REMEMBERED_IDS.set(place, { id, endsAt: monotonicMs() + REPEATED_WITHIN_MS });
}
