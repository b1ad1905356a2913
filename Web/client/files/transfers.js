// All files that are sent and received over one channel.

import { fingerprintsOf } from "../modules/fingerprints.js";
import { Acquaintance } from "./acquaintance.js";
import { TransferError } from "./errors.js";
import { IncomingFolder, OutgoingFolder } from "./folder.js";
import { backgroundHash, startHashing } from "./hashing.js";
import { aboutFile, discard, isSame, restOf } from "./memory.js";
import { IncomingTransfer } from "./transfer-receiver.js";
import { OutgoingTransfer } from "./transfer-sender.js";
import { Turns } from "./turns.js";
import { isPath, MAX_FOLDER_FILES, MAX_FOLDERS, MAX_MOVING, MAX_OPEN, WINDOW_OF_ALL } from "./wire.js";

/** How many finished transfers are listed; beyond that, the oldest is removed. */
const MAX_OVER = 100;
/** A file with no more than this left to send comes before larger ones, and these leave a place for it. */
const SMALL = 4 * 1024 * 1024;
/** Folders offer no more files while so many are open, so that there is room for single ones. */
const MAX_OPEN_WITH_FOLDERS = MAX_OPEN / 2;

/** Events: `added` and `removed`, with the transfer as detail; `folder`, with a folder; `closed`, when the channel is. */
export class Transfers extends EventTarget {
    #port;
    #newHash;
    #memory;
    #acquaintance = null;
    #turns;
    #nextId;
    /** By id, in the order in which they began. */
    #all = new Map();
    #folders = new Map();
    #isChoosing = false;

    /**
     * The two ends have different sides. `newHash` makes a hash as hashing.js describes it. With a `memory`, see memory.js, what is cut goes
     * on over a later channel to the same end; `peerConnection` is what the channel belongs to.
     */
    constructor(port, side, options = {}) {
        super();
        const { newHash = backgroundHash, memory = null, peerConnection } = typeof options === "function" ? { newHash: options } : options;
        if (newHash === backgroundHash) startHashing();
        this.#port = port;
        this.#newHash = newHash;
        this.#memory = memory;
        this.#turns = new Turns(port);
        this.#nextId = side === "A" ? 1 : 2;
        port.addEventListener("control", ({ detail }) => this.#receiveControl(detail));
        port.addEventListener("chunk", ({ detail }) => this.#receiveChunk(detail));
        port.addEventListener("room", () => this.#turns.go());
        port.addEventListener("closed", () => this.#closed());
        if (memory !== null) {
            this.#acquaintance = new Acquaintance(port, side, printsOf(peerConnection, side), memory);
            // Does nothing on a channel that is not open yet.
            this.#acquaintance.greet();
            port.addEventListener("open", () => this.#acquaintance.greet());
        }
    }

    /** For what else goes over the channel. */
    get port() { return this.#port; }

    /** Those that are under way, and the newest of those that are over. */
    get all() { return [...this.#all.values()]; }

    get folders() { return [...this.#folders.values()]; }

    /** Whether closing the channel now would interrupt a transfer. */
    get isBusy() {
        return [...this.all, ...this.folders].some(({ state }) => ["waiting", "moving", "checking"].includes(state));
    }

    /** Offers a file to the other side. */
    send(file, { name = file.name ?? "file" } = {}) {
        if (!this.#port.isOpen) throw new TransferError("closed");
        if (this.#open("out").length >= MAX_OPEN) throw new TransferError("too_many");
        return this.#send(file, { name });
    }

    /** Offers as many of the files as there is room for. Returns the others. */
    offer(files) {
        const room = Math.max(0, MAX_OPEN - this.#open("out").length);
        for (const file of [...files].slice(0, room)) this.send(file);
        return [...files].slice(room);
    }

    /** Offers a folder. `entries` are its files, {file, path}, each with the names of the folders that it is in, from this one down. */
    sendFolder(name, entries) {
        if (!this.#port.isOpen) throw new TransferError("closed");
        if (!entries.every(({ path }) => isPath(path))) throw new TypeError("a path is empty, too long, or has names that are no folders'");
        const isTooMuch = entries.length > MAX_FOLDER_FILES || this.#openFolders("out").length >= MAX_FOLDERS;
        if (isTooMuch || entries.length === 0) throw new TransferError("too_many");
        const folder = new OutgoingFolder(this.#takeId(), name, entries, this.#port);
        folder.addEventListener("change", () => this.#goOn());
        this.#addFolder(folder);
        this.#goOn();
        return folder;
    }

    /** The other end is not who it should be: nothing of this channel goes on over a later one, nor of earlier ones with the same end. Close
     *  the channel then. */
    disown() {
        for (const key of this.#acquaintance?.forget() ?? []) this.#memory.forgetKey(key);
    }

    /** Ends the transfers at both ends, with the channel. */
    close() {
        this.#port.close();
    }

    /** Removes a finished transfer, or folder, from the list; what was kept of it is given up. */
    remove(transfer) {
        const isFolder = transfer instanceof IncomingFolder || transfer instanceof OutgoingFolder;
        const ofFolder = isFolder ? this.all.filter(({ folder }) => folder === transfer) : [];
        for (const { id } of ofFolder) this.#all.delete(id);
        if (isFolder) this.#folders.delete(transfer.id);
        else this.#all.delete(transfer.id);
        for (const { record } of [transfer, ...ofFolder]) if (record !== undefined) this.#memory.forget(record);
        this.dispatchEvent(new CustomEvent("removed", { detail: transfer }));
    }

    #open(direction) {
        return this.all.filter((transfer) => transfer.direction === direction && !transfer.isOver);
    }

    #openFolders(direction) {
        return this.folders.filter((folder) => folder.direction === direction && !folder.isOver);
    }

    #takeId() {
        const id = this.#nextId;
        this.#nextId += 2;
        return id;
    }

    #add(transfer) {
        this.#makeRoom(this.#all);
        this.#all.set(transfer.id, transfer);
        if (transfer.folder !== null) {
            transfer.addEventListener("change", () => transfer.isOver && !transfer.isKept && this.#all.delete(transfer.id));
        }
        this.dispatchEvent(new CustomEvent("added", { detail: transfer }));
    }

    #addFolder(folder) {
        this.#makeRoom(this.#folders);
        this.#folders.set(folder.id, folder);
        this.dispatchEvent(new CustomEvent("folder", { detail: folder }));
    }

    #makeRoom(list) {
        const over = [...list.values()].filter(({ isOver }) => isOver);
        for (const old of over.slice(0, Math.max(0, over.length - MAX_OVER + 1))) this.remove(old);
    }

    // Sending

    #send(file, about) {
        const transfer = new OutgoingTransfer(this.#takeId(), file, about, {
            port: this.#port, newHash: this.#newHash, turns: this.#turns, mayResume: () => (this.#acquaintance?.known.length ?? 0) > 0,
            isOnTheWay: () => this.#open("out").reduce((sum, { unacknowledged }) => sum + unacknowledged, 0),
        });
        about.folder?.follow(transfer);
        transfer.addEventListener("change", () => this.#goOn());
        this.#add(transfer);
        return transfer;
    }

    /** Something has changed: somebody else may send now. */
    #goOn() {
        if (this.#isChoosing || !this.#port.isOpen) return;
        // Whoever gets a turn changes by it.
        this.#isChoosing = true;
        try {
            this.#giveTurns();
            this.#offerFromFolders();
        } finally {
            this.#isChoosing = false;
        }
        this.#turns.go();
    }

    #giveTurns() {
        const open = this.#open("out");
        const wanting = open.filter((transfer) => !transfer.isPaused && ["waiting", "moving"].includes(transfer.state));
        for (const transfer of open) if (!wanting.includes(transfer)) transfer.hasTurn = false;
        const isSmall = ({ size, moved }) => size - moved <= SMALL;
        let sending = wanting.filter(({ hasTurn }) => hasTurn);
        const others = wanting.filter(({ hasTurn }) => !hasTurn);
        // Those that were paused have begun before the others.
        const begun = others.filter(({ state }) => state === "moving");
        const next = [...begun, ...others.filter(({ state }) => state === "waiting")];
        for (const transfer of [...next.filter(isSmall), ...next.filter((one) => !isSmall(one))]) {
            const places = isSmall(transfer) ? MAX_MOVING : MAX_MOVING - 1;
            if (sending.length >= places) continue;
            sending = [...sending, transfer];
            transfer.hasTurn = true;
            if (transfer.state === "waiting") transfer.send();
        }
    }

    #offerFromFolders() {
        for (const folder of this.#openFolders("out")) {
            while (folder.hasNext && this.#open("out").length < MAX_OPEN_WITH_FOLDERS) {
                const { file, path } = folder.next();
                this.#send(file, { name: file.name ?? "file", path, folder });
            }
        }
    }

    // Receiving

    #receiveControl(message) {
        this.#touch();
        switch (message.kind) {
            case "offer":
                this.#receiveOffer(message);
                break;
            case "folder":
                this.#receiveFolder(message);
                break;
            case "greet":
            case "known":
                if (this.#acquaintance?.receive(message)) this.#goOnWithOld();
                break;
            default:
                (this.#folders.get(message.id) ?? this.#live(message.id))?.receiveControl(message);
        }
    }

    #receiveChunk({ id, bytes }) {
        this.#touch();
        const transfer = this.#live(id);
        transfer?.receiveChunk(bytes);
        const held = this.#open("in").reduce((sum, one) => sum + one.held, 0);
        if (held > WINDOW_OF_ALL) transfer?.fail("broken", "broken");
    }

    #touch() {
        if (this.#acquaintance?.key) this.#memory.touch(this.#acquaintance.key);
    }

    /** After a transfer has ended here, messages about it may still come from the other end, and chunks may be on the way. */
    #live(id) {
        const transfer = this.#all.get(id);
        return transfer?.isOver ? undefined : transfer;
    }

    #isNew({ id }) {
        const isOurs = id % 2 === this.#nextId % 2;
        return !isOurs && !this.#all.has(id) && !this.#folders.has(id);
    }

    #receiveFolder(offer) {
        const { id } = offer;
        if (!this.#isNew(offer)) this.#port.sendControl({ kind: "cancel", id, reason: "broken" });
        else if (this.#openFolders("in").length >= MAX_FOLDERS) this.#port.sendControl({ kind: "decline", id, reason: "too_many" });
        else {
            const folder = new IncomingFolder(offer, this.#port, (transfer) => this.#restFor(transfer, this.#beginningsOf(transfer)));
            this.#addFolder(folder);
            this.#resumeFolder(folder);
        }
    }

    #receiveOffer(offer) {
        if (!this.#isNew(offer)) {
            this.#port.sendControl({ kind: "cancel", id: offer.id, reason: "broken" });
            return;
        }
        const folder = offer.folder === undefined ? null : this.#folders.get(offer.folder);
        if (folder === undefined || folder?.isOver || folder?.direction === "out") {
            this.#port.sendControl({ kind: "decline", id: offer.id, reason: "declined" });
            return;
        }
        if (this.#open("in").length >= MAX_OPEN) {
            this.#port.sendControl({ kind: "decline", id: offer.id, reason: "too_many" });
            return;
        }
        const transfer = new IncomingTransfer(offer, this.#port, this.#newHash, folder);
        const records = folder === null ? this.#beginningsOf(transfer) : [];
        transfer.isResuming = records.length > 0;
        folder?.follow(transfer);
        this.#add(transfer);
        this.#note(transfer);
        if (folder === null) this.#resume(transfer, records);
        // Before the folder is accepted, its files wait.
        else if (folder.counts(transfer)) folder.take(transfer);
    }

    // What was cut

    /** From when it is accepted until it is over, a file in private storage can be found after a reload. */
    #note(transfer) {
        if (this.#memory === null) return;
        transfer.addEventListener("change", () => {
            const entry = transfer.sink?.entry;
            if (transfer.record === undefined && !transfer.isOver && entry !== undefined && this.#acquaintance.key !== null) {
                transfer.record = this.#memory.keep(this.#acquaintance.key, { about: aboutFile(transfer), entry, isLive: true });
            }
            if (transfer.isOver && !transfer.isKept && transfer.record !== undefined) {
                this.#memory.release(transfer.record);
                transfer.record = undefined;
            }
        });
    }

    /** Goes on with a file whose beginning is there; the person has accepted it before. */
    async #resume(transfer, records) {
        if (records.length === 0) return;
        const rest = await this.#restFor(transfer, records);
        transfer.isResuming = false;
        if (rest !== null) transfer.accept(rest.sink, rest);
        else transfer.changed();
    }

    /** The beginning that a record is of; null if there is none, or if it is needed no more. */
    async #restFor(transfer, [record, ...more]) {
        for (const other of more) restOf(other).then(discard);
        if (record === undefined) return null;
        const rest = await restOf(record);
        if (rest !== null && !transfer.isOver) return rest;
        const isThere = rest !== null || (record.entry !== undefined && record.rest === undefined && !record.isGone);
        const isCut = transfer.failure === "closed";
        if (!isThere || (rest !== null && !isCut) || this.#acquaintance.key === null) {
            discard(rest);
            return null;
        }
        // The channel was closed again meanwhile, or the file cannot be opened now: it is for the next one.
        const kept = this.#keepAgain({ ...record, ...(rest !== null && { rest: Promise.resolve(rest) }) });
        if (isCut) {
            Object.assign(transfer, { record: kept, isKept: true });
            transfer.changed();
        }
        return null;
    }

    #keepAgain(record) {
        return this.#memory.keep(this.#acquaintance.key, record);
    }

    /** A folder's files go on only in the place that they were begun in. */
    #beginningsOf(transfer) {
        const known = this.#acquaintance?.known ?? [];
        const place = transfer.folder?.place;
        const fits = (record) => !record.isOut && record.about !== undefined && record.filePlace === place && isSame(record.about, transfer);
        return this.#memory?.take(known, fits) ?? [];
    }

    /** Goes on with a folder that was accepted, and not larger now. */
    #resumeFolder(folder) {
        if (folder.place !== null || this.#memory === null) return;
        const fits = ({ place, name, files, size }) => place && name === folder.name && folder.files <= files && folder.size <= size;
        const record = this.#memory.takeBest(this.#acquaintance.known, fits, ({ files, size }) => [files - folder.files, size - folder.size]);
        if (record !== undefined) folder.accept(record.place, record.arrived);
    }

    /** The other end is one that was known: what it was to get is offered anew, and what it offers goes on. */
    #goOnWithOld() {
        const { known } = this.#acquaintance;
        for (const transfer of this.#open("in").filter(({ state, folder }) => state === "offered" && folder === null)) {
            const records = this.#beginningsOf(transfer);
            transfer.isResuming = records.length > 0;
            this.#resume(transfer, records);
        }
        for (const folder of this.#openFolders("in")) this.#resumeFolder(folder);
        for (const record of this.#memory.take(known, ({ isOut }) => isOut)) {
            try {
                this.#sendAgain(record);
            } catch (error) {
                // There is no room for it now. The others go on, and this one may over the next channel.
                if (error instanceof TransferError) this.#keepAgain(record);
            }
        }
    }

    #sendAgain({ file, name, entries }) {
        if (entries !== undefined) this.sendFolder(name, entries);
        else if (!this.#open("out").some((open) => isSame(open, { name, size: file.size, modified: file.lastModified }))) {
            this.send(file, { name });
        }
    }

    #closed() {
        const key = this.#acquaintance?.key ?? null;
        // First, as no more of their files must be offered.
        for (const folder of this.folders.filter(({ isOver, isEnding }) => !isOver && !isEnding)) {
            if (key !== null) this.#keepFolder(folder, key);
            folder.fail("closed");
        }
        for (const transfer of this.all.filter(({ isOver, isClosing }) => !isOver && !isClosing)) {
            if (key !== null) this.#keep(transfer, key);
            transfer.fail("closed");
            if (transfer.direction === "in" && transfer.rest !== null) this.#keepRest(transfer, key);
        }
        this.dispatchEvent(new Event("closed"));
    }

    #keep(transfer, key) {
        if (transfer.direction === "in") transfer.outlives = true;
        else if (transfer.folder === null) {
            transfer.isKept = true;
            transfer.record = this.#memory.keep(key, { isOut: true, file: transfer.blob, name: transfer.name });
        }
    }

    #keepRest(transfer, key) {
        if (transfer.record !== undefined) this.#memory.release(transfer.record);
        const { sink: { entry, held }, rest } = transfer;
        transfer.record = this.#memory.keep(key, { about: aboutFile(transfer), rest, entry, held, filePlace: transfer.folder?.place });
    }

    #keepFolder(folder, key) {
        if (folder.direction === "out") {
            folder.record = this.#memory.keep(key, { isOut: true, name: folder.name, entries: folder.rest });
        } else if (folder.place !== null) {
            const { place, name, files, size, arrived } = folder;
            folder.record = this.#memory.keep(key, { place, name, files, size, arrived, dropped: () => place.abort?.() });
        }
        folder.isKept = folder.record !== undefined;
    }
}

/** Empty where there is nothing to compare. */
function printsOf(peerConnection, side) {
    const near = fingerprintsOf(peerConnection?.localDescription?.sdp ?? "") ?? "";
    const far = fingerprintsOf(peerConnection?.remoteDescription?.sdp ?? "") ?? "";
    return side === "A" ? { A: near, B: far } : { A: far, B: near };
}
