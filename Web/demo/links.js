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
    let address = found;
    for (;;) {
        const last = address.at(-1);
        const isOpened = BRACKETS[last] === undefined || count(address, BRACKETS[last]) >= count(address, last);
        if (!CLOSING.test(address) && isOpened) return address;
        address = address.slice(0, -1);
    }
}

function count(text, letter) {
    return text.split(letter).length - 1;
}
