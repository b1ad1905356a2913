// ICE candidates in words. Those of the other side are its text.

import { peerText } from "../client/files.js";

const TYPES = {
    host: "an address of its own network",
    srflx: "its public address, seen by a STUN server",
    prflx: "its public address, seen by the other side",
    relay: "an address of a TURN server",
};
const NAMES = { host: "own network", srflx: "public, by STUN", prflx: "public, by the peer", relay: "TURN server" };

/** A short text for the picture. */
export function candidateName({ type }) {
    const kind = peerText(type);
    return NAMES[kind] ?? kind;
}

/** `host over udp: an address of its own network` */
export function candidateSentence({ type, protocol, relayProtocol, tried }) {
    const way = relayProtocol === undefined ? protocol : `${protocol}, to the TURN server over ${relayProtocol}`;
    const note = tried === false ? "; it was not tried, as its name was not resolved or no address here fits it" : "";
    return peerText(`${type} over ${way}: ${TYPES[type] ?? "of a kind this page does not know"}${note}`);
}
