// The chat on the page.

import { byId, element } from "./dom.js";
import { peerText } from "../client/files.js";

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

let current = null;

byId("chat-form").addEventListener("submit", (event) => {
    event.preventDefault();
    current?.say(byId("chat-input").value);
    byId("chat-input").value = "";
});

export function showChat(chat) {
    current = chat;
    const log = byId("chat-log");
    const messages = byId("chat-messages");
    messages.replaceChildren();
    chat.addEventListener("message", ({ detail }) => {
        const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
        messages.append(messageItem(detail));
        // If somebody has scrolled up to read, the view stays there.
        if (isAtEnd || detail.isOwn) log.scrollTop = log.scrollHeight;
    });
    chat.addEventListener("forgotten", () => messages.firstElementChild.remove());
}

function messageItem({ text, isOwn, time }) {
    return element(
        "li",
        { class: isOwn ? "own" : "theirs" },
        element(
            "p",
            { class: "byline" },
            element("span", {}, isOwn ? "You" : "Other side"),
            " ",
            element("time", { datetime: time.toISOString() }, CLOCK.format(time)),
        ),
        element("p", { class: "words" }, peerText(text)),
    );
}
