// A drawing for each kind of file.

import { svgElement } from "./dom.js";

const SHEET = "M6 3h8l4 4v14H6z M14 3v4h4";
const DRAWINGS = {
    picture: "M4 5h16v14H4z M4 16l5-5 4 4 2.5-2.5L20 17 M15.5 9.5h.01",
    film: "M4 6h16v12H4z M10 9.5v5l4.5-2.5z",
    sound: "M9 17.5V6l9-2v11.5 M9 17.5a2 2 0 11-4 0 2 2 0 014 0z M18 15.5a2 2 0 11-4 0 2 2 0 014 0z",
    archive: "M5 4h14v16H5z M12 4v2 M12 8v2 M12 12v2 M10.5 16h3",
    text: `${SHEET} M9 12h6 M9 15h6 M9 18h4`,
    folder: "M3 6h6l2 2h10v11H3z",
    other: SHEET,
};
const BY_TYPE = [
    [/^image\//, "picture"],
    [/^video\//, "film"],
    [/^audio\//, "sound"],
    [/zip|compressed|x-tar|x-7z|x-rar|gzip/, "archive"],
    [/^text\/|pdf|document|sheet|presentation|json|xml/, "text"],
];
/** For files whose type the other side's system does not know. */
const BY_ENDING = [
    [/\.(jpe?g|png|gif|webp|avif|heic|svg)$/i, "picture"],
    [/\.(mp4|mov|mkv|webm|avi)$/i, "film"],
    [/\.(mp3|m4a|ogg|opus|flac|wav)$/i, "sound"],
    [/\.(zip|tar|gz|tgz|xz|zst|7z|rar|bz2)$/i, "archive"],
    [/\.(txt|md|pdf|docx?|xlsx?|pptx?|od[tsp]|csv)$/i, "text"],
];

/** `files` is how many a folder has. */
export function kindOf({ name = "", type = "", files }) {
    if (files !== undefined) return "folder";
    const found = (table, text) => table.find(([pattern]) => pattern.test(text))?.[1];
    return found(BY_TYPE, type) ?? found(BY_ENDING, name) ?? "other";
}

export function fileIcon(kind) {
    return svgElement("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", class: "icon" }, svgElement("path", { d: DRAWINGS[kind] }));
}
