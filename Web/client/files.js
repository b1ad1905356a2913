// Files over a link of signaling.js, or over any RTCDataChannel: offered, accepted, paused, resumed, cancelled, and compared by SHA-256 at
// the end. docs/javascript.md describes it, and files.d.ts has its types. Beside it stands hash-worker.js, which it starts as a worker.

export { openFiles } from "./files/open.js";
export { Port } from "./files/port.js";
export { Transfers } from "./files/transfers.js";
export { TransferError } from "./files/errors.js";
export { memorySink, NoSpaceError, NotChosenError, openSink, removeStaleFiles, savingLimit, streamSink } from "./files/saving.js";
export { peerText, safeName } from "./files/names.js";
export { startHashing } from "./files/hashing.js";
export { HashDesk } from "./files/hash-desk.js";
