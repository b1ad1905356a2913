// The moment in which everything that was under way has arrived.

import { byId, element, svgElement } from "./dom.js";
import { text } from "./text.js";

export function watchSuccess(transfers) {
    const place = byId("transfers-done");
    place.hidden = true;
    const look = () => {
        const all = [...transfers.all.filter(({ folder }) => folder === null), ...transfers.folders];
        const isOver = all.every((transfer) => transfer.isOver);
        const failed = all.some(({ state }) => state === "failed");
        const count = all.filter(({ state }) => state === "done").reduce((sum, { files = 1 }) => sum + files, 0);
        if (!isOver || failed || count === 0) place.hidden = true;
        else if (place.hidden || place.dataset.count !== String(count)) show(place, count);
    };
    const follow = ({ detail }) => {
        look();
        detail.addEventListener("change", look);
    };
    transfers.addEventListener("added", ({ detail }) => detail.folder === null && follow({ detail }));
    transfers.addEventListener("folder", follow);
    transfers.addEventListener("removed", look);
}

function show(place, count) {
    place.dataset.count = count;
    place.hidden = false;
    const tick = svgElement("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", class: "tick" }, svgElement("path", { d: "M5 12.5l4.5 4.5L19 7.5" }));
    place.replaceChildren(tick, element("span", {}, text("success.all", { count })));
}
