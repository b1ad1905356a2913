// The connection as a drawing: the two ends, the server that introduced them, and the route between them.

import { candidateName, candidateSentence } from "./candidate-words.js";
import { byId, element, setText, svgElement } from "./dom.js";
import { formatBytes, formatRoundTrip } from "./format.js";
import { text } from "./text.js";

/** `signaling` says whether the server is reached; `route` is that of PeerLink, null while there is none; `encryption` is what may be
 *  claimed of it. */
export function drawPicture({ route, signaling, encryption }) {
    const facts = routeFacts({ route, signaling, encryption });
    const summary = facts.map(([name, value]) => text("connection.fact", { name, value })).join(". ");
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
        server(signaling),
        ...way(route),
        node(48, 120, text("connection.you"), route ? candidateName(route.local) : ""),
        node(272, 120, text("connection.peer"), route ? candidateName(route.remote) : ""),
    );
}

function server(signaling) {
    const [detail, modifier] = signaling ? ["connection.server.introduces", ""] : ["connection.server.lost", "lost"];
    return node(160, 32, text("connection.server"), text(detail), modifier);
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
            svgElement("text", { x: 160, y: 112 }, text("connection.way.lost")),
        ];
    }
    const rtt = route.rttMs === null ? "" : formatRoundTrip(route.rttMs);
    const line = svgElement("line", { x1: 66, y1: 120, x2: 254, y2: 120, class: `way ${route.kind}` });
    if (route.kind === "direct") return [line, svgElement("text", { x: 160, y: 112 }, `${text("connection.way.direct")} ${rtt}`)];
    return [
        line,
        svgElement("rect", { x: 150, y: 110, width: 20, height: 20, rx: 4, class: "relay" }),
        svgElement("text", { x: 160, y: 150, class: "name" }, text("connection.relay")),
        svgElement("text", { x: 160, y: 104 }, rtt),
    ];
}

/** The same in words. */
function routeFacts({ route, signaling, encryption }) {
    const reached = [text("connection.server"), text(signaling ? "connection.server.reached" : "connection.server.lost")];
    if (route === null) return [[text("connection.way"), text("connection.way.none")], reached];
    const bytes = { sent: formatBytes(route.bytesSent), received: formatBytes(route.bytesReceived) };
    return [
        [text("connection.way"), route.kind === "direct" ? text("connection.way.direct") : text("connection.way.relayed", { encryption })],
        [text("connection.here"), candidateSentence(route.local)],
        [text("connection.there"), candidateSentence(route.remote)],
        [text("connection.roundTrip"), route.rttMs === null ? text("connection.roundTrip.none") : formatRoundTrip(route.rttMs)],
        [text("connection.bytes"), text("connection.bytes.both", bytes)],
        reached,
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
