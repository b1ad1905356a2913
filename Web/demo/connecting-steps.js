// What happens while two devices are being connected, as a list in which the present step is marked.

import { byId, element } from "./dom.js";
import { text } from "./text.js";

/** The first depends on how the attempt begins. */
const BEGINNINGS = ["code", "checking", "returning"];

let beginning = "code";

/**
 * `stage` is that of pair(), or one of the beginnings. With words or a link (`proves`) the other device has to prove first that it has them, in
 * the stage in which the way is looked for: both are going on then.
 */
export function showSteps(stage, { proves }) {
    if (BEGINNINGS.includes(stage)) beginning = stage;
    const steps = [[beginning], ["waiting"], proves ? ["proving", "negotiating"] : ["negotiating"]];
    const present = stage === "connected" ? steps.length : steps.findIndex((names) => names.includes(stage));
    byId("connecting-steps").replaceChildren(...steps.flatMap((names, index) => names.map((step) => item(step, Math.sign(index - present)))));
}

/** `when` is negative for what is done, and 0 for what is going on. */
function item(step, when) {
    const children = [element("span", { class: "mark", "aria-hidden": "true" }), element("span", {}, text(`step.${step}`))];
    if (when === 0) return element("li", { class: "present", "aria-current": "step" }, ...children);
    if (when > 0) return element("li", {}, ...children);
    return element("li", { class: "done" }, ...children, element("span", { class: "visually-hidden" }, text("step.done")));
}
