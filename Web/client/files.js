// Files over a link of signaling.js, or over any RTCDataChannel: offered, accepted, paused, resumed, cancelled, and compared by SHA-256 at
// the end. docs/files.md describes it, and files.d.ts has its types. Beside it stand hash-worker.js and
// save-worker.js, which it starts as workers.

export { openFiles } from "./files/open.js";
export { Port } from "./files/port.js";
export { Transfers } from "./files/transfers.js";
export { TransferError } from "./files/errors.js";
export { memorySink, NoSpaceError, NotChosenError, openSink, removeStaleFiles, savingLimit, streamSink } from "./files/saving.js";
export { peerText, safeName } from "./files/names.js";
export { startHashing } from "./files/hashing.js";
export { TransferMemory } from "./files/memory.js";
export { openPlace } from "./files/places.js";
export { startSaving } from "./files/disk.js";
export { HashDesk } from "./files/hash-desk.js";
export { SaveDesk } from "./files/save-desk.js";
