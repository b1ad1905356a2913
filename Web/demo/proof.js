// What is known of the other end of a connection, in words: claimed is only what was verified.

import { text } from "./text.js";

/** What both sides can do to find out: `digits` to compare. Null where nothing can be compared, or nothing has to be. */
export function digitsToCompare({ verified, sas, compared }) {
    return verified === null && compared === null && sas !== null ? `${sas.slice(0, 3)} ${sas.slice(3)}` : null;
}

/** Whether the page may say that the connection is encrypted from end to end. */
export function isEndToEnd({ verified, compared }) {
    return verified !== null || compared === "same";
}

/**
 * `verified` is "words", "link" or null, `sas` six digits or null, `compared` "same" or null; `isSecure` says whether the page itself came
 * over a connection that nobody could change.
 */
export function proofSentence({ verified, sas, compared, isSecure }) {
    if (verified === "words") return text("proof.words") + caveat(isSecure);
    if (verified === "link") return text("proof.link") + caveat(isSecure);
    if (compared === "same") return text("proof.compared") + caveat(isSecure);
    return text(sas === null ? "proof.none" : "proof.digits");
}

/** Whoever can change the page can have it say anything. */
function caveat(isSecure) {
    return isSecure ? "" : ` ${text("proof.caveat")}`;
}
