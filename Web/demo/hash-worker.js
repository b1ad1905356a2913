// Hashes of files, away from the page's own thread. hashing.js is the other end.
//
// In: `{number, parts}` are the next bytes of a hash, `{number, isEnd}` ends it, `{number, isDropped}` forgets it.
// Out, for the first two and in the order in which they came: `{}` and `{hex}`.

import { Sha256 } from "./sha256.js";

const hashes = new Map();

addEventListener("message", ({ data: { number, parts, isEnd, isDropped } }) => {
    const hash = hashes.get(number) ?? new Sha256();
    hashes.set(number, hash);
    if (isDropped || isEnd) hashes.delete(number);
    if (isDropped) return;
    for (const part of parts ?? []) hash.update(part);
    postMessage(isEnd ? { hex: hash.hex() } : {});
});
