// The other side's candidates, in the forms in which clients send them.

/** Names of the line itself; of the media section's name; of its number. The first ones are those of browsers. */
const LINES = ["candidate", "cand", "sdp"];
const MIDS = ["sdpMid", "mid", "sdp_mid"];
const INDEXES = ["sdpMLineIndex", "sdpMlineIndex", "mLineIndex", "mlineindex", "sdp_mline_index", "label"];
/** In a frame there is a candidate, and in some clients one more object around it. */
const MAX_NESTED = 2;
const MAX_NAMED = 8;
const MAX_NAME = 24;

/** What a frame of type `ice` says: `{ candidate }`, as addIceCandidate takes it, or null in it for the end of candidates; or `{ unread }`, in
 *  words what was not understood. */
export function readCandidate(frame) {
    const places = [frame];
    let line = memberOf(frame, LINES);
    for (let depth = 0; depth < MAX_NESTED && isObject(line); depth += 1) {
        places.unshift(line);
        line = memberOf(line, LINES);
    }
    // JSON leaves out what is undefined.
    const isBare = Object.keys(frame).length === 1;
    if (line === null || line === "" || isBare) return { candidate: null };
    if (typeof line !== "string") return { unread: `no candidate is known among ${shapeOf(frame)}` };
    const text = line.trim().replace(/^a=/, "");
    if (!text.startsWith("candidate:")) return { unread: `the text of a candidate does not begin with candidate: in ${shapeOf(frame)}` };
    return { candidate: { candidate: text, ...sectionOf(places) } };
}

/** Which media section it belongs to: the first, unless it says so. */
function sectionOf(places) {
    const find = (names, isRight) => places.map((place) => memberOf(place, names)).find(isRight);
    const mid = find(MIDS, (value) => typeof value === "string");
    const index = find(INDEXES, (value) => Number.isInteger(value) && value >= 0);
    const username = find(["usernameFragment"], (value) => typeof value === "string");
    return {
        ...(mid !== undefined && { sdpMid: mid }),
        ...(index !== undefined ? { sdpMLineIndex: index } : mid === undefined && { sdpMLineIndex: 0 }),
        ...(username !== undefined && { usernameFragment: username }),
    };
}

function memberOf(value, names) {
    const name = names.find((name) => value[name] !== undefined);
    return name === undefined ? undefined : value[name];
}

function isObject(value) {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The names of members and the types of their values: enough to find the mistake, and no address. */
function shapeOf(frame) {
    const kind = (value) => (value === null ? "null" : Array.isArray(value) ? "array" : typeof value);
    const members = Object.entries(frame);
    const named = members.slice(0, MAX_NAMED).map(([name, value]) => `${name.slice(0, MAX_NAME)}: ${kind(value)}`);
    return `{ ${[...named, ...(members.length > MAX_NAMED ? ["…"] : [])].join(", ")} }`;
}
