// What both ends of a file's transfer have in common.

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
    /** A key of transfer-words.js. */
    failure = null;
    /** Bytes that the receiver is known to have saved. */
    moved = 0;
    pausedHere = false;
    pausedThere = false;

    constructor({ id, name, size, type }, port) {
        super();
        this.id = id;
        this.name = name;
        this.size = size;
        this.type = type;
        this.port = port;
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

    /** By the person at this end. */
    cancel() {
        this.fail("cancelled_here", "cancelled");
    }

    /** Ends the transfer at this end and, if a reason of the protocol is given, at the other. */
    fail(failure, reasonForPeer) {
        if (this.isOver) return;
        if (reasonForPeer !== undefined) this.port.sendControl({ kind: "cancel", id: this.id, reason: reasonForPeer });
        this.end(failure.startsWith("cancelled") ? "cancelled" : "failed", failure);
    }

    /** The only way into a final state. */
    end(state, failure = null) {
        this.state = state;
        this.failure = failure;
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
