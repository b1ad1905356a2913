// What goes out: files and folders, as many as there is room for.

import { ChosenFolder } from "./chosen-folder.js";

/** Offers them, and returns those that there was no room for. */
export function offerAll(transfers, items) {
    const files = items.filter((item) => !(item instanceof ChosenFolder));
    const folders = items.filter((item) => item instanceof ChosenFolder);
    const left = transfers.offer(files);
    return [...left, ...folders.filter((folder) => !isTaken(transfers, folder))];
}

function isTaken(transfers, { name, entries }) {
    try {
        transfers.sendFolder(name, entries);
        return true;
    } catch (error) {
        if (error.code !== "too_many") throw error;
        return false;
    }
}
