// Names of rooms and of sessions.

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function isUUID(value) {
    return typeof value === "string" && UUID.test(value);
}

/** Not crypto.randomUUID, which exists only on https and localhost: pages are also served over http in a local network. */
export function randomID() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
