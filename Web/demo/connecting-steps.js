// What happens while two devices are being connected, as a list in which the present step is marked.

import { byId, element } from "./dom.js";
import { text } from "./text.js";

/** In the order in which they come about. The first depends on how the attempt begins. */
const BEGINNINGS = ["code", "checking", "returning"];
const STEPS = ["waiting", "negotiating", "connected"];

let beginning = "code";

/** `stage` is that of pair(), or one of the beginnings. */
export function showSteps(stage) {
    if (BEGINNINGS.includes(stage)) beginning = stage;
    const steps = [beginning, ...STEPS];
    const present = steps.indexOf(stage);
    byId("connecting-steps").replaceChildren(...steps.map((step, index) => item(step, Math.sign(index - present))));
}

/** `when` is negative for what is done, and 0 for what is going on. */
function item(step, when) {
    const children = [element("span", { class: "mark", "aria-hidden": "true" }), element("span", {}, text(`step.${step}`))];
    if (when === 0) return element("li", { class: "present", "aria-current": "step" }, ...children);
    if (when > 0) return element("li", {}, ...children);
    return element("li", { class: "done" }, ...children, element("span", { class: "visually-hidden" }, text("step.done")));
}
