// What people pass on: digits, phrases and fragments.

import { base64url, bytesOfBase64url, randomBytes } from "./bytes.js";
import { CodeError } from "./code-error.js";
import { suggestionsFor } from "./suggestions.js";
import { words } from "./words.js";

const MOST_WORDS = 4;
const LINK_BYTES = 16;
/** Longer than any phrase, and short enough to be looked through in no time. */
const MOST_LETTERS = 1_000;
/** So many letters of a word stand for it where no other begins so. */
const LEAST_LETTERS = 3;
/** Between the pieces of a phrase: white space, dashes, among them the minus and the hyphen bullet, and what people put instead. */
const SEPARATORS = "\\s\\p{Pd}\\u2212\\u2043_.,;:+/#";

/** Draws what side A shows for one code: words, a link's secret, or both. */
export function drawSecrets({ words: count = 0, link = false }, random = randomBytes) {
    if (!Number.isInteger(count) || count < 0 || count > MOST_WORDS) throw new TypeError(`words must be a whole number from 0 to ${MOST_WORDS}`);
    const drawn = Array.from({ length: count }, () => words[numberIn(random(2))]);
    return [
        ...(count > 0 ? [{ by: "words", secret: drawn.join("-") }] : []),
        ...(link ? [{ by: "link", secret: base64url(random(LINK_BYTES)) }] : []),
    ];
}

/** Ten bits: the number of a word. */
function numberIn([high, low]) {
    return ((high << 8) | low) & 1023;
}

/** What people pass on for a code and its secrets: `phrase` to say, `fragment` for behind the `#` of a link. */
export function formatCode(code, secrets) {
    const separators = { words: "-", link: "." };
    const names = { words: "phrase", link: "fragment" };
    return Object.fromEntries(secrets.map(({ by, secret }) => [names[by], `${code}${separators[by]}${secret}`]));
}

/** Reads what was typed, pasted or scanned: `{ code, by, secret }`, and digits alone without the latter two. Nothing leaves the device. */
export function parseCode(text, list = words) {
    const plain = typeof text === "string" && text.length <= MOST_LETTERS ? text.normalize("NFKC").replace(/\p{Cf}/gu, "") : "";
    // Of a whole link, what is behind its #.
    const code = /:\/\/[^#]*#(.*)$/s.exec(plain)?.[1] ?? plain;
    // A dot behind the digits announces a link's secret, which is never read as anything else.
    const [leading] = new RegExp(`^[0-9${SEPARATORS}]*`, "u").exec(code);
    if (/[0-9][^0-9]*\./.test(leading)) return fragmentIn(code);
    const digits = leading.replace(/[^0-9]/g, "");
    if (!/^[0-9]{4,8}$/.test(digits)) throw malformed();
    const pieces = code.slice(leading.length).toLowerCase().split(new RegExp(`[${SEPARATORS}]+`, "u")).filter((piece) => piece !== "");
    if (pieces.length === 0) return { code: digits };
    return { code: digits, by: "words", secret: pieces.map((piece) => wordFor(piece, list)).join("-") };
}

function fragmentIn(text) {
    const [, code, secret] = /^\s*#?([0-9]{4,8})\.([\w-]+)\s*$/.exec(text) ?? [];
    if (bytesOfBase64url(secret, LINK_BYTES) === undefined) throw malformed();
    return { code, by: "link", secret };
}

function wordFor(piece, list) {
    if (list.includes(piece)) return piece;
    const meant = piece.length < LEAST_LETTERS ? [] : list.filter((word) => word.startsWith(piece));
    if (meant.length === 1) return meant[0];
    throw new CodeError("words_unknown", "one of the words is not in the list", { word: piece, suggestions: suggestionsFor(piece, list) });
}

function malformed() {
    return new CodeError("code_malformed", "a code has 4 to 8 digits, and words or a link's secret behind them");
}
