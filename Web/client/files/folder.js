// A folder that is sent with all its files, as one thing that people see.

import { TransferError } from "./errors.js";
import { aboutFile, discard } from "./memory.js";
import { MAX_FOLDER_FILES, MAX_NAME_LENGTH } from "./wire.js";

/** Of one folder, files that are offered at once. */
export const MAX_OFFERED = 16;

/** Event: `change`, after any of its properties has changed. */
export class Folder extends EventTarget {
    /** offered; moving; done, all files are there; declined, cancelled, failed: `failure` says why, and some may be there all the same. */
    state = "offered";
    failure = null;
    /** How many of its files are done, and how many ended otherwise. */
    done = 0;
    failed = 0;
    /** After its end: it goes on if the two ends meet again soon. */
    isKept = false;
    saved = null;
    #bytesDone = 0;
    #open = new Set();
    #settle;
    /** Resolves with what is saved; rejects with a TransferError. */
    finished = new Promise((resolve, reject) => { this.#settle = { resolve, reject }; });

    constructor({ id, name, files, size }, direction, port) {
        super();
        Object.assign(this, { id, name, files, size, direction, port });
        this.finished.catch(() => {});
    }

    get isOver() {
        return !["offered", "moving"].includes(this.state);
    }

    /** Bytes that the receiver has saved. */
    get moved() {
        return [...this.#open].reduce((sum, { moved }) => sum + moved, this.#bytesDone);
    }

    get open() {
        return [...this.#open];
    }

    /** Nothing more has to come: its last files are being put away. */
    get isEnding() {
        return this.done + this.failed + this.open.filter(({ isClosing }) => isClosing).length === this.files;
    }

    /** One of its files is offered. */
    follow(transfer) {
        this.#open.add(transfer);
        const look = () => {
            if (this.isOver) return;
            if (this.direction === "out" && this.state === "offered" && transfer.state === "moving") this.state = "moving";
            if (transfer.isOver) this.#fileOver(transfer);
            this.changed();
        };
        transfer.addEventListener("change", look);
        look();
    }

    #fileOver(transfer) {
        // With the channel, all of the folder ends.
        if (!this.#open.has(transfer) || transfer.failure === "closed") return;
        this.#open.delete(transfer);
        if (transfer.state === "done") {
            this.done += 1;
            this.#bytesDone += transfer.size;
        } else {
            this.failed += 1;
            this.failure ??= transfer.failure;
        }
        if (this.done + this.failed === this.files) this.complete();
    }

    complete() {
        if (this.failed === 0) this.end("done");
        else this.end(this.done === 0 && this.failure === "declined" ? "declined" : "failed", this.failure);
    }

    /** Ends it, with all of its files, at both ends. */
    cancel() {
        this.fail("cancelled_here", "cancelled");
    }

    fail(failure, reasonForPeer, cause) {
        if (this.isOver) return;
        if (reasonForPeer !== undefined) this.port.sendControl({ kind: "cancel", id: this.id, reason: reasonForPeer });
        this.end(failure.startsWith("cancelled") ? "cancelled" : "failed", failure, cause);
    }

    end(state, failure = null, cause = undefined) {
        this.state = state;
        this.failure = failure;
        for (const transfer of this.#open) {
            if (failure === "closed") continue;
            if (transfer.direction === "in" && transfer.state === "offered") transfer.decline();
            else transfer.fail(failure === "cancelled_there" ? "cancelled_there" : "cancelled_here", "cancelled");
        }
        if (failure === null) this.#settle.resolve(this.saved);
        else this.#settle.reject(new TransferError(failure, cause));
        this.changed();
    }

    changed() {
        this.dispatchEvent(new Event("change"));
    }

    /** A message about the folder itself. */
    receiveControl({ kind, reason }) {
        if (this.isOver) return;
        if (kind === "cancel") this.fail(reason === "cancelled" ? "cancelled_there" : reason);
        if (kind === "decline" && this.direction === "out") this.end("declined", reason);
    }
}

export class OutgoingFolder extends Folder {
    /** Those that were not offered yet: {file, path}, the next one last. */
    #left;

    /** `entries`: {file, path} of each file, with the path of its folder. */
    constructor(id, name, entries, port) {
        const size = entries.reduce((sum, { file }) => sum + file.size, 0);
        const offer = { kind: "folder", id, name: name.slice(0, MAX_NAME_LENGTH), files: entries.length, size };
        super(offer, "out", port);
        this.#left = [...entries].reverse();
        port.sendControl(offer);
    }

    get hasNext() {
        return !this.isOver && this.#left.length > 0 && this.open.length < MAX_OFFERED;
    }

    next() {
        return this.#left.pop();
    }

    /** What has not arrived. */
    get rest() {
        const open = this.open.map(({ blob, path }) => ({ file: blob, path }));
        return [...open, ...[...this.#left].reverse()];
    }
}

export class IncomingFolder extends Folder {
    #beginningOf;
    #before = new Map();
    #taken = new WeakSet();
    #offered = 0;
    #bytesOffered = 0;
    /** Where its files go, once it is accepted. */
    place = null;
    /** What is in the place, by what tells files apart, with the hash. */
    arrived = new Map();

    /** `beginningOf(transfer)` resolves with what there is of a file in the folder's place, as accept() of a transfer takes it, or null. */
    constructor(offer, port, beginningOf = async () => null) {
        super(offer, "in", port);
        this.#beginningOf = beginningOf;
    }

    follow(transfer) {
        // Before the folder looks, and also when it is over: the file is there all the same.
        transfer.addEventListener("change", () => {
            if (transfer.state === "done" && this.arrived.size < MAX_FOLDER_FILES) this.arrived.set(fileKey(transfer), transfer.sha256);
        });
        super.follow(transfer);
    }

    /** Takes all of its files into the place, see places.js: those that are offered, and those that will be. `arrived` has those that are in
     *  it already: if the sender offers one of them again, only its hash is compared. */
    accept(place, arrived = new Map()) {
        if (this.isOver || this.place !== null) {
            place.abort?.();
            return;
        }
        this.place = place;
        this.#before = arrived;
        this.arrived = new Map(arrived);
        this.state = "moving";
        for (const transfer of this.open) this.take(transfer);
        this.changed();
    }

    decline() {
        if (this.state !== "offered") return;
        this.port.sendControl({ kind: "decline", id: this.id, reason: "declined" });
        this.end("declined", "declined");
    }

    /** Counts a file that is offered. Returns false for one too many, which ends the folder. */
    counts(transfer) {
        this.#offered += 1;
        this.#bytesOffered += transfer.size;
        if (this.#offered <= this.files && this.#bytesOffered <= this.size) return true;
        this.fail("broken", "broken");
        return false;
    }

    /** Accepts one of its files, if the folder is accepted. */
    async take(transfer) {
        if (this.place === null || transfer.state !== "offered" || transfer.isResuming || this.#taken.has(transfer)) return;
        this.#taken.add(transfer);
        const sha256 = this.#before.get(fileKey(transfer));
        try {
            const rest = sha256 === undefined ? await this.#beginningOf(transfer) : wholeFile(transfer.size, sha256);
            if (transfer.isOver) discard(rest);
            else if (rest !== null) transfer.accept(rest.sink, rest);
            else transfer.accept(await this.place.sink(transfer));
        } catch (cause) {
            // One that cannot be saved does not keep the others from it.
            transfer.fail("unwritable", "unwritable", cause);
        }
    }

    complete() {
        if (this.place === null) super.complete();
        else this.#close();
    }

    async #close() {
        try {
            const saved = await this.place.close(this.name);
            if (this.isOver) saved?.release?.();
            else this.saved = saved;
        } catch (cause) {
            this.fail("unwritable", "unwritable", cause);
        }
        if (!this.isOver) super.complete();
    }

    end(state, failure, cause) {
        if (this.saved === null && !this.isKept) this.place?.abort?.();
        super.end(state, failure, cause);
    }
}

/** What tells a file of a folder from the others. */
function fileKey(transfer) {
    return JSON.stringify(aboutFile(transfer));
}

/** As accept() takes what there is of a file: all of it, with this hash, in its place already. */
function wholeFile(size, sha256) {
    return {
        from: size,
        sink: { write: async () => {}, close: async () => ({}), abort: async () => {} },
        hash: { update: async () => {}, hex: async () => sha256, drop: () => {} },
    };
}
