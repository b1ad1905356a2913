// Files that were chosen while nobody was there to take them. They are offered once two devices are connected.

import { byId, element } from "./dom.js";
import { formatBytes } from "./format.js";
import { shownScreen } from "./screens.js";
import { text } from "./text.js";
import { Thumbnail } from "./thumbnail.js";

/** More are counted, and not listed. */
const LISTED = 20;

const thumbnails = new WeakMap();

let files = [];

/** Event: `change`. */
export const outbox = new EventTarget();

export function addToOutbox(more) {
    files = [...files, ...more];
    draw();
}

export function outboxCount() {
    return files.length;
}

/** `offer` takes the files, and returns those that it has no room for: these stay here. */
export function emptyOutbox(offer) {
    if (files.length === 0) return;
    const taken = files;
    files = [];
    files = [...offer(taken), ...files];
    draw();
}

function remove(file, list) {
    const index = files.indexOf(file);
    files = files.filter((other) => other !== file);
    draw();
    // The button that was pressed is gone, and the keyboard's focus with it.
    const buttons = list.querySelectorAll("button");
    (buttons[Math.min(index, buttons.length - 1)] ?? byId(`${shownScreen()}-title`)).focus();
}

/** Several screens list them, one of which is shown. */
function draw() {
    const shownList = document.querySelector(`#screen-${shownScreen()} .outbox`);
    for (const list of document.querySelectorAll(".outbox")) {
        const isShown = list === shownList && files.length > 0;
        list.replaceChildren(...(isShown ? items(list) : []));
        list.hidden = !isShown;
    }
    outbox.dispatchEvent(new Event("change"));
}

function items(list) {
    const rest = files.length - LISTED;
    const rows = files.slice(0, LISTED).map((file) => row(file, list));
    return rest > 0 ? [...rows, element("li", { class: "hint" }, text("files.outbox.more", { count: rest }))] : rows;
}

function row(file, list) {
    const { name, size } = file;
    const cross = element("button", { type: "button", class: "plain cross", onclick: () => remove(file, list) }, "✕");
    cross.setAttribute("aria-label", text("files.outbox.remove", { name }));
    return element(
        "li",
        {},
        thumbnailOf(file),
        element("div", { class: "file" }, element("p", { class: "file-name", dir: "auto" }, name), element("p", { class: "hint" }, formatBytes(size))),
        cross,
    );
}

/** To decode a picture takes long, and a list is drawn anew for each change. */
function thumbnailOf(file) {
    if (!thumbnails.has(file)) {
        const { name, type, files: count } = file;
        const blob = file instanceof Blob ? file : undefined;
        thumbnails.set(file, new Thumbnail({ direction: "out", name, type, blob, files: count }).node);
    }
    return thumbnails.get(file);
}

document.addEventListener("screen", draw);
