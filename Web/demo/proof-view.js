// The line that says what is known of the other end, and the digits to compare where nothing is.

import { byId, setText } from "./dom.js";
import { digitsToCompare, proofSentence } from "./proof.js";

/** Event: `compared`, when the person has said that the digits are the same. `differ` is called when they are not. */
export class ProofView extends EventTarget {
    #link;
    #compared = null;

    constructor(link, differ) {
        super();
        this.#link = link;
        link.addEventListener("sas", () => this.#draw());
        byId("digits-same").onclick = () => this.#agree();
        byId("digits-differ").onclick = differ;
        this.#draw();
    }

    /** What proof.js decides by. */
    get facts() {
        const { verified, sas } = this.#link;
        return { verified, sas, compared: this.#compared, isSecure: isSecureContext };
    }

    #agree() {
        this.#compared = "same";
        this.#draw();
        // The button is gone, and the keyboard's focus with it.
        byId("proof").focus();
        this.dispatchEvent(new Event("compared"));
    }

    #draw() {
        const digits = digitsToCompare(this.facts);
        byId("proof").dataset.verified = String(this.facts.verified ?? this.#compared ?? "no");
        setText(byId("proof-text"), proofSentence(this.facts));
        setText(byId("digits"), digits ?? "");
        byId("comparison").hidden = digits === null;
    }
}
