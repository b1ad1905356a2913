// client 08290e2e6926598c, files.js sha384-CVB0rLwQJ+53InXZshN/rFLc4bZn9+uBb4gqfk3b008RM6Vj8cHjdtk/VsSlj0gd
// The types of files.js. docs/javascript.md explains them.

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
    /** Ends the wait for the other end. */
    signal?: AbortSignal;
}

/** Opens transfers on a channel of their own. Resolves once both ends have done so; attach listeners before the next `await`. Rejects with
 *  a TransferError (`closed`) if the link ends first. */
export function openFiles(link: FileLink, options?: OpenFilesOptions): Promise<Transfers>;

export interface TransfersEventMap {
    /** A file is offered, by either side. */
    added: CustomEvent<Transfer>;
    /** A finished transfer has left the list: 100 stay. */
    removed: CustomEvent<Transfer>;
    /** The channel is closed. What was under way has failed with `closed`. */
    closed: Event;
}

/** All files that are sent and received over one channel. */
export class Transfers extends EventTarget {
    /** Over a channel that the program uses for other things too. Both ends do this before either sends anything, with different sides. */
    constructor(port: Port, side: "A" | "B", newHash?: () => Hash);
    readonly port: Port;
    /** Those that are under way, and the newest of those that are over. */
    readonly all: Transfer[];
    /** Whether closing the channel now would interrupt a transfer. */
    readonly isBusy: boolean;
    /** Offers a file to the other side. Files go one after the other. Throws a TransferError: `closed`, or `too_many` where 100 of this
     *  side's are unfinished. */
    send(file: Blob, options?: { name?: string }): OutgoingTransfer;
    /** Offers as many of the files as there is room for, and returns the others. */
    offer(files: Iterable<File>): File[];
    /** Takes a finished transfer out of the list. */
    remove(transfer: Transfer): void;
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
    /** Bytes that the receiver has saved. */
    readonly moved: number;
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
}

export interface IncomingTransfer extends OneTransfer {
    readonly direction: "in";
    /** Lets the file come, into the sink; into memory where there is none, which throws a NoSpaceError if the file is too large. */
    accept(sink?: Sink): void;
    decline(): void;
}

export type Transfer = OutgoingTransfer | IncomingTransfer;

/** Where the bytes of a file go. */
export interface Sink {
    /** Called again when the promise has resolved. Nothing more than 4 MiB is waiting then. */
    write(parts: Uint8Array[]): Promise<unknown>;
    /** All bytes are there, and right. */
    close(): Promise<Saved>;
    /** The transfer has ended before; must not fail. */
    abort(): Promise<unknown>;
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
