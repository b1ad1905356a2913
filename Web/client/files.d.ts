// client 3446e9caeec339aa, files.js sha384-haPsN0u3J1IdAMSCZsbvEbRNxsge+IbNVZ/uffj+6TSt5m8HEFi27tultux0irVY
// The types of files.js. docs/files.md explains them.

/** What transfers need of a link; a PeerLink of signaling.js is one. */
export interface FileLink extends EventTarget {
    readonly side: "A" | "B";
    readonly state: string;
    readonly peerConnection: RTCPeerConnection;
    readonly channels: readonly RTCDataChannel[];
    openChannel(label: string): Promise<RTCDataChannel>;
}

export interface OpenFilesOptions {
    /** Names the channel. "files". Both ends use the same one; transfers that are opened twice need two. */
    label?: string;
    /** Makes hashes: otherwise a worker does, or this thread where no worker starts. */
    newHash?: () => Hash;
    /** With one, what is cut goes on over a later channel to the same end. The same for all channels of a page. */
    memory?: TransferMemory;
    /** Ends the wait for the other end. */
    signal?: AbortSignal;
}

/** Opens transfers on a channel of their own. Resolves once both ends have done so; attach listeners before the next `await`. Rejects with
 *  a TransferError (`closed`) if the link ends first. */
export function openFiles(link: FileLink, options?: OpenFilesOptions): Promise<Transfers>;

export interface TransfersEventMap {
    /** A file is offered, by either side; also each of a folder. */
    added: CustomEvent<Transfer>;
    /** A folder is offered, by either side. Its files follow. */
    folder: CustomEvent<Folder>;
    /** A finished transfer or folder has left the list: 100 stay. */
    removed: CustomEvent<Transfer | Folder>;
    /** The channel is closed. What was under way has failed with `closed`. */
    closed: Event;
}

/** All files that are sent and received over one channel. */
export class Transfers extends EventTarget {
    /** Over a channel that the program uses for other things too. Both ends do this before either sends anything, with different sides. */
    constructor(port: Port, side: "A" | "B", options?: TransfersOptions | (() => Hash));
    readonly port: Port;
    /** Those that are under way, and the newest of those that are over. Files of a folder that are over are not among them. */
    readonly all: Transfer[];
    readonly folders: Folder[];
    /** Whether closing the channel now would interrupt a transfer. */
    readonly isBusy: boolean;
    /** Offers a file to the other side. Throws a TransferError: `closed`, or `too_many` where 100 of this
     *  side's are unfinished. */
    send(file: Blob, options?: { name?: string }): OutgoingTransfer;
    /** Offers as many of the files as there is room for, and returns the others. */
    offer(files: Iterable<File>): File[];
    /** Offers a folder with up to 10,000 files, each with the names of the folders that it is in, from this one down, with slashes between.
     *  Throws a TransferError, `closed` or `too_many`, and a TypeError for a path that would climb. */
    sendFolder(name: string, entries: { file: File; path: string }[]): OutgoingFolder;
    /** Takes a finished transfer or folder out of the list. What was kept of it is given up. */
    remove(transfer: Transfer | Folder): void;
    /** The other end is not who it should be: with a memory, nothing goes on with it later. Call it before closing. */
    disown(): void;
    /** Closes the channel. */
    close(): void;

    addEventListener<K extends keyof TransfersEventMap>(
        type: K, listener: (this: Transfers, event: TransfersEventMap[K]) => unknown, options?: boolean | AddEventListenerOptions
    ): void;
    addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void;
    removeEventListener<K extends keyof TransfersEventMap>(
        type: K, listener: (this: Transfers, event: TransfersEventMap[K]) => unknown, options?: boolean | EventListenerOptions
    ): void;
    removeEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | EventListenerOptions): void;
}

export interface TransfersOptions {
    newHash?: () => Hash;
    memory?: TransferMemory;
    /** What the channel belongs to, with a `memory`: it tells the two ends from others in between. */
    peerConnection?: RTCPeerConnection;
}

/** What outlives a channel, for an hour: keys of those it was shared with, and what was cut. */
export class TransferMemory {
    /** `storage`, such as `sessionStorage`, keeps over a reload whom this was, and which files are in private storage. */
    constructor(options?: { storage?: Pick<Storage, "getItem" | "setItem"> | null });
    /** Whoever has this key is not known again. */
    forgetKey(key: string): void;
}

/** `waiting` is known to the sender only: accepted, and other files come first. */
export type TransferState = "offered" | "waiting" | "moving" | "checking" | "done" | "declined" | "cancelled" | "failed";

export type TransferFailure =
    | "cancelled_here" | "cancelled_there" | "declined" | "too_many" | "unreadable" | "unwritable" | "damaged" | "broken" | "closed";

/** Event: `change`, after any of its properties has changed; for a fast file that is a thousand times a second. */
interface OneTransfer extends EventTarget {
    readonly id: number;
    /** As the sender chose it. Show and save `safeName(name)`. */
    readonly name: string;
    readonly size: number;
    /** As the sender chose it; "" if it is not known. */
    readonly type: string;
    readonly state: TransferState;
    /** Why it is declined, cancelled or failed. */
    readonly failure: TransferFailure | null;
    readonly isOver: boolean;
    /** The file's time in ms since 1970, and the folders that it is in, with slashes between. */
    readonly modified: number | undefined;
    readonly path: string | undefined;
    /** The folder that it is sent with. */
    readonly folder: Folder | null;
    /** Bytes that the receiver has saved. */
    readonly moved: number;
    /** Bytes that were there before this transfer. */
    readonly resumedFrom: number;
    /** After its end: it goes on if the two ends meet again within an hour. */
    readonly isKept: boolean;
    readonly pausedHere: boolean;
    readonly pausedThere: boolean;
    /** By either side. */
    readonly isPaused: boolean;
    /** What the receiver's sink has returned; null at the sender. */
    readonly saved: Saved | null;
    /** Resolves with `saved` when all bytes have arrived, and the SHA-256 of both ends is equal. Rejects with a TransferError; a rejection
     *  that nobody looks at does no harm. */
    readonly finished: Promise<Saved | null>;
    /** Stops the bytes, or lets them go on: each side what it has stopped itself. Only while it is `moving`. */
    pause(): void;
    resume(): void;
    /** Ends it, at both sides. */
    cancel(): void;
}

export interface OutgoingTransfer extends OneTransfer {
    readonly direction: "out";
    readonly blob: Blob;
}

export interface IncomingTransfer extends OneTransfer {
    readonly direction: "in";
    /** Lets the file come, into the sink; into memory where there is none, which throws a NoSpaceError if the file is too large. */
    accept(sink?: Sink): void;
    decline(): void;
    /** It goes on by itself in a moment. */
    readonly isResuming: boolean;
}

interface OneFolder extends EventTarget {
    readonly id: number;
    /** As the sender chose it. Show `safeName(name)`. */
    readonly name: string;
    /** How many, and their bytes. */
    readonly files: number;
    readonly size: number;
    readonly state: Exclude<TransferState, "waiting" | "checking">;
    /** Why it is declined, cancelled or failed; of a file, if only some files are not there. */
    readonly failure: TransferFailure | null;
    readonly isOver: boolean;
    readonly moved: number;
    /** How many are there, and how many ended otherwise. */
    readonly done: number;
    readonly failed: number;
    readonly isKept: boolean;
    readonly saved: Saved | null;
    readonly finished: Promise<Saved | null>;
    cancel(): void;
}

export interface OutgoingFolder extends OneFolder {
    readonly direction: "out";
}

export interface IncomingFolder extends OneFolder {
    readonly direction: "in";
    /** Takes all of its files into the place. */
    accept(place: Place): void;
    decline(): void;
}

export type Folder = OutgoingFolder | IncomingFolder;

/** Where the files of a folder go. */
export interface Place {
    /** For one file, whose path's names are those of the sender: each goes through `safeName`. */
    sink(file: { name: string; size: number; path?: string; modified?: number }): Promise<Sink>;
    /** All of a folder's files are over. */
    close(name: string): Promise<Saved | null>;
    /** The folder has ended before. */
    abort?(): void;
    /** It is a folder, for single files too. */
    readonly isFolder?: boolean;
}

/** The best place that the browser has: a folder that the person chooses, else an archive in private storage or memory. Call it from a
 *  click. Rejects with a NotChosenError or a NoSpaceError. */
export function openPlace(size?: { size?: number }): Promise<Place>;

export type Transfer = OutgoingTransfer | IncomingTransfer;

/** Where the bytes of a file go. */
export interface Sink {
    /** Called again when the promise has resolved. Nothing more than 4 MiB is waiting then. */
    write(parts: Uint8Array[]): Promise<unknown>;
    /** All bytes are there, and right. */
    close(): Promise<Saved>;
    /** The transfer has ended before; must not fail. */
    abort(): Promise<unknown>;
    /** Bytes that were written before; for a file that goes on after a reload. */
    read?(at: number, length: number): Promise<Uint8Array>;
}

/** What is left to do with a file that has arrived. */
export interface Saved {
    /** The name of the file that the person has chosen: it is there. */
    savedAs?: string;
    /** Of a file in memory or in the browser's private storage: a name that is safe to show, the bytes, and their URL, for a download. */
    name?: string;
    blob?: Blob;
    url?: string;
    /** Frees them. */
    release?(): void;
}

/** The best sink that the browser has: a file that the person chooses, else private storage, else memory. Call it from a click. Rejects with
 *  a NotChosenError or a NoSpaceError. */
export function openSink(file: { name: string; size: number }): Promise<Sink>;
/** Memory; throws a NoSpaceError above 1 GB. */
export function memorySink(name: string, size: number): Sink;
/** A stream of bytes, such as that of a file. */
export function streamSink(stream: WritableStream<Uint8Array>): Sink;
/** The largest file that openSink has a place for. */
export function savingLimit(): number;
/** Removes files from private storage that earlier visits have left there more than a day ago. */
export function removeStaleFiles(): Promise<void>;

/** The person closed the dialog. */
export class NotChosenError extends Error {}

export class NoSpaceError extends Error {
    constructor(limit: number, advice: string);
    readonly limit: number;
}

export class TransferError extends Error {
    constructor(code: TransferFailure, cause?: unknown);
    readonly code: TransferFailure;
}

/** A name from the other side without what would lead out of a folder, hide, or pretend to be another type. */
export function safeName(name: string): string;
/** Text from the other side without what would change the direction of the text around it. */
export function peerText(text: string): string;

/** Starts the worker that hashes now, while the server that has its script is there. */
export function startHashing(): void;
/** ... and the one that writes to private storage. */
export function startSaving(): void;

export interface Hash {
    /** Resolves when the bytes are hashed. */
    update(parts: Uint8Array[]): Promise<unknown>;
    /** The hash, 64 lower-case hex digits. */
    hex(): Promise<string>;
    /** It is not needed any more; also after `hex`. */
    drop(): void;
}

// For a channel that files share with other things

/** Control messages of a program's own: for each kind, its members, and for each of these whether a value will do. */
export type FurtherKinds = Record<string, Record<string, (value: unknown) => boolean>>;

export interface PortEventMap {
    /** One that is well formed, of whichever kind. */
    control: CustomEvent<{ kind: string; [member: string]: unknown }>;
    /** Something that cannot be read. It was ignored. */
    malformed: CustomEvent<Error>;
    closed: Event;
}

/** A data channel as transfers use it. Its `binaryType` and `bufferedAmountLowThreshold` are the port's. */
export class Port extends EventTarget {
    /** `maxMessageSize` is that of `peerConnection.sctp`. */
    constructor(channel: RTCDataChannel, maxMessageSize?: number, furtherKinds?: FurtherKinds);
    readonly isOpen: boolean;
    /** Does nothing when the channel is closed. */
    sendControl(message: { kind: string; [member: string]: unknown }): void;
    close(): void;
    /** Gives the event `closed`, if it has not been given: a browser does not tell a channel whose connection is closed at this end. */
    end(): void;

    addEventListener<K extends keyof PortEventMap>(
        type: K, listener: (this: Port, event: PortEventMap[K]) => unknown, options?: boolean | AddEventListenerOptions
    ): void;
    addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void;
    removeEventListener<K extends keyof PortEventMap>(
        type: K, listener: (this: Port, event: PortEventMap[K]) => unknown, options?: boolean | EventListenerOptions
    ): void;
    removeEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | EventListenerOptions): void;
}

/** For hash-worker.js. */
export class HashDesk {
    answer(question: { number: number; parts?: Uint8Array[]; isEnd?: boolean; isDropped?: boolean }): { hex?: string } | undefined;
}

/** For save-worker.js. */
export class SaveDesk {
    answer(question: { question: number; act: string; number: number; [member: string]: unknown }): Promise<{ bytes?: Uint8Array }>;
}
