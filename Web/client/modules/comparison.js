// Six digits that people compare, for pairs without words: a machine without clock or network, as that of verified pairing is.

import { HASH_BYTES, areEqual, base64url, bytesOfBase64url, bytesOfUUID, lv, randomBytes } from "../verified/bytes.js";
import { sha512 } from "../verified/sha512.js";
import { fingerprintsOf } from "./fingerprints.js";

const SAS_VERSION = 1;
const SAS_LABEL = "nt-sas-1";
const NONCE_BYTES = 16;

/** A commits itself before it hears B's nonce, and B's nonce is out before A's: whoever is in the middle has to choose before it knows the
 *  digits. Every method returns the steps that its caller carries out; signaling.d.ts has them. What is missing the first time stays missing:
 *  then there are no digits. */
export class Comparison {
    #side;
    #sid;
    /** Of each side, as far as it is known: the first count, later ones change nothing. */
    #nonces = {};
    #fingerprints = {};
    #commitment;
    /** The first description of the other side was applied. */
    #hasApplied = false;
    /** B has sent its nonce. */
    #isAnswered = false;
    #digits = null;
    #hasEnded = false;

    constructor({ side, appID, random = randomBytes }) {
        this.#side = side;
        this.#sid = bytesOfUUID(appID);
        this.#nonces[side] = random(NONCE_BYTES);
    }

    /** Six digits, or null. */
    get digits() { return this.#digits; }

    /** The member `sas` for the frame of an own description; undefined for none. */
    member(type, sdp) {
        const isDue = this.#side === "A" ? type === "offer" && !this.#hasApplied : type === "answer" && this.#commitment !== undefined;
        if (!isDue) return undefined;
        this.#fingerprints[this.#side] ??= fingerprintsOf(sdp);
        if (this.#fingerprints[this.#side] === null) return undefined;
        if (this.#side === "A") return { v: SAS_VERSION, commit: base64url(this.#commit()) };
        this.#isAnswered = true;
        return this.#nonce();
    }

    /** A description of the other side's was applied: its frame, and the text that the stack got. */
    applied({ type, sas }, sdp) {
        if (this.#hasApplied || type !== (this.#side === "A" ? "answer" : "offer")) return [];
        this.#hasApplied = true;
        const others = this.#side === "A" ? "B" : "A";
        this.#fingerprints[others] = fingerprintsOf(sdp);
        const member = sas?.v === SAS_VERSION ? sas : {};
        if (this.#side === "B") {
            // A commitment to fingerprints that cannot be read is none.
            if (this.#fingerprints.A !== null) this.#commitment = bytesOfBase64url(member.commit, HASH_BYTES);
            return [];
        }
        this.#nonces.B = bytesOfBase64url(member.nonce, NONCE_BYTES);
        return this.#finish() ? [this.#sayNonce(), this.#sayDigits()] : [];
    }

    /** A relayed frame has come that holds no description. */
    receive({ type, sas }) {
        if (type !== "sender_ready" || sas?.v !== SAS_VERSION || this.#hasEnded) return [];
        if (this.#side === "A") return this.#again();
        // A nonce of A's before B's is out is none of this protocol's.
        if (!this.#isAnswered || this.#digits !== null) return [];
        this.#nonces.A = bytesOfBase64url(sas.nonce, NONCE_BYTES);
        const isFitting = this.#nonces.A !== undefined && areEqual(this.#commit(), this.#commitment);
        if (isFitting && this.#finish()) return [this.#sayDigits()];
        this.#hasEnded = true;
        return [{ end: "protocol_error" }];
    }

    /** The server has said that both sides are there: frames may have been lost before. */
    connected() {
        if (this.#side === "A") return this.#again();
        return this.#isAnswered && this.#digits === null && !this.#hasEnded ? [this.#sayNonce()] : [];
    }

    /** A's nonce may have been lost. */
    #again() {
        return this.#digits === null ? [] : [this.#sayNonce()];
    }

    #commit() {
        return sha512(lv(`${SAS_LABEL} commit`, this.#sid, this.#nonces.A, this.#fingerprints.A)).subarray(0, HASH_BYTES);
    }

    #finish() {
        const { A: nonceA, B: nonceB } = this.#nonces;
        const { A: printsA, B: printsB } = this.#fingerprints;
        if ([nonceA, nonceB, printsA, printsB].some((part) => (part ?? null) === null)) return false;
        const hash = sha512(lv(SAS_LABEL, this.#sid, nonceA, nonceB, printsA, printsB));
        const number = hash.subarray(0, 16).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
        this.#digits = String(number % 1_000_000n).padStart(6, "0");
        return true;
    }

    #nonce() {
        return { v: SAS_VERSION, nonce: base64url(this.#nonces[this.#side]) };
    }

    #sayNonce() {
        return { send: { type: "sender_ready", sas: this.#nonce() } };
    }

    #sayDigits() {
        return { digits: this.#digits };
    }
}
