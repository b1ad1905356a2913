// The modules of verified pairing, and the vectors. A test of the tests loads copies that were tampered with.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const CLIENT = fileURLToPath(new URL("../../../../Web/client", import.meta.url));

/** All exports of the entry module and of its parts, and of what compares digits, from a folder like Web/client. */
export async function loadVerified(folder = CLIENT) {
    const parts = readdirSync(join(folder, "verified")).map((name) => join("verified", name));
    const files = ["verified.js", ...parts, join("modules", "comparison.js"), join("modules", "fingerprints.js")];
    const modules = await Promise.all(files.map((file) => import(pathToFileURL(join(folder, file)).href)));
    return Object.assign({}, ...modules);
}

export const vectors = JSON.parse(readFileSync(new URL("../../../Vectors/verified-pairing.json", import.meta.url), "utf8"));

export function bytesOfHex(hex) {
    return Uint8Array.from(Buffer.from(hex, "hex"));
}

export function hexOf(bytes) {
    return Buffer.from(bytes).toString("hex");
}

/** Bytes that look random and are the same in every run. */
export function seeded(seed) {
    let state = seed >>> 0;
    return (count) => Uint8Array.from({ length: count }, () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return state >>> 24;
    });
}
