// What happens while two devices are being connected, as a list in which the present step is marked.

import { byId, element } from "./dom.js";
import { text } from "./text.js";

/** In the order in which they come about; `stage` is that of pair(). */
const STEPS = ["code", "waiting", "negotiating", "connected"];

/** `side`: who made the code is A. */
export function showSteps(stage, side) {
    const present = STEPS.indexOf(stage);
    const items = STEPS.map((step, index) => {
        const name = text(step === "code" ? `step.code.${side}` : `step.${step}`);
        const mark = element("span", { class: "mark", "aria-hidden": "true" });
        if (index === present) return element("li", { class: "present", "aria-current": "step" }, mark, name);
        if (index > present) return element("li", {}, mark, name);
        return element("li", { class: "done" }, mark, name, element("span", { class: "visually-hidden" }, ` ${text("step.done")}`));
    });
    byId("connecting-steps").replaceChildren(...items);
}
