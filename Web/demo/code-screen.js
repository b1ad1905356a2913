// The screen of the side that has a code and waits.

import { copyText } from "./clipboard.js";
import { spokenCode } from "./code-words.js";
import { byId, element, setNote, setText } from "./dom.js";
import { formatClock } from "./format.js";
import { addressForOthers } from "./local-address.js";
import { qrPicture } from "./qr-view.js";
import { showScreen } from "./screens.js";
import { text } from "./text.js";

let timer;

/** Shows the code with its words, its link, and the time until it expires, by a clock that is right also where the device's time is not. */
export function showCode({ phrase, fragment, expiresInMs }) {
    const endsAt = performance.now() + expiresInMs;
    const address = addressForOthers();
    // A link to loopback would lead the other device to itself.
    const link = `${address?.href ?? location.origin + location.pathname}#${fragment}`;
    showPhrase(phrase);
    setText(byId("code-lead"), address === undefined ? text("code.lead.anywhere") : text("code.lead", { address: address.host }));
    byId("link-value").value = link;
    byId("link-value").classList.add("visually-hidden");
    byId("share-link").hidden = navigator.share === undefined;
    setText(byId("copy-result"), "");
    setNote(byId("code-trouble"), null);
    byId("qr").replaceChildren(qrPicture(link, text("code.qr")));
    const tick = () => setText(byId("code-expiry"), text("code.left", { time: formatClock(endsAt - performance.now()) }));
    clearInterval(timer);
    timer = setInterval(tick, 1000);
    tick();
    showScreen("code");
}

/** Digits in groups above the words; copied, it is the code as it is passed on. A narrow page breaks it between its words. */
function showPhrase(phrase) {
    const [digits, ...words] = phrase.split("-");
    const groups = digits.match(/.{1,4}(?=(.{4})*$)/g).flatMap((four) => (four.length === 4 ? [four.slice(0, 2), four.slice(2)] : [four]));
    const hyphen = element("span", { class: "visually-hidden" }, "-");
    const pieces = words.flatMap((word, index) => (index === 0 ? [word] : ["-", element("wbr"), word]));
    byId("code-value").replaceChildren(
        element("span", { class: "code-digits" }, ...groups.map((group) => element("span", {}, group))),
        ...(words.length > 0 ? [hyphen, element("span", { class: "code-words" }, ...pieces)] : []),
    );
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

byId("copy-link").addEventListener("click", copyLink);

async function copyLink() {
    const field = byId("link-value");
    const isCopied = await copyText(field.value);
    setText(byId("copy-result"), text(isCopied ? "code.copied" : "code.selected"));
    if (isCopied) return;
    field.classList.remove("visually-hidden");
    field.select();
}

byId("share-link").addEventListener("click", async () => {
    try {
        await navigator.share({ title: text("tab.start"), text: text("code.share.text"), url: byId("link-value").value });
    } catch (error) {
        // Otherwise the person has changed their mind.
        if (error.name !== "AbortError") await copyLink();
    }
});
