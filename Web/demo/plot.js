// Throughput over the last minute.

import { byId, setText, svgElement } from "./dom.js";
import { formatRate } from "./format.js";
import { KEPT_MS } from "./route-monitor.js";
import { text } from "./text.js";

const WIDTH = 320;
const HEIGHT = 100;
/** Space for the scale's text above the highest point. */
const TOP = 16;
/** The scale never goes below this, so that the few bytes of an idle connection do not look like a flood. */
const LOWEST_SCALE = 10_000;

/** The smallest number of the form 1, 2 or 5 × 10ⁿ that is not below a speed. */
export function scaleFor(speed) {
    const least = Math.max(speed, LOWEST_SCALE);
    const power = 10 ** Math.floor(Math.log10(least));
    return [1, 2, 5, 10].map((factor) => factor * power).find((scale) => scale >= least);
}

/** The points of a polyline, the newest sample at the right edge. */
export function pointsOf(samples, direction, scale) {
    const newest = samples.at(-1).time;
    return samples
        .map((sample) => {
            const x = WIDTH - ((newest - sample.time) / KEPT_MS) * WIDTH;
            const y = HEIGHT - (sample[direction] / scale) * (HEIGHT - TOP);
            return `${x.toFixed(1)},${y.toFixed(1)}`;
        })
        .join(" ");
}

export function drawPlot(samples) {
    const highest = (direction) => Math.max(...samples.map((sample) => sample[direction]));
    const scale = scaleFor(Math.max(highest("up"), highest("down")));
    const { up, down } = samples.at(-1);
    const speeds = { up, down, mostUp: highest("up"), mostDown: highest("down") };
    const rates = Object.fromEntries(Object.entries(speeds).map(([name, speed]) => [name, formatRate(speed)]));
    byId("plot").replaceChildren(
        svgElement(
            "svg",
            { viewBox: `0 0 ${WIDTH} ${HEIGHT + 18}`, role: "img", "aria-labelledby": "plot-title plot-text", class: "plot" },
            svgElement("line", { x1: 0, y1: TOP, x2: WIDTH, y2: TOP, class: "grid" }),
            svgElement("line", { x1: 0, y1: HEIGHT, x2: WIDTH, y2: HEIGHT, class: "grid" }),
            svgElement("text", { x: 0, y: TOP - 4 }, formatRate(scale)),
            svgElement("polyline", { points: pointsOf(samples, "up", scale), class: "up" }),
            svgElement("polyline", { points: pointsOf(samples, "down", scale), class: "down" }),
            svgElement("line", { x1: 0, y1: HEIGHT + 12, x2: 20, y2: HEIGHT + 12, class: "up" }),
            svgElement("text", { x: 26, y: HEIGHT + 16 }, text("plot.sent")),
            svgElement("line", { x1: 80, y1: HEIGHT + 12, x2: 100, y2: HEIGHT + 12, class: "down" }),
            svgElement("text", { x: 106, y: HEIGHT + 16 }, text("plot.received")),
        ),
    );
    setText(byId("plot-text"), text("plot.text", rates));
}
