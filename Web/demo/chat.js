// The conversation: its messages, and sending one.

/** Of longer ones this much is sent, and the rest with the next; the other page would refuse them. */
export const MAX_CHAT_LENGTH = 4000;
/** Chat goes over the channel of the files, as a kind of control message of its own. */
export const CHAT_KINDS = { chat: { text: (value) => typeof value === "string" && value.length <= MAX_CHAT_LENGTH } };

/** How many messages are kept; beyond that, the oldest is removed. */
const MAX_MESSAGES = 500;

/** Events: `message` ({text, isOwn, time}) and `forgotten`, when the oldest has been removed. */
export class Chat extends EventTarget {
    #port;
    #count = 0;

    constructor(port) {
        super();
        this.#port = port;
        port.addEventListener("control", ({ detail }) => {
            if (detail.kind === "chat") this.#add(detail.text, false);
        });
    }

    /** Returns what was not sent: all of it once the channel is closed, or what is too much for one message. */
    say(text) {
        if (!this.#port.isOpen) return text;
        const all = text.trim();
        const words = firstOf(all);
        if (words === "") return "";
        this.#port.sendControl({ kind: "chat", text: words });
        this.#add(words, true);
        return all.slice(words.length);
    }

    #add(text, isOwn) {
        this.dispatchEvent(new CustomEvent("message", { detail: { text, isOwn, time: new Date() } }));
        this.#count += 1;
        if (this.#count <= MAX_MESSAGES) return;
        this.#count -= 1;
        this.dispatchEvent(new Event("forgotten"));
    }
}

/** What fits into a message, without half a letter at its end: some are two units. */
function firstOf(text) {
    const first = text.slice(0, MAX_CHAT_LENGTH);
    return text.length > first.length && /[\ud800-\udbff]$/.test(first) ? first.slice(0, -1) : first;
}
