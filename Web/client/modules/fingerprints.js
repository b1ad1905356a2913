// The certificates' fingerprints of a description, for comparing.

/** Bytes of a hash. */
const HASHES = { "sha-256": 32, "sha-384": 48, "sha-512": 64 };

/** One text for all fingerprints in a description; null where there is none, or a line that another reader might understand differently. */
export function fingerprintsOf(sdp) {
    const lines = sdp.split(/\r?\n/).filter((line) => /fingerprint/i.test(line));
    const prints = lines.map(fingerprintIn);
    return prints.length === 0 || prints.includes(null) ? null : [...new Set(prints)].sort().join("\n");
}

function fingerprintIn(line) {
    const [, name, value] = /^a=fingerprint:([\w-]+) ([0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2})*)$/.exec(line) ?? [];
    const hash = name?.toLowerCase();
    const bytes = HASHES[hash];
    return bytes > 0 && value.length === bytes * 3 - 1 ? `${hash} ${value.toUpperCase()}` : null;
}
