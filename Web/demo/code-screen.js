// The screen of the side that has a code and waits.

import { spokenCode } from "./code-words.js";
import { byId, element, setNote, setText } from "./dom.js";
import { formatClock } from "./format.js";
import { qrPicture } from "./qr-view.js";
import { showScreen } from "./screens.js";
import { text } from "./text.js";

const LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]"];

let timer;

/** Shows the code with its words, its link, and the time until it expires, by a clock that is right also where the device's time is not. */
export function showCode({ phrase, fragment, expiresInMs }) {
    const endsAt = performance.now() + expiresInMs;
    const link = `${location.origin}/#${fragment}`;
    showPhrase(phrase);
    byId("link-value").value = link;
    setText(byId("copy-result"), "");
    setNote(byId("code-trouble"), null);
    byId("qr").replaceChildren(qrPicture(link, text("code.qr")));
    const isLocal = LOCAL_HOSTS.includes(location.hostname);
    byId("local-note").hidden = !isLocal;
    setText(byId("local-host"), location.hostname);
    setText(byId("local-port"), location.port || "80");
    const tick = () => setText(byId("code-expiry"), formatClock(endsAt - performance.now()));
    clearInterval(timer);
    timer = setInterval(tick, 1000);
    tick();
    showScreen("code");
}

/** A narrow page breaks it between its words. */
function showPhrase(phrase) {
    const pieces = phrase.split("-").flatMap((piece, index) => (index === 0 ? [piece] : ["-", element("wbr"), piece]));
    byId("code-value").replaceChildren(...pieces);
    byId("code-value").setAttribute("aria-label", spokenCode(phrase));
}

/** The secrets are not left in a page that somebody else may look at later. */
export function hideCode() {
    byId("code-value").replaceChildren();
    byId("code-value").removeAttribute("aria-label");
    byId("link-value").value = "";
    byId("qr").replaceChildren();
    clearInterval(timer);
}

byId("copy-link").addEventListener("click", async () => {
    const isCopied = await copyLink(byId("link-value"));
    setText(byId("copy-result"), text(isCopied ? "code.copied" : "code.selected"));
});

/** The clipboard exists in secure contexts only; the old way, by selection, works elsewhere too. */
async function copyLink(field) {
    try {
        await navigator.clipboard.writeText(field.value);
        return true;
    } catch {
        field.select();
        return document.execCommand("copy");
    }
}
