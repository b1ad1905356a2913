// Files and chat beside each other; on a narrow page, one of them, with buttons to change over.

import { markRead } from "./chat-view.js";
import { byId } from "./dom.js";

const buttons = [...document.querySelectorAll(".tabs [data-pane]")];

export function showPane(name) {
    byId("workspace").dataset.pane = name;
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.pane === name));
    document.body.dataset.pane = name;
    if (name === "chat") markRead();
}

for (const button of buttons) button.addEventListener("click", () => showPane(button.dataset.pane));
