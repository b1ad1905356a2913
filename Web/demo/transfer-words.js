// Transfers in words.

import { formatBytes, formatDuration, formatRate, formatShare } from "./format.js";
import { text } from "./text.js";

/** The state of a transfer in a sentence. `speed` is in bytes per second, for one that moves. */
export function transferText(transfer, speed) {
    const { direction } = transfer;
    switch (transfer.state) {
        case "offered":
            return text(`transfer.offered.${direction}`);
        case "waiting":
            return transfer.pausedThere ? text("transfer.pausedThere", { amount: amountOf(transfer) }) : text("transfer.waiting");
        case "moving":
            return movingText(transfer, speed);
        case "checking":
            return text("transfer.checking");
        case "done":
            return text(`transfer.done.${direction}`) + savedText(transfer.saved);
        case "declined":
            return direction === "out" ? failureText(transfer.failure) : text("transfer.declined.in");
        default:
            return transfer.isKept ? text("transfer.kept") : text("transfer.failed", { why: failureText(transfer.failure) });
    }
}

/** ... and that of a folder. */
export function folderText(folder, speed) {
    const { direction, done, failed, files: count } = folder;
    switch (folder.state) {
        case "offered":
            return text(direction === "out" ? "transfer.offered.out" : "folder.offered.in");
        case "moving":
            return text("folder.moving", { done, files: count, amount: movingText(folder, speed) });
        case "done":
            return text(`transfer.done.${direction}`) + placeText(folder.saved);
        case "failed":
            if (folder.isKept) return text("transfer.kept");
            if (failed === 0 || done + failed < count) return transferText(folder);
            return text("folder.partly", { count: failed, why: failureText(folder.failure) });
        default:
            return transferText(folder);
    }
}

export function failureText(failure) {
    return text(`failure.${failure}`);
}

function amountOf({ moved, size }) {
    return text("transfer.amount", { share: formatShare(size === 0 ? 0 : moved / size), moved: formatBytes(moved), size: formatBytes(size) });
}

function movingText(transfer, speed) {
    const amount = amountOf(transfer);
    if (transfer.pausedHere) return text("transfer.pausedHere", { amount });
    if (transfer.pausedThere) return text("transfer.pausedThere", { amount });
    if (transfer.moved === 0) return text(transfer.direction === "in" ? "transfer.first" : "transfer.starting");
    if (transfer.moved === transfer.resumedFrom) return text("transfer.goingOn", { amount });
    if (speed < 1) return text("transfer.stalled", { amount });
    const time = formatDuration((1000 * (transfer.size - transfer.moved)) / speed);
    return text("transfer.moving", { amount, rate: formatRate(speed), time });
}

function savedText(saved) {
    return saved?.savedAs === undefined ? "" : ` ${text("transfer.savedAs", { name: saved.savedAs })}`;
}

function placeText(saved) {
    return saved?.savedAs === undefined ? "" : ` ${text("folder.savedIn", { name: saved.savedAs })}`;
}
