// A program that uses every declaration of verified.d.ts. It only has to compile: types.test.js.

import {
    CodeError, VerifiedPairing, drawSecrets, formatCode, isSpent, parseCode, spentSecrets, words, type PairingStep, type Secret,
} from "../../../Web/client/verified.js";
import { Comparison, type ComparisonStep, type SignalMessage } from "../../../Web/client/signaling.js";

const appID = "6f1f0a52-7a3c-4a51-9d0c-2f0e8f1b9c34";

export function secretIn(text: string): Secret | undefined {
    try {
        const parsed = parseCode(text);
        // @ts-expect-error there may be no secret
        console.log(parsed.secret.length);
        if (parsed.by === undefined) return undefined;
        return isSpent(parsed) || isSpent(parsed, new Set()) ? undefined : { by: parsed.by, secret: parsed.secret };
    } catch (error) {
        if (error instanceof CodeError) console.log(error.code === "words_unknown", error.word, error.suggestions?.length);
        // @ts-expect-error no such code
        if (error instanceof CodeError) console.log(error.code === "code_lost");
        return undefined;
    }
}

export function sideA(signal: (frame: SignalMessage) => void): void {
    const secrets = drawSecrets({ words: 2, link: true });
    const { phrase, fragment } = formatCode("2802", secrets);
    console.log(phrase?.length, fragment?.length, words[0], spentSecrets.size);
    const pairing = new VerifiedPairing({ side: "A", appID, secrets, spent: new Set(), random: (count) => new Uint8Array(count) });
    const follow = (steps: PairingStep[]) => steps.forEach((step) => {
        if ("send" in step) signal(step.send);
        else if ("offer" in step) signal(pairing.seal("offer", 1, "v=0"));
        else if ("apply" in step) console.log(step.apply.type === "answer", step.apply.sdp, step.apply.id);
        else if ("timer" in step) setTimeout(() => follow(pairing.elapsed(step.timer)), step.ms);
        else if ("end" in step) console.log(step.end === "code_mismatch");
        else if ("forged" in step) console.log(step.forged + pairing.forged);
        else console.log(step.proved, pairing.isProved, pairing.state === "proved", pairing.by === "link");
    });
    follow(pairing.connected());
    follow(pairing.receive({ type: "answer", sdp: "v=0", id: 1 }));
    pairing.disconnected();
    // @ts-expect-error candidates are not sealed
    pairing.seal("ice", 1, "v=0");
    // @ts-expect-error no such kind of secret
    new VerifiedPairing({ side: "B", appID, secrets: [{ by: "voice", secret: "" }] });
}

export function compare(signal: (frame: SignalMessage) => void, sdp: string): void {
    const comparison = new Comparison({ side: "A", appID });
    const follow = (steps: ComparisonStep[]) => steps.forEach((step) => {
        if ("send" in step) signal(step.send);
        else if ("digits" in step) console.log(step.digits, comparison.digits?.length);
        else console.log(step.end === "protocol_error");
    });
    const sas = comparison.member("offer", sdp);
    signal({ type: "offer", sdp, id: 1, ...(sas && { sas }) });
    follow(comparison.applied({ type: "answer" }, sdp));
    follow(comparison.receive({ type: "sender_ready" }));
    follow(comparison.connected());
}
