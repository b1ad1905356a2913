// Verified pairing: words and links that show each side that nobody is in the middle. docs/verified-pairing.md describes it, and
// verified.d.ts has its types. signaling.js loads it when it is needed.

export { CodeError } from "./verified/code-error.js";
export { drawSecrets, formatCode, parseCode } from "./verified/codes.js";
export { VerifiedPairing } from "./verified/pairing.js";
export { isSpent, spentSecrets } from "./verified/spent-secrets.js";
export { words } from "./verified/words.js";
