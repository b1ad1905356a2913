// The secrets that have taken part in a run of CPace. Each run is one guess for whoever is in the middle, so there is one for each secret.

import { base64url } from "./bytes.js";
import { passwordOf } from "./cpace.js";
import { sha512 } from "./sha512.js";

/** Far more than people pair in a page's life; beyond it the oldest is forgotten. */
const MAX_SPENT = 65_536;
const SPENT_HASH_BYTES = 16;

/** For as long as the page or process lives, and nowhere but in memory. */
export const spentSecrets = new Set();

export function isSpent(secret, spent = spentSecrets) {
    return spent.has(nameOf(secret));
}

export function spend(secret, spent) {
    if (spent.size >= MAX_SPENT) spent.delete(spent.values().next().value);
    spent.add(nameOf(secret));
}

function nameOf(secret) {
    return base64url(sha512(passwordOf(secret)).subarray(0, SPENT_HASH_BYTES));
}
