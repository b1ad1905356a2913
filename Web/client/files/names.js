// Text that the other side chose, made fit to be shown.

/** They change the order in which text is shown, and could make it look like something else, or mix it up with what stands beside it. */
const DIRECTION_MARKS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Everything that the other side chose goes through here before it is shown. Letters of any script keep their own direction. */
export function peerText(text) {
    return (text.toWellFormed?.() ?? text).replace(DIRECTION_MARKS, "");
}

/** Characters that file systems refuse. */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f/\\:*?"<>|]/gu;

/** Names that Windows keeps for devices, whatever follows a dot. */
const DEVICES = /^(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/iu;

/** A name from the other side, made safe to show and to save. */
export function safeName(name) {
    const safe = peerText(name).replace(UNSAFE, "_").replace(/^[.\s]+|[.\s]+$/gu, "") || "file";
    return safe.replace(DEVICES, (device) => `_${device}`);
}

/** Most file systems take names of 255 bytes. */
const LONGEST = 200;

/** A safe name that a file system takes as well; the part after the last dot stays, as it tells the type. */
export function savedName(name, suffix = "") {
    const safe = safeName(name);
    const [, stem, ending] = /^(.*?)(\.[^.]{1,16})?$/su.exec(safe);
    const room = LONGEST - bytesIn(ending ?? "") - bytesIn(suffix);
    let kept = stem;
    while (bytesIn(kept) > room) kept = [...kept].slice(0, -1).join("");
    return `${kept}${suffix}${ending ?? ""}`;
}

function bytesIn(text) {
    return new TextEncoder().encode(text).length;
}
