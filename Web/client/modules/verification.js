// What a pairing has to prove, by the options of pair(). The part that proves it is a file of its own, verified.js: it is loaded only where
// words or a link are asked for or given, and before a code is made or redeemed.

import { SignalingError } from "./errors.js";
import { REQUEST_LIMIT_MS } from "./http.js";
import { within } from "./promises.js";

const BARE_DIGITS = /^[0-9]{4,8}$/;
/** Secrets that each side has used here, as hashes. One page may be both sides of a pair. */
const SPENT = { A: new Set(), B: new Set() };

/** Reads what somebody has typed, or what stood behind the `#` of a link: `{ code, by, secret }`, or `{ code }` for digits alone. */
export async function parseCode(text, { signal } = {}) {
    if (BARE_DIGITS.test(text)) return { code: text };
    const { parseCode: parse } = await loaded(signal);
    return translated(() => parse(text));
}

/** `{ digits, verification }`: what the server is given of a code, and what has to be proved; undefined where there is none. Throws for all
 *  that can be known before a code is made or spent. */
export async function verificationOf({ code, words = 0, link = false, verify = false, signal }) {
    if (code === undefined) return { verification: await shown({ words, link, verify, signal }) };
    const { code: digits, ...secret } = await parseCode(code, { signal });
    if (secret.by !== undefined) return { digits, verification: await given([secret], "B", signal) };
    if (verify || words || link) throw new SignalingError("words_needed", "the code came without its words");
    return { digits };
}

/** For a room that is entered again: side A knows what it has shown for the code, side B what it was given. */
export async function verificationAgain({ side, phrase, fragment, words, link, verify, signal }) {
    const texts = [phrase, fragment].filter((text) => text !== undefined);
    const secrets = await Promise.all(texts.map((text) => secretIn(text, signal)));
    if (secrets.length > 0) return { verification: await given(secrets, side, signal) };
    if (words || link || verify) throw new TypeError("to verify the other side of a room again, pass the phrase or fragment of its code");
    return {};
}

async function secretIn(text, signal) {
    const { by, secret } = await parseCode(text, { signal });
    if (by === undefined) throw new SignalingError("code_malformed", "a phrase or a fragment has more than digits");
    return { by, secret };
}

async function shown({ words, link, verify, signal }) {
    if (typeof link !== "boolean") throw new TypeError("link must be true or false");
    if (words !== 0 || link) {
        const part = await loaded(signal);
        return new Verification(part, part.drawSecrets({ words, link }));
    }
    if (verify) throw new TypeError("side A is verified by words or a link: ask for one of them");
    return undefined;
}

async function given(secrets, side, signal) {
    const part = await loaded(signal);
    const isSpent = secrets.some((secret) => part.isSpent(secret, SPENT[side]));
    if (isSpent) throw new SignalingError("code_gone", "its secret was used on this device before");
    return new Verification(part, secrets);
}

/** The secrets of one code. */
class Verification {
    #part;
    #secrets;

    constructor(part, secrets) {
        this.#part = part;
        this.#secrets = secrets;
    }

    /** What is passed on in place of a code: `phrase`, `fragment`, or both. */
    shownWith(code) {
        return this.#part.formatCode(code, this.#secrets);
    }

    pairing({ appID, side }) {
        return translated(() => new this.#part.VerifiedPairing({ side, appID, secrets: this.#secrets, spent: SPENT[side] }));
    }
}

/** The part that verifies. Some browsers remember that it could not be loaded, and do not ask for it again. */
async function loaded(signal) {
    try {
        return await within(REQUEST_LIMIT_MS, signal, () => import("../verified.js"));
    } catch (cause) {
        signal?.throwIfAborted();
        const message = `verified.js, beside signaling.js, cannot be loaded; if it should be there, reload the page: ${cause.message}`;
        throw new SignalingError("server_unreachable", message, { cause });
    }
}

/** What is wrong with a code is thrown as an error of this file's. */
function translated(use) {
    try {
        return use();
    } catch (error) {
        if (error.name !== "CodeError") throw error;
        const { code, message, word, suggestions } = error;
        throw Object.assign(new SignalingError(code, message), word === undefined ? {} : { word, suggestions });
    }
}
