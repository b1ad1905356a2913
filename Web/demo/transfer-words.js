// Transfers in words.

import { formatBytes, formatDuration, formatRate } from "./format.js";

export const FAILURE_TEXTS = {
    cancelled_here: "You cancelled it.",
    cancelled_there: "The other side cancelled it.",
    declined: "The other side does not want this file.",
    too_many: "The other side has 100 unfinished files already. Send it again when some are done.",
    unreadable: "The file could not be read to its end; it may have been changed, moved or deleted. Choose it again to send it anew.",
    unwritable: "The file could not be saved; the disk may be full. Make room and have it sent again.",
    damaged: "The bytes that arrived are not those that were sent (their SHA-256 differs). They were thrown away; send the file again.",
    broken: "The two pages lost track of each other. Reload both and connect again.",
    closed: "The connection ended first. Connect again and send the file anew.",
};

/** The state of a transfer in a sentence. `speed` is in bytes per second, for one that moves. */
export function transferText(transfer, speed) {
    const isOutgoing = transfer.direction === "out";
    switch (transfer.state) {
        case "offered":
            return isOutgoing ? "Waiting until the other side accepts it." : "The other side offers this file.";
        case "waiting":
            return "Accepted; its turn comes after the files before it.";
        case "moving":
            return movingText(transfer, speed);
        case "checking":
            return "All bytes are over; comparing SHA-256.";
        case "done":
            return isOutgoing ? "✓ Arrived, SHA-256 equal." : `✓ Complete, SHA-256 equal.${savedText(transfer.saved)}`;
        case "declined":
            return isOutgoing ? FAILURE_TEXTS[transfer.failure] : "You declined it.";
        default:
            return `✗ ${FAILURE_TEXTS[transfer.failure]}`;
    }
}

function movingText(transfer, speed) {
    const share = transfer.size === 0 ? 0 : Math.floor((100 * transfer.moved) / transfer.size);
    const amount = `${share} %, ${formatBytes(transfer.moved)} of ${formatBytes(transfer.size)}`;
    if (transfer.pausedHere) return `Paused by you. ${amount}.`;
    if (transfer.pausedThere) return `Paused by the other side. ${amount}.`;
    if (transfer.moved === 0) return transfer.direction === "in" ? "Waiting for the first bytes." : "Starting.";
    if (speed < 1) return `${amount}, nothing moves at the moment.`;
    return `${amount}, ${formatRate(speed)}, ${formatDuration((1000 * (transfer.size - transfer.moved)) / speed)} left.`;
}

function savedText(saved) {
    return saved?.savedAs === undefined ? "" : ` Saved as ${saved.savedAs}.`;
}
