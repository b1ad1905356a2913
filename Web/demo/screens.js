// Which part of the page is shown. The keyboard's focus moves too, so that it is never left in a hidden part.

import { byId } from "./dom.js";
import { text } from "./text.js";

const SCREENS = ["start", "invitation", "code", "connecting", "ended", "connected"];

let shown = null;

export function shownScreen() {
    return shown;
}

/** Event on the document: `screen`, when another part may be shown. `besides`: a second screen that stays visible under it. `focus`: where the focus goes instead of to the heading. */
export function showScreen(name, { besides, focus } = {}) {
    for (const screen of SCREENS) byId(`screen-${screen}`).hidden = screen !== name && screen !== besides;
    document.title = text(`tab.${name}`);
    document.body.dataset.screen = name;
    const isFirst = shown === null;
    const isSame = shown === name;
    shown = name;
    document.dispatchEvent(new Event("screen"));
    // A screen reader reads a page that has just been opened from its top.
    if (focus !== undefined) focus.focus();
    else if (!isFirst && !isSame) {
        byId(`${name}-title`).focus();
        scrollTo(0, 0);
    }
}
