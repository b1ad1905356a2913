// What both ends of a file's transfer have in common.

import { TransferError } from "./errors.js";

/** The states that a transfer does not leave. */
const OVER = ["done", "declined", "cancelled", "failed"];

/** Event: `change`, after any of its properties has changed. */
export class Transfer extends EventTarget {
    /**
     * offered    the receiver has not said yet whether it wants the file
     * waiting    it wants the file, and other files come first (known to the sender only)
     * moving     bytes flow, or are paused
     * checking   all bytes have gone over; the hashes are being compared
     * done       and they are equal
     * declined, cancelled (by a person), failed: over, and `failure` says why
     */
    state = "offered";
    /** The code of a TransferError. */
    failure = null;
    /** Bytes that the receiver is known to have saved. */
    moved = 0;
    /** What the receiver's sink has returned at the end. */
    saved = null;
    /** Bytes that an earlier transfer of the same file had brought over already. */
    resumedFrom = 0;
    /** After its end: it goes on if the two ends meet again soon. */
    isKept = false;
    pausedHere = false;
    pausedThere = false;
    #settle;
    /** Resolves with what is saved, which is null at the sender; rejects with a TransferError. Nobody has to wait for it. */
    finished = new Promise((resolve, reject) => { this.#settle = { resolve, reject }; });

    /** `folder` is the one that is sent with all its files, if it belongs to one. */
    constructor({ id, name, size, type, modified, path }, port, folder = null) {
        super();
        this.id = id;
        this.name = name;
        this.size = size;
        this.type = type;
        this.modified = modified;
        this.path = path;
        this.folder = folder;
        this.port = port;
        this.finished.catch(() => {});
    }

    get isOver() {
        return OVER.includes(this.state);
    }

    get isPaused() {
        return this.pausedHere || this.pausedThere;
    }

    pause() {
        this.#setPausedHere(true);
    }

    resume() {
        this.#setPausedHere(false);
    }

    #setPausedHere(paused) {
        if (this.state !== "moving" || this.pausedHere === paused) return;
        this.pausedHere = paused;
        this.port.sendControl({ kind: paused ? "pause" : "resume", id: this.id });
        this.changed();
    }

    /** Ends it at both ends. */
    cancel() {
        this.fail("cancelled_here", "cancelled");
    }

    /** Ends the transfer at this end and, if a reason of the protocol is given, at the other. */
    fail(failure, reasonForPeer, cause) {
        if (this.isOver) return;
        if (reasonForPeer !== undefined) this.port.sendControl({ kind: "cancel", id: this.id, reason: reasonForPeer });
        this.end(failure.startsWith("cancelled") ? "cancelled" : "failed", failure, cause);
    }

    /** The only way into a final state. */
    end(state, failure = null, cause = undefined) {
        this.state = state;
        this.failure = failure;
        if (failure === null) this.#settle.resolve(this.saved);
        else this.#settle.reject(new TransferError(failure, cause));
        this.changed();
    }

    changed() {
        this.dispatchEvent(new Event("change"));
    }

    /** Handles a control message of the other end that means the same to both ends. Returns whether it was one. */
    receiveControl(message) {
        switch (message.kind) {
            case "pause":
            case "resume":
                this.pausedThere = message.kind === "pause";
                this.changed();
                return true;
            case "cancel":
                this.fail(message.reason === "cancelled" ? "cancelled_there" : message.reason);
                return true;
            default:
                return false;
        }
    }
}
