// client 3446e9caeec339aa, verified.js sha384-Vh5EQDuKvsLcewTb/7ahGVUOJEV1PXJqztOlAr0slRX4VJGKBf7Bkh6+ogeKEqxH
// The types of verified.js. docs/verified-pairing.md explains them. Programs that call pair() need none of this: it loads the module itself.

import type { Side, SignalMessage } from "./signaling.js";

// What people pass on

/** What both people know besides the digits, and how it was passed on: `words` joined by hyphens, or a `link`'s 22 letters. */
export interface Secret {
    by: "words" | "link";
    secret: string;
}

/** The whole list: 1,024 words. */
export const words: readonly string[];

/** Draws what side A shows for one code, anew for each: 0 to 4 words, a link's secret, or both. */
export function drawSecrets(what: { words?: number; link?: boolean }, random?: RandomBytes): Secret[];

/** `phrase` to say (`2802-crossword-clockwork`), and `fragment` for behind the `#` of a link: for those secrets that there are. */
export function formatCode(code: string, secrets: readonly Secret[]): { phrase?: string; fragment?: string };

/** Reads what was typed, pasted or scanned; without words or a link's secret there is only `code`. Only `code` may be sent to a server.
 *  Throws a CodeError: `code_malformed`, or `words_unknown`. */
export function parseCode(text: string, list?: readonly string[]): { code: string; by?: undefined; secret?: undefined } | ({ code: string } & Secret);

/** Why a code cannot be used, found before any request. The message holds none of it. */
export class CodeError extends Error {
    readonly code: "code_malformed" | "words_unknown" | "code_gone";
    /** Of `words_unknown`: the piece that is no word, and up to 4 that may have been meant. */
    readonly word?: string;
    readonly suggestions?: string[];
    constructor(code: CodeError["code"], message: string, details?: { word?: string; suggestions?: string[] });
}

/** So many bytes of a secure generator. Only tests pass their own. */
export type RandomBytes = (count: number) => Uint8Array;

// Verified pairing, for negotiations of your own

/** What the caller of a machine does, at once and in this order.
 *
 *  `send`: relay this frame.
 *  `offer`: make the first offer; or, if that has been made, send it again: sealed anew, with its id. Side A only.
 *  `proved`: the other side has shown that it knows the secret.
 *  `apply`: the other side's description, to be negotiated as any other. No description reaches the WebRTC stack in another way.
 *  `forged`: how many descriptions were dropped since the proof that the other side did not make.
 *  `timer`: start it, in place of a running one of its name, and call `elapsed` with its name after `ms`.
 *  `end`: the attempt has failed; the rest of the frames is passed over. */
export type PairingStep =
    | { send: SignalMessage }
    | { offer: true }
    | { proved: true }
    | { apply: { type: "offer" | "answer"; sdp: string; id: number } }
    | { forged: number }
    | { timer: "ask" | "unverified"; ms: number }
    | { end: "code_mismatch" | "peer_unverified" | "protocol_error" | "code_gone" };

/** One side of a verified pairing, without clock or network. Lives as long as the RTCPeerConnection. */
export class VerifiedPairing {
    /** `secrets`: those that side A shows, or the one that side B was given. `spent`: those of earlier pairings, and of this one once it has
     *  begun. Throws a CodeError, `code_gone`, for a secret that is among them. */
    constructor(options: { side: Side; appID: string; secrets: readonly Secret[]; spent?: Set<string>; random?: RandomBytes });
    readonly state: "waiting" | "offered" | "proved" | "ended";
    readonly isProved: boolean;
    /** Which secret side B uses; null at side A until it knows. */
    readonly by: Secret["by"] | null;
    /** How many descriptions were dropped since the proof. */
    readonly forged: number;

    /** At each `paired` (`room_full`) of the session. */
    connected(): PairingStep[];
    /** At each `peerleft`, and when the session has lost its connection. */
    disconnected(): void;
    /** With each relayed frame. Candidates give no steps: they go to the negotiation as ever. */
    receive(frame: SignalMessage): PairingStep[];
    /** When a timer that a step started has ended. */
    elapsed(timer: "ask" | "unverified"): PairingStep[];
    /** The frame for an own description, to be sent at once, and once: what is sent again is sealed again. `id` is the offer's, also in an
     *  answer. `sdp` is the text that is applied here. Throws before there are keys, which is before the step `offer` or `apply`, and after
     *  the step `end`. */
    seal(type: "offer" | "answer", id: number, sdp: string): SignalMessage;
}

/** The default for `spent`: hashes, for as long as the page or process lives, in memory only. */
export const spentSecrets: Set<string>;

/** Whether a secret has been used. A program asks before it redeems a code. */
export function isSpent(secret: Secret, spent?: Set<string>): boolean;
