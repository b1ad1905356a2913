// The access key that a server may ask for. It is kept until the tab is closed, so that a reload does not ask again.

import { byId, setText } from "./dom.js";
import { text } from "./text.js";

const STORED_AS = "nt-access-key";

let goOn = () => {};

/** For pair(): undefined if there is none. */
export function accessKey() {
    return byId("key-input").value.trim() || undefined;
}

/** Asks for the key, since the server has refused this one or none; `retry` goes on with the new one. The screen with the form is shown. */
export function askForKey(retry) {
    goOn = retry;
    const isWrong = accessKey() !== undefined;
    byId("ice-settings").open = true;
    byId("key-continue").hidden = false;
    setText(byId("key-error"), text(isWrong ? "settings.key.wrong" : "settings.key.needed"));
    byId("key-input").setAttribute("aria-invalid", "true");
}

/** Another attempt has begun. */
export function stopAskingForKey() {
    byId("key-continue").hidden = true;
    setText(byId("key-error"), "");
    byId("key-input").removeAttribute("aria-invalid");
}

function keep() {
    setText(byId("key-error"), "");
    byId("key-input").removeAttribute("aria-invalid");
    store((storage) => storage.setItem(STORED_AS, byId("key-input").value));
}

/** A browser may forbid a page to store anything; then the field alone has it. */
function store(use) {
    try {
        return use(sessionStorage);
    } catch {
        return undefined;
    }
}

byId("key-input").value = store((storage) => storage.getItem(STORED_AS)) ?? "";
byId("key-input").addEventListener("input", keep);
byId("key-form").addEventListener("submit", (event) => {
    event.preventDefault();
    if (!byId("key-continue").hidden) goOn();
});
