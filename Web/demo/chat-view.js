// The chat on the page.

import { peerText } from "../client/files.js";

import { copyText } from "./clipboard.js";
import { announce, byId, element, svgElement } from "./dom.js";
import { formatTimeOfDay } from "./format.js";
import { linkPieces } from "./links.js";
import { text } from "./text.js";

/** How long a button says that it has copied. */
const COPIED_MS = 2000;

const field = byId("chat-input");
let current = null;
let unread = 0;

byId("chat-form").addEventListener("submit", (event) => {
    event.preventDefault();
    // What could not be sent stays to be sent.
    if (current !== null) field.value = current.say(field.value);
    fit();
});
field.addEventListener("keydown", (event) => {
    // While letters are being composed (Japanese, for instance), Enter ends that, and no message.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    byId("chat-form").requestSubmit();
});
field.addEventListener("input", fit);
// What another program shared stood there before the field was seen.
field.addEventListener("focus", fit);

/** The field grows with what is written, as far as its style lets it. */
function fit() {
    field.style.height = "auto";
    const border = field.offsetHeight - field.clientHeight;
    field.style.height = `${field.scrollHeight + border}px`;
}

/** `nameOf()` is what the other device is called by now. */
export function showChat(chat, nameOf) {
    current = chat;
    const log = byId("chat-log");
    const messages = byId("chat-messages");
    messages.replaceChildren();
    byId("chat-empty").hidden = false;
    markRead();
    chat.addEventListener("message", ({ detail }) => {
        const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
        byId("chat-empty").hidden = true;
        messages.append(messageItem(detail, nameOf));
        if (!detail.isOwn) countUnread(detail.text, nameOf);
        // If somebody has scrolled up to read, the view stays there.
        if (isAtEnd || detail.isOwn) log.scrollTop = log.scrollHeight;
    });
    chat.addEventListener("forgotten", () => messages.firstElementChild.remove());
}

/** The person looks at the chat. */
export function markRead() {
    unread = 0;
    drawUnread();
    byId("chat-log").scrollTop = byId("chat-log").scrollHeight;
}

/** On a narrow page, files may be in front of the chat: a log that is not shown says nothing to a screen reader either. */
function countUnread(words, nameOf) {
    if (byId("pane-chat").offsetParent !== null) return;
    unread += 1;
    announce(text("chat.announced", { name: nameOf(), words: peerText(words) }));
    drawUnread();
}

function drawUnread() {
    const badge = byId("chat-unread");
    badge.hidden = unread === 0;
    badge.replaceChildren(String(unread), element("span", { class: "visually-hidden" }, ` ${text("chat.unread", { count: unread })}`));
}

function messageItem({ text: words, isOwn, time }, nameOf) {
    const clean = peerText(words);
    const byline = element(
        "p",
        { class: "byline" },
        element("span", {}, isOwn ? text("chat.you") : nameOf()),
        " ",
        element("time", { datetime: time.toISOString() }, formatTimeOfDay(time)),
    );
    const bubble = element("div", { class: "bubble" }, byline, element("p", { class: "words", dir: "auto" }, ...linkPieces(clean).map(nodeOf)));
    return element("li", { class: isOwn ? "own" : "theirs" }, bubble, copyButton(clean));
}

function nodeOf(piece) {
    if (typeof piece === "string") return piece;
    return element("a", { href: piece.href, target: "_blank", rel: "noopener noreferrer" }, piece.shown);
}

const SHEETS = "M9 9h10v11H9z M5 15V4h10";
const TICK = "M5 12.5l4.5 4.5L19 7.5";

function copyButton(words) {
    const button = element("button", { type: "button", class: "plain copy" });
    const show = (key, drawing) => {
        const name = text(key);
        button.setAttribute("aria-label", name);
        button.title = name;
        button.replaceChildren(svgElement("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", class: "icon" }, svgElement("path", { d: drawing })));
    };
    button.addEventListener("click", async () => {
        const isCopied = await copyText(words);
        const key = isCopied ? "chat.copy.done" : "chat.copy.failed";
        show(key, isCopied ? TICK : SHEETS);
        // Not every screen reader says that a button is called something else.
        announce(text(key));
        setTimeout(() => show("chat.copy", SHEETS), COPIED_MS);
    });
    show("chat.copy", SHEETS);
    return button;
}
