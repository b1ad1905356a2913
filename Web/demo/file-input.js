// Files that a person chooses, drops or pastes.

import { byId } from "./dom.js";
import { text } from "./text.js";

/** Calls `take` with files, and `refuse` with a sentence if there were folders among them. */
export function watchFiles(take, refuse) {
    const input = byId("file-input");
    for (const button of document.querySelectorAll("[data-choose=files]")) button.addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
        take([...input.files]);
        // The same file can be chosen again only if the field is empty.
        input.value = "";
    });
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
        takeFrom(event.dataTransfer, take, refuse);
    });
    document.addEventListener("paste", (event) => takeFrom(event.clipboardData, take, refuse));
}

function mark(isDragging) {
    for (const area of document.querySelectorAll(".drop-area")) area.classList.toggle("dragging", isDragging);
}

function takeFrom({ items }, take, refuse) {
    const ofFiles = [...items].filter(({ kind }) => kind === "file");
    const isFolder = (item) => item.webkitGetAsEntry?.()?.isDirectory === true;
    // Entries and files are available only now, before anything is awaited.
    const files = ofFiles.filter((item) => !isFolder(item)).map((item) => item.getAsFile());
    if (files.length < ofFiles.length) refuse(text("files.folder"));
    if (files.length > 0) take(files);
}
