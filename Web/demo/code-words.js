// Codes as people pass them on, and what is wrong with them, in words.

import { formatChoice } from "./format.js";
import { text } from "./text.js";

/** `#2802`, `#2802.<secret>`: somebody was sent here with a code. Undefined if the page was opened for something else. */
export function invitationIn(hash) {
    return /^#(\d{4,8}(?![a-z\d]).*)$/i.exec(decoded(hash))?.[1];
}

/** Some programs write a space in a link as `%20`. What is no such writing stays as it is. */
function decoded(written) {
    try {
        return decodeURIComponent(written);
    } catch {
        return written;
    }
}

/** How a code is read aloud: digit by digit, or a screen reader would read one number; and word by word. */
export function spokenCode(phrase) {
    const [digits, ...words] = phrase.split("-");
    return [text("code.spoken", { digits: [...digits].join(" ") }), ...words].join(", ");
}

/** Undefined for an error that is not the code's. */
export function objectionTo({ code, word, suggestions = [] }) {
    if (code === "code_malformed") return text("code.malformed");
    if (code !== "words_unknown") return undefined;
    const problem = word === undefined ? text("code.word.wrong") : text("code.word.unknown", { word });
    const hint = suggestions.length === 0 ? text("code.word.compare") : text("code.word.suggested", { words: formatChoice(suggestions) });
    return `${problem} ${hint}`;
}
