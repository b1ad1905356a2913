// The field for a code: what is typed, pasted or brought by a link, and what is wrong with it.

import { parseCode } from "../client/signaling.js";

import { invitationIn, objectionTo } from "./code-words.js";
import { byId, setNote, setText } from "./dom.js";
import { takeFragment } from "./fragment.js";
import { text } from "./text.js";

const field = byId("code-input");
let isReading = false;

/** Calls `use` with each code that is entered whole, as `{ text, by }`, and `failed` with an error that is not the code's. */
export function watchCodeField(use, failed) {
    byId("join-form").addEventListener("submit", async (event) => {
        event.preventDefault();
        // The list of words may have to be fetched first.
        if (isReading) return;
        isReading = true;
        const entered = field.value;
        const { parsed, error } = await parseCode(entered).then((parsed) => ({ parsed }), (error) => ({ error }));
        isReading = false;
        // Meanwhile the person may have begun something else, which empties the field, or typed on.
        if (field.value !== entered) return;
        if (parsed !== undefined) return use({ text: entered, by: parsed.by });
        const objection = objectionTo(error);
        return objection === undefined ? failed(error) : showObjection(objection);
    });
    field.addEventListener("input", clearObjection);
}

/** A code that the page was opened with goes into the field. Using it takes a click, so that a program that only opens links does not use it
 *  up. Returns whether there was one. */
export function takeInvitation() {
    const code = invitationIn(takeFragment());
    if (code === undefined) return false;
    field.value = code;
    clearObjection();
    const [digits] = /^\d+/.exec(code);
    setNote(byId("invitation"), text("start.invited", { code: digits }));
    return true;
}

/** A code that is used up is not offered again. */
export function emptyCodeField() {
    field.value = "";
    clearObjection();
    setNote(byId("invitation"), null);
}

function showObjection(objection) {
    setText(byId("code-error"), objection);
    field.setAttribute("aria-invalid", "true");
    field.focus();
}

export function clearObjection() {
    setText(byId("code-error"), "");
    field.removeAttribute("aria-invalid");
}
