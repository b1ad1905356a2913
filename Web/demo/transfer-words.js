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
            return text("transfer.waiting");
        case "moving":
            return movingText(transfer, speed);
        case "checking":
            return text("transfer.checking");
        case "done":
            return text(`transfer.done.${direction}`) + savedText(transfer.saved);
        case "declined":
            return direction === "out" ? failureText(transfer.failure) : text("transfer.declined.in");
        default:
            return text("transfer.failed", { why: failureText(transfer.failure) });
    }
}

export function failureText(failure) {
    return text(`failure.${failure}`);
}

function movingText(transfer, speed) {
    const share = formatShare(transfer.size === 0 ? 0 : transfer.moved / transfer.size);
    const amount = text("transfer.amount", { share, moved: formatBytes(transfer.moved), size: formatBytes(transfer.size) });
    if (transfer.pausedHere) return text("transfer.pausedHere", { amount });
    if (transfer.pausedThere) return text("transfer.pausedThere", { amount });
    if (transfer.moved === 0) return text(transfer.direction === "in" ? "transfer.first" : "transfer.starting");
    if (speed < 1) return text("transfer.stalled", { amount });
    const time = formatDuration((1000 * (transfer.size - transfer.moved)) / speed);
    return text("transfer.moving", { amount, rate: formatRate(speed), time });
}

function savedText(saved) {
    return saved?.savedAs === undefined ? "" : ` ${text("transfer.savedAs", { name: saved.savedAs })}`;
}
