// Two ends that know each other again: what was cut goes on only with the one it was meant for.
//
// The nonces of both ends make a key that only these two can know, as they go over the encrypted channel. Over a later channel each proves
// that it has the key, for the nonces of that one and the certificates of its two ends: a proof that somebody in between would pass on is
// good for nothing. docs/files.md has the exact texts.

import { hmacHex } from "./hmac.js";
import { hexOf, Sha256 } from "./sha256.js";
import { MAX_PROOFS } from "./wire.js";

const OTHER = { A: "B", B: "A" };

export class Acquaintance {
    #port;
    #side;
    #prints;
    #memory;
    #nonce = hexOf(crypto.getRandomValues(new Uint8Array(32)));
    #theirs = null;
    #hasProofs = false;
    /** The key of this channel, once both nonces are known; null before. */
    key = null;
    /** Keys of earlier channels that the other end has proved to have. */
    known = [];

    /** `prints` are the certificates' fingerprints, {A, B}. `memory` keeps the keys. */
    constructor(port, side, prints, memory) {
        this.#port = port;
        this.#side = side;
        this.#prints = prints;
        this.#memory = memory;
    }

    greet() {
        this.#port.sendControl({ kind: "greet", nonce: this.#nonce });
    }

    /** Returns whether the other end has just proved something. */
    receive({ kind, nonce, proofs }) {
        if (kind === "greet") this.#met(nonce);
        else if (this.key !== null && !this.#hasProofs) {
            this.#hasProofs = true;
            this.known = this.#earlier.filter((key) => proofs.includes(this.#proof(OTHER[this.#side], key)));
            return this.known.length > 0;
        }
        return false;
    }

    /** Returns the keys that the other end has; from here on there are none. */
    forget() {
        const keys = [this.key, ...this.known].filter((key) => key !== null);
        // One that greets only now has none either.
        this.#theirs ??= "";
        this.key = null;
        this.known = [];
        return keys;
    }

    #earlier = [];

    #met(nonce) {
        // Only the first counts, and one's own that comes back proves nothing.
        if (this.#theirs !== null || nonce === this.#nonce) return;
        this.#theirs = nonce;
        // It may have come before the other end listened.
        this.greet();
        this.#earlier = this.#memory.keys().slice(0, MAX_PROOFS);
        this.#port.sendControl({ kind: "known", proofs: this.#earlier.map((key) => this.#proof(this.#side, key)) });
        this.key = new Sha256().update(new TextEncoder().encode(`nt files acquaintance\n${this.#nonces}`)).hex();
        this.#memory.meet(this.key);
    }

    get #nonces() {
        return this.#side === "A" ? `${this.#nonce}\n${this.#theirs}` : `${this.#theirs}\n${this.#nonce}`;
    }

    #proof(side, key) {
        const bytes = Uint8Array.from(key.match(/../g), (digits) => parseInt(digits, 16));
        return hmacHex(bytes, `nt files known ${side}\n${this.#nonces}\n${this.#prints.A}\n\n${this.#prints.B}`);
    }
}
