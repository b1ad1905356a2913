// Text that the other side chose, made fit to be shown.

/** They change the order in which text is shown, and could make it look like something else, or mix it up with what stands beside it. */
const DIRECTION_MARKS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Everything that the other side chose goes through here before it is shown. Letters of any script keep their own direction. */
export function peerText(text) {
    return (text.toWellFormed?.() ?? text).replace(DIRECTION_MARKS, "");
}

/** Characters that file systems refuse. */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f/\\:*?"<>|]/gu;

/** A name from the other side, made safe to show and to save. */
export function safeName(name) {
    return peerText(name).replace(UNSAFE, "_").replace(/^[.\s]+|[.\s]+$/gu, "") || "file";
}
