// Copying text.

import { element } from "./dom.js";

/** Whether it was copied. The clipboard exists in secure contexts only; the old way, by selection, works elsewhere too. */
export async function copyText(text) {
    try {
        await navigator.clipboard.writeText(text);
        return true;
    } catch {
        return copySelected(text);
    }
}

function copySelected(text) {
    const focused = document.activeElement;
    const field = element("textarea", { class: "visually-hidden", readonly: "" });
    field.value = text;
    document.body.append(field);
    field.select();
    const isCopied = document.execCommand("copy");
    field.remove();
    focused?.focus();
    return isCopied;
}
