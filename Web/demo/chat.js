// The conversation: its messages, and sending one.

/** Longer messages are cut here, and refused by the other page. */
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

    say(text) {
        const words = text.trim().slice(0, MAX_CHAT_LENGTH);
        if (words === "" || !this.#port.isOpen) return;
        this.#port.sendControl({ kind: "chat", text: words });
        this.#add(words, true);
    }

    #add(text, isOwn) {
        this.dispatchEvent(new CustomEvent("message", { detail: { text, isOwn, time: new Date() } }));
        this.#count += 1;
        if (this.#count <= MAX_MESSAGES) return;
        this.#count -= 1;
        this.dispatchEvent(new Event("forgotten"));
    }
}
