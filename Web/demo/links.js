// Addresses in a text that somebody wrote, to be made clickable.

const ADDRESS = /https?:\/\/[^\s<>"“”„»«]+/giu;
/** They end a sentence far more often than an address. */
const CLOSING = /[.,;:!?'’…]$/u;
const BRACKETS = { ")": "(", "]": "[", "}": "{" };

/**
 * The pieces of a text: strings, and `{ href, shown }` for an address. What is shown of one names the host that it leads to: letters that look
 * like others are written as the network does (`xn--…`), and an address that hides its host behind a name and a password is no link.
 */
export function linkPieces(text) {
    const pieces = [];
    let end = 0;
    for (const { 0: found, index } of text.matchAll(ADDRESS)) {
        const written = withoutClosing(found);
        const link = linkTo(written);
        if (link === undefined) continue;
        pieces.push(text.slice(end, index), link);
        end = index + written.length;
    }
    return [...pieces, text.slice(end)].filter((piece) => piece !== "");
}

function linkTo(written) {
    let url;
    try {
        url = new URL(written);
    } catch {
        return undefined;
    }
    if (!/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") return undefined;
    const origin = `${url.protocol}//${url.host}`;
    const isPlain = written.toLowerCase().startsWith(origin) && /^([/?#]|$)/.test(written.slice(origin.length));
    return { href: url.href, shown: isPlain ? written : url.href };
}

function withoutClosing(found) {
    // How many more of each bracket are closed than opened: those at the end belong to the sentence. Counted once, for what is long.
    const excess = new Map(Object.entries(BRACKETS).map(([close, open]) => [close, count(found, close) - count(found, open)]));
    let end = found.length;
    for (; end > 0; end -= 1) {
        const last = found[end - 1];
        if (excess.get(last) > 0) excess.set(last, excess.get(last) - 1);
        else if (!CLOSING.test(last)) break;
    }
    return found.slice(0, end);
}

function count(text, letter) {
    return text.split(letter).length - 1;
}
