// Verified pairing as a machine without clock or network: from a secret that both sides know to sealed descriptions.

import { HASH_BYTES, areEqual, randomBytes } from "./bytes.js";
import { CodeError } from "./code-error.js";
import { commonPoint, generatorOf, keysOf, macOf, shareOf } from "./cpace.js";
import { PAKE_VERSION, askFrame, isNumber, mismatchFrame, sealedFrame, sealedIn, shareFrame, shareIn } from "./pake-frames.js";
import { isSpent, spend, spentSecrets } from "./spent-secrets.js";

/** Side A asks for B's share after this time, and each further time after twice as long. */
const ASK_MS = 2_000;
/** A side that knows this protocol has sent its share by then. */
const UNVERIFIED_MS = 15_000;

/** Every method returns the steps that its caller carries out at once and in their order; verified.d.ts has them. */
export class VerifiedPairing {
    #side;
    #appID;
    /** Those that A shows, or the one that B was given, until the keys are made: secrets by `by`. */
    #secrets;
    #spent;
    #random;
    /** "waiting" for the other side's share, "offered" (A) with keys and without B's proof, "proved", "ended". */
    #state = "waiting";
    #isPresent = false;
    #askMs = ASK_MS;
    #by = null;
    /** One run's scalar, share and generator. A has them only once it knows which secret B uses. */
    #scalar;
    #share;
    #othersShare;
    /** `{ A, B }`: what a side seals with. */
    #keys;
    /** How many descriptions were sealed here; the highest count that was opened. */
    #sealed = 0;
    #opened = 0;
    #forged = 0;

    constructor({ side, appID, secrets, spent = spentSecrets, random = randomBytes }) {
        if (side !== "A" && side !== "B") throw new TypeError('side must be "A" or "B"');
        if (secrets.length === 0 || (side === "B" && secrets.length > 1)) throw new TypeError("side A has one secret or more, side B one");
        if (secrets.some((secret) => isSpent(secret, spent))) throw spentError();
        this.#side = side;
        this.#appID = appID;
        this.#secrets = new Map(secrets.map((secret) => [secret.by, secret]));
        this.#spent = spent;
        this.#random = random;
        if (side === "B") this.#draw(secrets[0]);
    }

    get state() { return this.#state; }
    get isProved() { return this.#state === "proved"; }
    get by() { return this.#by; }
    get forged() { return this.#forged; }

    /** The server has said that both sides are there. */
    connected() {
        const wasPresent = this.#isPresent;
        this.#isPresent = true;
        if (this.#state === "offered") return [{ offer: true }];
        if (this.#state !== "waiting") return [];
        if (this.#side === "B") return [this.#sayShare()];
        if (wasPresent) return [];
        this.#askMs = ASK_MS;
        return [this.#askLater(), { timer: "unverified", ms: UNVERIFIED_MS }];
    }

    /** The other side has left the server, or this side has lost its connection. */
    disconnected() {
        this.#isPresent = false;
    }

    /** A timer that a step started has ended. */
    elapsed(timer) {
        if (this.#side !== "A" || this.#state !== "waiting" || !this.#isPresent) return [];
        if (timer === "unverified") return this.#end("peer_unverified");
        this.#askMs *= 2;
        return [{ send: askFrame() }, this.#askLater()];
    }

    /** A relayed frame has come. Candidates are none of this machine's concern. */
    receive(frame) {
        const type = typeof frame?.type === "string" ? frame.type.toLowerCase() : undefined;
        const pake = frame?.pake ?? undefined;
        if (type === "sender_ready" && pake !== undefined) return this.#hear(pake);
        if (type === "offer" || type === "answer") return this.#take(type, frame, pake);
        return [];
    }

    /** Makes the frame of an own description. It has to be sent at once, and once. */
    seal(type, id, sdp) {
        if (type !== "offer" && type !== "answer") throw new TypeError('type must be "offer" or "answer"');
        if (!isNumber(id)) throw new TypeError("id must be a whole number from 1");
        if (typeof sdp !== "string") throw new TypeError("sdp must be the description's text");
        if (this.#keys === undefined) throw new Error("there are no keys to seal with");
        this.#sealed += 1;
        const n = this.#sealed;
        const mac = macOf(this.#keys[this.#side], { type, n, id, text: sdp });
        const share = this.#state === "offered" ? this.#share : undefined;
        return sealedFrame({ type, text: sdp, id, n, mac, share });
    }

    // Before the proof

    #hear(pake) {
        if (this.#state === "proved" || this.#state === "ended") return [];
        if (pake.v !== PAKE_VERSION) return this.#end("protocol_error");
        // Without `end` first: the other side knows.
        if ((pake.end ?? null) !== null) return this.#end("code_mismatch", { isKnown: true });
        const isShare = (pake.share ?? pake.by ?? null) !== null;
        if (this.#side === "B") return isShare ? [] : [this.#sayShare()];
        if (!isShare) return [];
        const share = shareIn(pake);
        if (share === undefined) return this.#end("protocol_error");
        return this.#state === "waiting" ? this.#takeShare(share) : this.#compareShare(share);
    }

    /** A's only run: what B sends first stands. */
    #takeShare({ by, share }) {
        const secret = this.#secrets.get(by);
        if (secret === undefined) return this.#end("code_mismatch");
        if (!this.#spend(secret)) return this.#end("code_gone");
        this.#draw(secret);
        if (!this.#makeKeys(share)) return this.#end("code_mismatch");
        this.#state = "offered";
        return [{ offer: true }];
    }

    #compareShare({ by, share }) {
        const isSame = by === this.#by && areEqual(share, this.#othersShare);
        return isSame ? [{ offer: true }] : this.#end("code_mismatch");
    }

    #take(type, frame, pake) {
        if (this.#state === "ended") return [];
        if (this.#state === "proved") return this.#takeSealed(type, frame);
        if (pake === undefined) return this.#end(this.#side === "B" && type === "answer" ? "code_mismatch" : "peer_unverified");
        if (pake.v !== PAKE_VERSION) return this.#end("protocol_error");
        if (this.#state === "offered") return this.#prove(type, frame);
        if (this.#side === "A" || type !== "offer") return this.#end("code_mismatch");
        const sealed = sealedIn(type, frame);
        if (sealed?.share === undefined) return this.#end("code_mismatch");
        if (!this.#spend(this.#secrets.get(this.#by))) return this.#end("code_gone");
        if (!this.#makeKeys(sealed.share)) return this.#end("code_mismatch");
        return this.#prove(type, frame);
    }

    #prove(type, frame) {
        const sealed = this.#open(type, frame);
        if (sealed === undefined) return this.#end("code_mismatch");
        this.#state = "proved";
        this.#share = undefined;
        this.#othersShare = undefined;
        return [{ proved: true }, ...this.#apply(sealed)];
    }

    // Descriptions

    #takeSealed(type, frame) {
        const sealed = this.#open(type, frame);
        if (sealed !== undefined) return this.#apply(sealed);
        this.#forged += 1;
        return [{ forged: this.#forged }];
    }

    /** What the other side, and nobody else, has sealed; undefined where it has not. */
    #open(type, frame) {
        const sealed = sealedIn(type, frame);
        if (sealed === undefined) return undefined;
        const key = this.#keys[this.#side === "A" ? "B" : "A"];
        return areEqual(macOf(key, sealed), sealed.mac) ? sealed : undefined;
    }

    /** A count that is not above all before it belongs to a description that was sent again by somebody else. */
    #apply({ type, text, id, n }) {
        if (n <= this.#opened) return [];
        this.#opened = n;
        return [{ apply: { type, sdp: text, id } }];
    }

    // Keys

    #draw(secret) {
        this.#by = secret.by;
        this.#scalar = this.#random(HASH_BYTES);
        this.#share = shareOf(this.#scalar, generatorOf(secret, this.#appID));
    }

    #spend(secret) {
        if (isSpent(secret, this.#spent)) return false;
        spend(secret, this.#spent);
        return true;
    }

    /** Whether the other side's share makes keys. All that leads to them is forgotten. */
    #makeKeys(othersShare) {
        const scalar = this.#scalar;
        this.#scalar = undefined;
        this.#secrets = undefined;
        if (areEqual(othersShare, this.#share)) return false;
        const point = commonPoint(scalar, othersShare);
        scalar.fill(0);
        if (point === undefined) return false;
        const shares = this.#side === "A" ? { A: this.#share, B: othersShare } : { A: othersShare, B: this.#share };
        this.#keys = keysOf({ appID: this.#appID, by: this.#by, point, shares });
        point.fill(0);
        this.#othersShare = othersShare;
        return true;
    }

    // Steps

    #sayShare() {
        return { send: shareFrame(this.#by, this.#share) };
    }

    #askLater() {
        return { timer: "ask", ms: this.#askMs };
    }

    #end(code, { isKnown = false } = {}) {
        this.#state = "ended";
        this.#scalar = undefined;
        this.#secrets = undefined;
        this.#keys = undefined;
        return [...(code === "code_mismatch" && !isKnown ? [{ send: mismatchFrame() }] : []), { end: code }];
    }
}

function spentError() {
    return new CodeError("code_gone", "this secret has been used here before");
}
