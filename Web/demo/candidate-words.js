// ICE candidates in words.

const TYPES = {
    host: "an address of its own network",
    srflx: "its public address, seen by a STUN server",
    prflx: "its public address, seen by the other side",
    relay: "an address of a TURN server",
};
const NAMES = { host: "own network", srflx: "public, by STUN", prflx: "public, by the peer", relay: "TURN server" };

/** A short text for the picture. */
export function candidateName({ type }) {
    return NAMES[type] ?? type;
}

/** `host over udp: an address of its own network` */
export function candidateSentence({ type, protocol, relayProtocol }) {
    const way = relayProtocol === undefined ? protocol : `${protocol}, to the TURN server over ${relayProtocol}`;
    return `${type} over ${way}: ${TYPES[type] ?? "of a kind this page does not know"}`;
}
