// The moment in which everything that was under way has arrived.

import { byId, element, svgElement } from "./dom.js";
import { text } from "./text.js";

/** Counts from one quiet moment to the next: what was sent an hour ago has been told of. */
export function watchSuccess(transfers) {
    const place = byId("transfers-done");
    place.hidden = true;
    const open = new Set();
    let arrived = 0;
    let hasFailed = false;
    const begin = (transfer) => {
        if (open.size === 0) {
            arrived = 0;
            hasFailed = false;
        }
        open.add(transfer);
        place.hidden = true;
    };
    const look = (transfer) => {
        if (!transfer.isOver || !open.delete(transfer)) return;
        // A folder is over with the last of its files, which are counted by themselves.
        if (transfer.state === "done" && transfer.files === undefined) arrived += 1;
        if (transfer.state === "failed") hasFailed = true;
        if (open.size === 0 && arrived > 0 && !hasFailed) show(place, arrived);
    };
    const follow = ({ detail }) => {
        begin(detail);
        detail.addEventListener("change", () => look(detail));
        look(detail);
    };
    transfers.addEventListener("added", follow);
    transfers.addEventListener("folder", follow);
    transfers.addEventListener("removed", ({ detail }) => {
        open.delete(detail);
        if (transfers.all.length === 0) place.hidden = true;
    });
}

function show(place, count) {
    place.hidden = false;
    const tick = svgElement("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", class: "tick" }, svgElement("path", { d: "M5 12.5l4.5 4.5L19 7.5" }));
    place.replaceChildren(tick, element("span", {}, text("success.all", { count })));
}
