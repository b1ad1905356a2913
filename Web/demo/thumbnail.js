// What stands before a file's name: a small picture of a picture, or an icon by its type.

import { element } from "./dom.js";
import { fileIcon, kindOf } from "./file-icons.js";

/** Shown at 48 pixels, on screens of up to two device pixels each. */
const SIDE = 96;
const MOST_BYTES = 32e6;
/** Decoded, a picture takes 4 bytes each, however small its file is. */
const MOST_PIXELS = 64e6;
/** Those that browsers draw without running or loading anything. */
const TYPES = ["image/png", "image/jpeg", "image/webp", "image/gif", "image/avif"];

/** One of a transfer, of a folder with its `files`, or of a file that is to be sent: `{ direction: "out", name, type, blob }`. */
export class Thumbnail {
    #source;
    #isDrawn = false;

    constructor(source) {
        this.#source = source;
        this.node = element("span", { class: "thumb" }, fileIcon(source.files === undefined ? kindOf(source) : "folder"));
        this.update();
    }

    /** A file from the other side is drawn once it has arrived whole. */
    update() {
        const { direction, type, blob, saved } = this.#source;
        const file = direction === "out" ? blob : saved?.blob;
        if (this.#isDrawn || file === undefined || file === null || !TYPES.includes(type) || file.size > MOST_BYTES) return;
        this.#isDrawn = true;
        this.#draw(new Blob([file], { type }));
    }

    async #draw(file) {
        const url = URL.createObjectURL(file);
        try {
            const image = new Image();
            image.src = url;
            await loaded(image);
            const { naturalWidth: width, naturalHeight: height } = image;
            if (width === 0 || width * height > MOST_PIXELS) return;
            const canvas = element("canvas", { width: SIDE, height: SIDE, "aria-hidden": "true" });
            const side = Math.min(width, height);
            canvas.getContext("2d").drawImage(image, (width - side) / 2, (height - side) / 2, side, side, 0, 0, SIDE, SIDE);
            this.node.replaceChildren(canvas);
        } catch {
            // What is no picture after all keeps its icon.
        } finally {
            URL.revokeObjectURL(url);
        }
    }
}

function loaded(image) {
    return new Promise((resolve, reject) => {
        image.addEventListener("load", resolve);
        image.addEventListener("error", reject);
    });
}
