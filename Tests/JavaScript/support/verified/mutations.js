// Faults to plant in the module of verified pairing, one at a time: [file, text, what stands there instead]. Each takes a check out or
// bends it; some test has to notice.

import { codeChecks } from "./code-checks.js";
import { comparisons } from "./comparisons.js";
import { primitives } from "./primitives.js";
import { states } from "./states.js";
import { vectorChecks } from "./vector-checks.js";

const PAIRING = [
    // Spent secrets
    ["if (secrets.some((secret) => isSpent(secret, spent))) throw spentError();", ""],
    ["if (!this.#spend(secret)) return this.#end(\"code_gone\");", ""],
    ["if (!this.#spend(this.#secrets.get(this.#by))) return this.#end(\"code_gone\");", ""],
    ["spend(secret, this.#spent);", ""],
    // Who is there, and for how long
    ["if (wasPresent) return [];", ""],
    ["        this.#askMs = ASK_MS;\n", ""],
    ["this.#isPresent = false;\n    }", "}"],
    ["if (this.#side !== \"A\" || ", "if ("],
    ["this.#state !== \"waiting\" || !this.#isPresent", "!this.#isPresent"],
    [" || !this.#isPresent", ""],
    ["this.#askMs *= 2;", ""],
    ["if (this.#state === \"offered\") return [{ offer: true }];", ""],
    ["if (this.#side === \"B\") return [this.#sayShare()];", ""],
    // What is heard before the proof
    ["frame.type.toLowerCase()", "frame.type"],
    ["if (this.#state === \"proved\" || this.#state === \"ended\") return [];", "if (this.#state === \"ended\") return [];"],
    ["if (this.#state === \"proved\" || this.#state === \"ended\") return [];", "if (this.#state === \"proved\") return [];"],
    ["if (pake.v !== PAKE_VERSION) return this.#end(\"protocol_error\");\n        // Without", "// Without"],
    ["if (pake.v !== PAKE_VERSION) return this.#end(\"protocol_error\");\n        if (this.#state === \"offered\")", "if (this.#state === \"offered\")"],
    ["if ((pake.end ?? null) !== null) return this.#end(\"code_mismatch\", { isKnown: true });", ""],
    ["\"code_mismatch\", { isKnown: true }", "\"code_mismatch\""],
    ["return isShare ? [] : [this.#sayShare()];", "return [this.#sayShare()];"],
    ["if (!isShare) return [];", ""],
    ["if (share === undefined) return this.#end(\"protocol_error\");", ""],
    ["if (secret === undefined) return this.#end(\"code_mismatch\");", ""],
    ["this.#secrets.get(by)", "(this.#secrets.get(by) ?? [...this.#secrets.values()][0])"],
    ["by === this.#by && ", ""],
    [" && areEqual(share, this.#othersShare)", ""],
    ["return isSame ? [{ offer: true }] : this.#end(\"code_mismatch\");", "return isSame ? [{ offer: true }] : [];"],
    ["return isSame ? [{ offer: true }]", "return isSame ? []"],
    ["if (this.#state === \"ended\") return [];\n        if (this.#state === \"proved\")", "if (this.#state === \"proved\")"],
    ["if (pake === undefined) return this.#end(", "if (pake === undefined) return []; if (pake === 0) return this.#end("],
    ["this.#side === \"B\" && type === \"answer\" ? \"code_mismatch\" : ", ""],
    ["if (this.#side === \"A\" || type !== \"offer\") return", "if (type !== \"offer\") return"],
    ["if (this.#side === \"A\" || type !== \"offer\") return", "if (this.#side === \"A\") return"],
    ["if (sealed?.share === undefined) return this.#end(\"code_mismatch\");", ""],
    ["if (!this.#makeKeys(sealed.share)) return this.#end(\"code_mismatch\");", "this.#makeKeys(sealed.share);"],
    ["if (!this.#makeKeys(share)) return this.#end(\"code_mismatch\");", "this.#makeKeys(share);"],
    ["if (areEqual(othersShare, this.#share)) return false;", ""],
    ["if (point === undefined) return false;", ""],
    ["if (sealed === undefined) return this.#end(\"code_mismatch\");", "if (sealed === undefined) return [];"],
    ["{ A: this.#share, B: othersShare } : { A: othersShare, B: this.#share }", "{ A: othersShare, B: this.#share } : { A: this.#share, B: othersShare }"],
    // Descriptions
    ["if (sealed === undefined) return undefined;", ""],
    ["return areEqual(macOf(key, sealed), sealed.mac) ? sealed : undefined;", "return sealed;"],
    ["const key = this.#keys[this.#side === \"A\" ? \"B\" : \"A\"];", "const key = this.#keys[this.#side];"],
    ["if (n <= this.#opened) return [];", ""],
    ["if (n <= this.#opened) return [];", "if (n < this.#opened) return [];"],
    ["this.#opened = n;", ""],
    ["return [{ apply: { type, sdp: text, id } }];", "return [{ apply: { type: \"offer\", sdp: text, id } }];"],
    ["this.#forged += 1;", ""],
    ["this.#forged += 1;\n        return", "return this.#end(\"code_mismatch\");\n        return"],
    ["this.#sealed += 1;", "this.#sealed = 1;"],
    ["macOf(this.#keys[this.#side],", "macOf(this.#keys.A,"],
    ["this.#state === \"offered\" ? this.#share : undefined", "undefined"],
    ["if (!isNumber(id)) throw", "if (false) throw"],
    ["if (typeof sdp !== \"string\") throw", "if (false) throw"],
    ["if (this.#keys === undefined) throw new Error(\"there are no keys to seal with\");", ""],
    // The end
    ["code === \"code_mismatch\" && !isKnown", "false"],
    ["code === \"code_mismatch\" && !isKnown", "!isKnown"],
    ["this.#state = \"ended\";", ""],
    ["this.#keys = undefined;", ""],
    ["this.#state = \"proved\";", ""],
    ["this.#state = \"offered\";", "this.#state = \"proved\";"],
    ["this.#scalar = this.#random(HASH_BYTES);", "this.#scalar = new Uint8Array(HASH_BYTES).fill(5);"],
];

const FRAMES = [
    ["pake?.v !== PAKE_VERSION || ", ""],
    ["!isNumber(pake.n) || ", ""],
    ["!isNumber(id) || ", ""],
    [" || mac === undefined", ""],
    ["typeof text !== \"string\" || ", ""],
    [" || !isUnicode(text)", ""],
    ["typeof by === \"string\" && ", ""],
    [" && bytes !== undefined", ""],
    ["Number.isSafeInteger(value) && ", ""],
    [" && value >= 1", ""],
    ["return { type, text,", "return { type: sdp?.type ?? type, text,"],
];

const KEYS = [
    ["return areEqual(point, new Uint8Array(HASH_BYTES)) ? undefined : point;", "return point;"],
    ["B: key(\"B\")", "B: key(\"A\")"],
    ["`B ${by}`", "\"B words\""],
    ["lv(shares.A, \"A\")", "lv(shares.A, \"\")"],
    ["joined(lv(shares.B, `B ${by}`), lv(shares.A, \"A\"))", "joined(lv(shares.A, \"A\"), lv(shares.B, `B ${by}`))"],
    ["lv(LABEL, \"B\", \"A\")", "lv(LABEL, \"A\", \"B\")"],
    ["CHANNEL, bytesOfUUID(appID)", "CHANNEL, new Uint8Array(16)"],
    ["_ISK`, sid, point)", "_ISK`, new Uint8Array(16), point)"],
    ["`${by}:${secret}`", "secret"],
    ["lv(type, String(n), String(id), text)", "lv(String(n), String(id), text)"],
    ["lv(type, String(n), String(id), text)", "lv(type, String(id), text)"],
    ["lv(type, String(n), String(id), text)", "lv(type, String(n), text)"],
    ["lv(type, String(n), String(id), text)", "lv(type, String(n), String(id))"],
    ["- 1 - lv(password).length", "- lv(password).length"],
];

const BYTES = [
    ["if (!/^[0-9a-f]{32}$/i.test(digits)) throw new TypeError(\"a room is named by a UUID\");", ""],
    ["return one.reduce((difference, byte, index) => difference | (byte ^ other[index]), 0) === 0;", "return one.every((byte, index) => byte === other[index]);"],
    ["difference | (byte ^ other[index])", "byte ^ other[index]"],
    ["value.length !== Math.ceil((count * 4) / 3) || ", ""],
    [" || /[^\\w-]/.test(value)", ""],
    ["(held & ((1 << bits) - 1)) === 0", "true"],
    ["!/\\p{Surrogate}/u.test(text)", "true"],
];

const SPENT = [
    ["if (spent.size >= MAX_SPENT) spent.delete(spent.values().next().value);", ""],
    ["base64url(sha512(passwordOf(secret)).subarray(0, SPENT_HASH_BYTES))", "`${secret.by}:${secret.secret}`"],
    ["passwordOf(secret)", "passwordOf({ ...secret, by: \"\" })"],
];

const CURVE = [
    ["& ~7n", ""],
    [" | (2n ** 254n);", ";"],
    ["const x1 = numberOf(u) & BASIC;", "const x1 = numberOf(u);"],
    ["const r = numberOf(bytes) & BASIC;", "const r = numberOf(bytes);"],
];

const COMPARISON = [
    ["type === \"offer\" && !this.#hasApplied", "type === \"offer\""],
    ["type === \"answer\" && this.#commitment !== undefined", "type === \"answer\""],
    ["type === \"answer\" && this.#commitment", "this.#commitment"],
    ["if (this.#fingerprints[this.#side] === null) return undefined;", ""],
    ["??= fingerprintsOf(sdp)", "= fingerprintsOf(sdp)"],
    ["if (this.#hasApplied || ", "if ("],
    [" || type !== (this.#side === \"A\" ? \"answer\" : \"offer\")", ""],
    ["sas?.v === SAS_VERSION ? sas : {}", "sas ?? {}"],
    ["if (this.#fingerprints.A !== null) this", "this"],
    ["return this.#finish() ? [this.#sayNonce(), this.#sayDigits()] : [];", "this.#finish(); return [this.#sayNonce(), this.#sayDigits()];"],
    [" || sas?.v !== SAS_VERSION", ""],
    [" || this.#hasEnded) return [];", ") return [];"],
    ["if (!this.#isAnswered || ", "if ("],
    [" || this.#digits !== null) return [];", ") return [];"],
    ["this.#nonces.A !== undefined && ", ""],
    [" && areEqual(this.#commit(), this.#commitment)", ""],
    ["this.#isAnswered && this.#digits === null", "this.#digits === null"],
    ["this.#digits === null && !this.#hasEnded ?", "!this.#hasEnded ?"],
    ["&& !this.#hasEnded ?", "?"],
    ["return this.#digits === null ? [] : [this.#sayNonce()];", "return [this.#sayNonce()];"],
    ["this.#nonces.A, this.#fingerprints.A)", "this.#nonces.A)"],
    ["nonceA, nonceB, printsA, printsB))", "nonceA, printsA, printsB))"],
    ["nonceA, nonceB, printsA, printsB))", "nonceB, printsA, printsB))"],
    ["nonceA, nonceB, printsA, printsB))", "nonceA, nonceB, printsA))"],
    ["printsB].some", "printsA].some"],
    [".padStart(6, \"0\")", ""],
];

const FINGERPRINTS = [
    ["/fingerprint/i", "/fingerprint/"],
    ["prints.length === 0 || ", ""],
    ["prints.includes(null)", "false"],
    ["[...new Set(prints)]", "prints"],
    [".sort()", ""],
    ["name?.toLowerCase()", "name"],
    [".toUpperCase()", ""],
    ["value.length === bytes * 3 - 1", "true"],
    ["split(/\\r?\\n/)", "split(/[\\r\\n]+/)"],
    ["bytes > 0 && ", ""],
];

const CODES = [
    [".normalize(\"NFKC\")", ""],
    [".replace(/\\p{Cf}/gu, \"\")", ""],
    [".toLowerCase()", ""],
    ["text.length <= MOST_LETTERS", "true"],
    ["if (/[0-9][^0-9]*\\./.test(leading)) return fragmentIn(code);", ""],
    ["/[0-9][^0-9]*\\./", "/[0-9]\\.[A-Za-z]/"],
    ["if (!/^[0-9]{4,8}$/.test(digits)) throw malformed();", ""],
    ["if (bytesOfBase64url(secret, LINK_BYTES) === undefined) throw malformed();", ""],
    ["if (list.includes(piece)) return piece;", ""],
    ["piece.length < LEAST_LETTERS ? [] : ", ""],
    ["meant.length === 1", "meant.length > 0"],
    ["throw new CodeError(\"words_unknown\"", "return suggestionsFor(piece, list)[0] ?? piece; throw new CodeError(\"words_unknown\""],
    ["\"one of the words is not in the list\"", "`${piece} is not in the list`"],
    [" || count > MOST_WORDS", ""],
    ["((high << 8) | low) & 1023", "low"],
    ["& 1023", "% 1000"],
    ["base64url(random(LINK_BYTES))", "base64url(random(8))"],
];

const SUGGESTIONS = [
    [".slice(0, MOST_SUGGESTIONS)", ""],
    ["near.sort((one, other) => one.distance - other.distance);", ""],
];

/** With the checks that are most likely to notice. */
const BY_FILE = [
    ["verified/pairing.js", PAIRING, states], ["verified/pake-frames.js", FRAMES, states], ["verified/spent-secrets.js", SPENT, states],
    ["verified/cpace.js", KEYS, vectorChecks], ["verified/bytes.js", BYTES, primitives], ["verified/curve25519.js", CURVE, primitives],
    ["modules/comparison.js", COMPARISON, comparisons], ["modules/fingerprints.js", FINGERPRINTS, comparisons],
    ["verified/codes.js", CODES, codeChecks], ["verified/suggestions.js", SUGGESTIONS, codeChecks],
];

export const mutations = BY_FILE.flatMap(([file, list, first]) => list.map(([text, instead]) => ({ file, text, instead, first })));
