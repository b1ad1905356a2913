// What the two ends of file transfers send each other over a data channel.
//
// Control messages are JSON objects in text messages; a file's bytes come as binary messages. A transfer is named by a number that its
// sender gives it: odd on side A, even on side B, so that the number tells who sends. A folder has a number of the same row.
//
//   sender    offer   id name size type    a file is offered
//             …  [modified] [folder path]
//   receiver  accept  id [from]            it may be sent, from this byte on
//   receiver  decline id reason            it may not
//   sender    (binary)                     4 bytes id, big-endian, and the next bytes of the file
//   receiver  ack     id received          how many bytes have been saved
//   sender    end     id sha256            the end; the hash of all of the file, also of what lies before `from`
//   receiver  result  id intact            whether the saved bytes have that hash
//   either    pause   id                   stop for now; each end resumes only what it paused
//   either    resume  id
//   either    cancel  id reason            the transfer, or the folder, is over, whatever its state
//   side B    ready                        it listens: it has taken the channel that side A has opened for files
//   sender    folder  id name files size   offers of this folder follow
//   either    greet   nonce                for knowing each other again, see acquaintance.js
//   either    known   proofs
//
// What stands in brackets may be missing. `modified` is the file's time, in milliseconds since 1970. A sender has at most MAX_MOVING files
// under way that are not paused; on the way, and not acknowledged, it has at most WINDOW bytes of one file, and WINDOW_OF_ALL of all, so a
// receiver never holds more than that, however slow its disk.
//
// Of a folder, each file is offered by itself: `folder` is the number of the folder, and `path` says where the file lies, by the names of
// the folders from that one down, with slashes between them. A receiver that wants the folder accepts the offers as they come; one that does
// not declines its number, and no more of them come. A sender offers a folder's next files when earlier ones are over.
//
// `from` is sent only to an end that has proved to be the one that offered the same file before.
//
// An unknown kind belongs to a later version and is ignored; a known kind with wrong members is a WireError. A program may send kinds of its
// own over the same channel: it passes what their members have to be.

export const WINDOW = 4 * 1024 * 1024;
/** A receiver acknowledges at least this often. */
export const ACK_EVERY = WINDOW / 16;
/** How many transfers of one direction may be unfinished. */
export const MAX_OPEN = 100;
/** How many files of one direction move at once; those that are paused have given up their turn. */
export const MAX_MOVING = 4;
export const WINDOW_OF_ALL = MAX_MOVING * WINDOW;
/** Of one direction, folders that are not over, and files in one of them. */
export const MAX_FOLDERS = 20;
export const MAX_FOLDER_FILES = 10_000;
export const MAX_DEPTH = 32;
/** How many proofs of earlier acquaintance an end sends. */
export const MAX_PROOFS = 16;

export const MAX_NAME_LENGTH = 255;
const MAX_TYPE_LENGTH = 255;
const MAX_PATH_LENGTH = 1024;
/** The length of a chunk's header, the transfer's number. */
export const CHUNK_HEADER = 4;

export const DECLINE_REASONS = ["declined", "too_many"];
/** broken: one of the ends violated this protocol, or could not go on. */
export const CANCEL_REASONS = ["cancelled", "unreadable", "unwritable", "broken"];

export class WireError extends Error {
    constructor(message) {
        super(message);
        this.name = "WireError";
    }
}

const isNumber = (value) => Number.isSafeInteger(value) && value >= 0;
const isId = (value) => Number.isInteger(value) && value > 0 && value <= 0xffff_ffff;
const isCount = (value) => isNumber(value) && value > 0 && value <= MAX_FOLDER_FILES;
const isText = (longest) => (value) => typeof value === "string" && value.length <= longest;
// An array of one text, or an object of the other end's making, would be turned into a text by a pattern.
const isDigest = (value) => typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
const isOneOf = (words) => (value) => words.includes(value);

/** Names of folders from the top down. One that would climb out of them is refused; what else is in a name, safeName mends. */
export function isPath(value) {
    if (typeof value !== "string" || value.length > MAX_PATH_LENGTH) return false;
    const names = value.split("/");
    return names.length <= MAX_DEPTH && !names.some((name) => ["", ".", ".."].includes(name));
}

const MEMBERS = {
    offer: { id: isId, name: isText(MAX_NAME_LENGTH), size: isNumber, type: isText(MAX_TYPE_LENGTH) },
    folder: { id: isId, name: isText(MAX_NAME_LENGTH), files: isCount, size: isNumber },
    accept: { id: isId },
    decline: { id: isId, reason: isOneOf(DECLINE_REASONS) },
    ack: { id: isId, received: isNumber },
    end: { id: isId, sha256: isDigest },
    result: { id: isId, intact: (value) => typeof value === "boolean" },
    pause: { id: isId },
    resume: { id: isId },
    cancel: { id: isId, reason: isOneOf(CANCEL_REASONS) },
    ready: {},
    greet: { nonce: isDigest },
    known: { proofs: (value) => Array.isArray(value) && value.length <= MAX_PROOFS && value.every(isDigest) },
};

/** Members that may be missing. */
const FURTHER_MEMBERS = {
    offer: { modified: isNumber, folder: isId, path: isPath },
    accept: { from: isNumber },
};

/** An offer's texts, cut to the lengths that the other end accepts. `modified`, `folder` and `path` may be undefined. */
export function offerOf(id, { name, size, type, modified, folder, path }) {
    const offer = { kind: "offer", id, name: name.slice(0, MAX_NAME_LENGTH), size, type: type.slice(0, MAX_TYPE_LENGTH) };
    for (const [member, value] of Object.entries({ modified, folder, path })) if (value !== undefined) offer[member] = value;
    return offer;
}

/** The message, with the members that its kind has and no others, of which some may be missing; null if its kind is unknown. `furtherKinds`
 *  are those of the program: for each, its members, and for each of these a function that says whether a value will do. */
export function parseControl(text, furtherKinds = {}) {
    let value;
    try {
        value = JSON.parse(text);
    } catch {
        throw new WireError("a text message is not JSON");
    }
    if (typeof value !== "object" || value === null) throw new WireError("a text message is not a JSON object");
    if (typeof value.kind !== "string") return null;
    const kinds = [MEMBERS, furtherKinds].find((known) => Object.hasOwn(known, value.kind));
    if (kinds === undefined) return null;
    const message = { kind: value.kind };
    for (const [member, isValid] of Object.entries(kinds[value.kind])) {
        if (!isValid(value[member])) throw new WireError(`'${member}' of a message '${value.kind}' is missing or wrong`);
        message[member] = value[member];
    }
    const further = kinds === MEMBERS && Object.hasOwn(FURTHER_MEMBERS, value.kind) ? FURTHER_MEMBERS[value.kind] : {};
    for (const [member, isValid] of Object.entries(further)) {
        if (!Object.hasOwn(value, member)) continue;
        if (!isValid(value[member])) throw new WireError(`'${member}' of a message '${value.kind}' is wrong`);
        message[member] = value[member];
    }
    return message;
}

export function parseChunk(buffer) {
    if (buffer.byteLength <= CHUNK_HEADER) throw new WireError("a binary message holds no bytes of a file");
    return { id: new DataView(buffer).getUint32(0), bytes: new Uint8Array(buffer, CHUNK_HEADER) };
}

export function chunkMessage(id, bytes) {
    const message = new Uint8Array(CHUNK_HEADER + bytes.length);
    new DataView(message.buffer).setUint32(0, id);
    message.set(bytes, CHUNK_HEADER);
    return message;
}
