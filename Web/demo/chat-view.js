// The chat on the page.

import { peerText } from "../client/files.js";

import { byId, element } from "./dom.js";
import { formatTimeOfDay } from "./format.js";
import { text } from "./text.js";

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

function messageItem({ text: words, isOwn, time }) {
    return element(
        "li",
        { class: isOwn ? "own" : "theirs" },
        element(
            "p",
            { class: "byline" },
            element("span", {}, text(isOwn ? "chat.you" : "chat.peer")),
            " ",
            element("time", { datetime: time.toISOString() }, formatTimeOfDay(time)),
        ),
        element("p", { class: "words" }, peerText(words)),
    );
}
