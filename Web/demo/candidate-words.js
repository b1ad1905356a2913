// ICE candidates in words. Those of the other side are its text.

import { peerText } from "../client/files.js";

import { text, textIfAny } from "./text.js";

/** A short text for the picture. */
export function candidateName({ type }) {
    const kind = peerText(type);
    return textIfAny(`candidate.${kind}.short`) ?? kind;
}

/** `host over udp: an address of its own network` */
export function candidateSentence({ type, protocol, relayProtocol, tried }) {
    const way = relayProtocol === undefined ? protocol : text("candidate.way.relayed", { protocol, relayProtocol });
    const kind = isKnown(type) ? text(`candidate.${type}`) : text("candidate.unknown");
    return peerText(text(tried === false ? "candidate.sentence.untried" : "candidate.sentence", { type, way, kind }));
}

/** Only a kind of candidate has a short name too. */
function isKnown(type) {
    return textIfAny(`candidate.${type}.short`) !== undefined;
}
