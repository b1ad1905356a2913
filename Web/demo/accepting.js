// Taking what the other side offers: where it goes, and what to say if it finds no place.

import { NoSpaceError, NotChosenError, openPlace, openSink } from "../client/files.js";

import { formatBytes } from "./format.js";
import { text } from "./text.js";

let hasAsked = false;

/** Asks the browser once not to clean up what is kept in it. */
function askToKeep() {
    // With a dialog, the person chooses a place outside of the browser.
    if (hasAsked || globalThis.showSaveFilePicker !== undefined) return;
    hasAsked = true;
    navigator.storage?.persist?.().catch(() => {});
}

/** Each resolves with a sentence about what is in the way, or with null. Call them from a click. */
export function acceptFile(transfer) {
    return trying(async () => transfer.accept(await openSink(transfer)));
}

export function acceptFolder(folder) {
    return trying(async () => folder.accept(await openPlace(folder)));
}

/** Takes all of it, into one folder if the browser lets a person choose one. */
export function acceptAll({ files, folders }) {
    return trying(async () => {
        const size = [...files, ...folders].reduce((sum, offer) => sum + offer.size, 0);
        const place = globalThis.showDirectoryPicker === undefined ? null : await openPlace({ size });
        for (const folder of folders) folder.accept(place?.isFolder ? place : await openPlace(folder));
        for (const transfer of files) transfer.accept(place?.isFolder ? await place.sink(transfer) : await openSink(transfer));
    });
}

async function trying(accept) {
    try {
        askToKeep();
        await accept();
        return null;
    } catch (error) {
        return error instanceof NotChosenError ? null : troubleText(error);
    }
}

function troubleText(error) {
    if (!(error instanceof NoSpaceError)) return text("files.unsaved", { reason: error.message });
    return text("files.noSpace", { size: formatBytes(error.limit) });
}
