// What Tests/JavaScript/support/verified/module.js is in Node, for a page of the test.

/** The parts as the test names them: it has looked which there are. */
export async function loadVerified() {
    const modules = await Promise.all(globalThis.parts.map((path) => import(path)));
    return Object.assign({}, ...modules);
}

export const vectors = await (await fetch("/Tests/Vectors/verified-pairing.json")).json();

export function bytesOfHex(hex) {
    return Uint8Array.from(hex.match(/../g) ?? [], (digits) => parseInt(digits, 16));
}

export function hexOf(bytes) {
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function seeded(seed) {
    let state = seed >>> 0;
    return (count) => Uint8Array.from({ length: count }, () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return state >>> 24;
    });
}
