// Files and folders that a person chooses, drops or pastes.

import { FolderError, foldersOf, readFolder } from "./chosen-folder.js";
import { byId } from "./dom.js";

/** Calls `take` with files and folders (see chosen-folder.js), and `refuse` with a sentence about a folder that cannot be sent. */
export function watchFiles(take, refuse) {
    const takeFolders = orRefuse(take, refuse);
    watchField("files", byId("file-input"), take);
    const folders = byId("folder-input");
    watchField("folder", folders, (files) => takeFolders(() => foldersOf(files)));
    if (!("webkitdirectory" in folders)) for (const button of buttonsFor("folder")) button.hidden = true;
    // A file that is dropped beside the area would otherwise replace the page, and end the connection.
    document.addEventListener("dragover", (event) => {
        if (!event.dataTransfer.types.includes("Files")) return;
        event.preventDefault();
        mark(true);
    });
    document.addEventListener("dragleave", (event) => {
        if (event.relatedTarget === null) mark(false);
    });
    document.addEventListener("drop", (event) => {
        if (!event.dataTransfer.types.includes("Files")) return;
        event.preventDefault();
        mark(false);
        takeFrom(event.dataTransfer, take, takeFolders);
    });
    document.addEventListener("paste", (event) => {
        if (!isTextFor(event)) takeFrom(event.clipboardData, take, takeFolders);
    });
}

/** What an office program copies has a picture of the text too, which nobody means who pastes into a field. */
function isTextFor({ target, clipboardData }) {
    return /^(INPUT|TEXTAREA)$/.test(target.nodeName) && clipboardData.types.includes("text/plain");
}

function watchField(kind, input, take) {
    for (const button of buttonsFor(kind)) button.addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
        if (input.files.length > 0) take([...input.files]);
        // The same file can be chosen again only if the field is empty.
        input.value = "";
    });
}

function buttonsFor(kind) {
    return document.querySelectorAll(`[data-choose=${kind}]`);
}

function mark(isDragging) {
    for (const area of document.querySelectorAll(".drop-area")) area.classList.toggle("dragging", isDragging);
}

function orRefuse(take, refuse) {
    return async (read) => {
        try {
            take(await read());
        } catch (error) {
            if (!(error instanceof FolderError)) throw error;
            refuse(error.message);
        }
    };
}

function takeFrom({ items }, take, takeFolders) {
    const ofFiles = [...items].filter(({ kind }) => kind === "file");
    // Entries and files are available only now, before anything is awaited.
    const entryOf = (item) => item.webkitGetAsEntry?.() ?? null;
    const found = ofFiles.map((item) => ({ entry: entryOf(item), file: item.getAsFile() }));
    const isFolder = ({ entry }) => entry?.isDirectory === true;
    const files = found.filter((one) => !isFolder(one) && one.file !== null).map(({ file }) => file);
    if (files.length > 0) take(files);
    for (const { entry } of found.filter(isFolder)) takeFolders(async () => [await readFolder(entry)]);
}
