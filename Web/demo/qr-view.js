// A QR code as a picture.

import { svgElement } from "./dom.js";
import { encode } from "./qr.js";

/** The light border that readers need, in modules. */
const QUIET_ZONE = 4;

/** Always dark on light: many readers do not read the inverse. */
export function qrPicture(text, label) {
    const { size, isDark } = encode(text);
    let path = "";
    for (let y = 0; y < size; y += 1) {
        for (let x = 0; x < size; x += 1) {
            if (isDark(x, y)) path += `M${x + QUIET_ZONE} ${y + QUIET_ZONE}h1v1h-1z`;
        }
    }
    const side = size + 2 * QUIET_ZONE;
    return svgElement(
        "svg",
        { viewBox: `0 0 ${side} ${side}`, role: "img", "aria-label": label, class: "qr", "shape-rendering": "crispEdges" },
        svgElement("rect", { width: side, height: side, fill: "#fff" }),
        svgElement("path", { d: path, fill: "#000" }),
    );
}
