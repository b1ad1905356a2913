// How a transfer can end before its file has arrived.

/** By what Transfer.failure says; for developers. */
const MESSAGES = {
    cancelled_here: "it was cancelled here",
    cancelled_there: "the other side has cancelled it",
    declined: "the other side does not want the file",
    too_many: "too many files are unfinished",
    unreadable: "the file could not be read to its end",
    unwritable: "the file could not be saved",
    damaged: "the bytes that arrived are not those that were sent",
    broken: "the two ends lost track of each other",
    closed: "the channel was closed first",
};

export class TransferError extends Error {
    constructor(code, cause) {
        super(MESSAGES[code], cause === undefined ? undefined : { cause });
        this.name = "TransferError";
        this.code = code;
    }
}
