// The connection as a drawing: the two ends, the server that introduced them, and the route between them.

import { candidateName, candidateSentence } from "./candidate-words.js";
import { byId, element, setText, svgElement } from "./dom.js";
import { formatBytes } from "./format.js";

/** `signaling` says whether the server is reached; `route` is that of PeerLink, null while there is none; `encryption` is what may be
 *  claimed of it. */
export function drawPicture({ route, signaling, encryption }) {
    const facts = routeFacts({ route, signaling, encryption });
    const summary = facts.map(([name, value]) => `${name}: ${value}`).join(". ");
    byId("picture").replaceChildren(drawing(route, signaling, summary));
    showFacts(facts);
}

function drawing(route, signaling, summary) {
    const kind = route?.kind ?? "none";
    return svgElement(
        "svg",
        { viewBox: "0 0 320 190", role: "img", "aria-label": summary, class: "drawing", "data-route": kind },
        introduction(64, signaling),
        introduction(256, signaling),
        node(160, 32, "server", signaling ? "introduces" : "not reached", signaling ? "" : "lost"),
        ...way(route),
        node(48, 120, "you", route ? candidateName(route.local) : ""),
        node(272, 120, "other side", route ? candidateName(route.remote) : ""),
    );
}

function introduction(x, signaling) {
    return svgElement("line", { x1: 160, y1: 32, x2: x, y2: 108, class: signaling ? "introduction" : "introduction lost" });
}

function node(x, y, name, detail, modifier = "") {
    return svgElement(
        "g",
        { class: `node ${modifier}` },
        svgElement("circle", { cx: x, cy: y, r: 14 }),
        svgElement("text", { x, y: y + 32, class: "name" }, name),
        svgElement("text", { x, y: y + 47 }, detail),
    );
}

function way(route) {
    if (route === null) {
        return [
            svgElement("line", { x1: 66, y1: 120, x2: 254, y2: 120, class: "way lost" }),
            svgElement("text", { x: 160, y: 112 }, "no way at the moment"),
        ];
    }
    const rtt = route.rttMs === null ? "" : `${Math.round(route.rttMs)} ms`;
    const line = svgElement("line", { x1: 66, y1: 120, x2: 254, y2: 120, class: `way ${route.kind}` });
    if (route.kind === "direct") return [line, svgElement("text", { x: 160, y: 112 }, `direct ${rtt}`)];
    return [
        line,
        svgElement("rect", { x: 150, y: 110, width: 20, height: 20, rx: 4, class: "relay" }),
        svgElement("text", { x: 160, y: 150, class: "name" }, "TURN relay"),
        svgElement("text", { x: 160, y: 104 }, rtt),
    ];
}

/** The same in words. */
function routeFacts({ route, signaling, encryption }) {
    const server = ["Server", signaling ? "reached; used again only if the way changes" : "not reached"];
    if (route === null) return [["Way", "none at the moment"], server];
    return [
        ["Way", route.kind === "direct" ? "direct" : `relayed by a TURN server, ${encryption}`],
        ["This end", candidateSentence(route.local)],
        ["Other end", candidateSentence(route.remote)],
        ["Round trip", route.rttMs === null ? "not measured yet" : `${Math.round(route.rttMs)} ms`],
        ["Sent, received", `${formatBytes(route.bytesSent)}, ${formatBytes(route.bytesReceived)}`],
        server,
    ];
}

/** Rewrites texts in place, so that a selection, or a screen reader's place in the list, survives each update. */
function showFacts(facts) {
    const list = byId("route-facts");
    const shownNames = [...list.children].map((row) => row.firstChild.textContent);
    const names = facts.map(([name]) => name);
    if (names.join() !== shownNames.join()) {
        list.replaceChildren(...names.map((name) => element("div", {}, element("dt", {}, name), element("dd"))));
    }
    facts.forEach(([, value], index) => setText(list.children[index].lastChild, value));
}
