// The field for a code: what is typed, pasted or brought by a link, and what is wrong with it.

import { parseCode } from "../client/signaling.js";

import { invitationIn, objectionTo } from "./code-words.js";
import { byId, setText } from "./dom.js";
import { takeFragment } from "./fragment.js";

const field = byId("code-input");
let isReading = false;

/**
 * Calls `use` with each code that is entered whole, as `{ text, by }`, `create` where nothing is entered, and `failed` with an error that is
 * not the code's. `show` brings the field into view, for something that is wrong with a code.
 */
export function watchCodeField({ create, use, failed, show }) {
    byId("join-form").addEventListener("submit", async (event) => {
        event.preventDefault();
        // The list of words may have to be fetched first.
        if (isReading) return;
        const entered = field.value;
        if (entered.trim() === "") return create();
        isReading = true;
        const { parsed, error } = await parseCode(entered).then((parsed) => ({ parsed }), (error) => ({ error }));
        isReading = false;
        // Meanwhile the person may have begun something else, which empties the field, or typed on.
        if (field.value !== entered) return;
        if (parsed !== undefined) return use({ text: entered, by: parsed.by });
        const objection = objectionTo(error);
        if (objection === undefined) return failed(error);
        show();
        showObjection(objection);
    });
    field.addEventListener("input", clearObjection);
}

/** A code that the page was opened with goes into the field. Using it takes a click, so that a program that only opens links does not use it
 *  up. Returns its digits, or undefined if there is none. */
export function takeInvitation() {
    const code = invitationIn(takeFragment());
    if (code === undefined) return undefined;
    field.value = code;
    clearObjection();
    return /^\d+/.exec(code)[0];
}

/** As if the person had pressed the button beside the field. */
export function submitCode() {
    byId("join-form").requestSubmit();
}

/** A code that is used up is not offered again. */
export function emptyCodeField() {
    field.value = "";
    clearObjection();
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
