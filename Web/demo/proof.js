// What is known of the other end of a connection, in words: claimed is only what was verified.

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
    const known = {
        words: "Verified: the other device has the words of this code.",
        link: "Verified: the other device has the link of this code.",
    }[verified];
    if (known !== undefined) return known + caveat(isSecure);
    if (compared === "same") return `Compared: both devices show the same digits.${caveat(isSecure)}`;
    if (sas !== null) {
        return (
            "Not verified: no words were entered with the code. If both devices show these digits, nobody is in between. Compare them " +
            "by voice or side by side, not in this chat."
        );
    }
    return (
        "Not verified: no words were entered with the code, and the program at the other end has no digits to compare. Somebody could be " +
        "in between."
    );
}

/** Whoever can change the page can have it say anything. */
function caveat(isSecure) {
    return isSecure ? "" : " This page itself came over plain http, where others in the network could have changed it.";
}
