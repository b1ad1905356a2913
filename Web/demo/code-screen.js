// The screen of the side that has a code and waits.

import { byId, setNote, setText } from "./dom.js";
import { formatClock } from "./format.js";
import { qrPicture } from "./qr-view.js";
import { showScreen } from "./screens.js";

const LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]"];

let timer;

/** Shows the code and the time until it expires. */
export function showCode({ code, expiresAt }) {
    const link = `${location.origin}/#${code}`;
    setText(byId("code-value"), code);
    // Digit by digit; otherwise a screen reader would read the code as one number.
    byId("code-value").setAttribute("aria-label", `Code ${[...code].join(" ")}`);
    byId("link-value").value = link;
    setText(byId("copy-result"), "");
    setNote(byId("code-trouble"), null);
    byId("qr").replaceChildren(qrPicture(link, `QR code of the link ${link}`));
    const isLocal = LOCAL_HOSTS.includes(location.hostname);
    byId("local-note").hidden = !isLocal;
    setText(byId("local-host"), location.hostname);
    setText(byId("local-port"), location.port || "80");
    const tick = () => setText(byId("code-expiry"), formatClock(expiresAt - Date.now()));
    hideCode();
    timer = setInterval(tick, 1000);
    tick();
    showScreen("code");
}

export function hideCode() {
    clearInterval(timer);
}

byId("copy-link").addEventListener("click", async () => {
    const isCopied = await copyLink(byId("link-value"));
    setText(byId("copy-result"), isCopied ? "Copied." : "This browser does not let the page copy. The link is selected: copy it there.");
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
