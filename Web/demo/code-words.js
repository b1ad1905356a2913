// Codes as people pass them on, and what is wrong with them, in words.

/** `#2802`, `#2802.<secret>`: somebody was sent here with a code. Undefined if the page was opened for something else. */
export function invitationIn(hash) {
    return /^#(\d{4,8}(?![a-z\d]).*)$/i.exec(decoded(hash))?.[1];
}

/** Some programs write a space in a link as `%20`. What is no such writing stays as it is. */
function decoded(text) {
    try {
        return decodeURIComponent(text);
    } catch {
        return text;
    }
}

/** How a code is read aloud: digit by digit, or a screen reader would read one number; and word by word. */
export function spokenCode(phrase) {
    const [digits, ...words] = phrase.split("-");
    return ["Code " + [...digits].join(" "), ...words].join(", ");
}

/** Undefined for an error that is not the code's. */
export function objectionTo({ code, word, suggestions = [] }) {
    if (code === "code_malformed") return "A code has 4 to 8 digits, and its words behind them.";
    if (code !== "words_unknown") return undefined;
    const hint = suggestions.length === 0 ? "Compare it with the first device." : `Is it ${choice(suggestions)}?`;
    return word === undefined ? `One of the words is not right. ${hint}` : `“${word}” is none of the words. ${hint}`;
}

function choice(words) {
    return words.length === 1 ? words[0] : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
