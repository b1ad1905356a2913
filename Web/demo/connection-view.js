// The connection in one line, which unfolds into a picture, facts and throughput. Folded away, they are not drawn.

import { byId, setText } from "./dom.js";
import { formatRoundTrip } from "./format.js";
import { drawPicture } from "./picture.js";
import { drawPlot } from "./plot.js";
import { isEndToEnd } from "./proof.js";
import { RouteMonitor } from "./route-monitor.js";
import { text } from "./text.js";

/** How often the way is looked at: where it is drawn, and where one line tells of it. */
const OPEN_MS = 1000;
const FOLDED_MS = 2000;

const toggle = byId("connection-toggle");

export class ConnectionView {
    #link;
    #proof;
    #monitor;
    #peerIsAway = false;
    #life = new AbortController();

    constructor(link, proof) {
        this.#link = link;
        this.#proof = proof;
        this.#monitor = new RouteMonitor(link);
        this.#monitor.addEventListener("sample", () => this.draw());
        toggle.addEventListener("click", () => this.#unfold(byId("connection").hidden), { signal: this.#life.signal });
        this.#unfold(false);
        this.#follow();
        this.draw();
    }

    end() {
        this.#life.abort();
        this.#monitor.stop();
        show(false);
    }

    draw() {
        const { state, session } = this.#link;
        if (state === "closed") return;
        const signaling = session.state === "open";
        const route = state === "interrupted" ? null : this.#monitor.route;
        const encryption = text(isEndToEnd(this.#proof.facts) ? "encryption.endToEnd" : "encryption.some");
        const facts = { state, route, signaling, peerIsAway: this.#peerIsAway, encryption };
        toggle.dataset.state = state;
        toggle.dataset.route = route?.kind ?? "none";
        setText(byId("connection-line"), line(facts, this.#proof.facts));
        const status = byId("link-status");
        status.dataset.state = state;
        // What is as it should be is in the line already; it is here for those who hear the page.
        status.classList.toggle("visually-hidden", state !== "interrupted" && signaling && !this.#peerIsAway);
        setText(status, statusText(facts));
        if (byId("connection").hidden) return;
        drawPicture(facts);
        if (this.#monitor.samples.length > 0) drawPlot(this.#monitor.samples);
    }

    #unfold(isOpen) {
        show(isOpen);
        this.#monitor.every(isOpen ? OPEN_MS : FOLDED_MS);
        this.draw();
    }

    #follow() {
        const { session } = this.#link;
        const options = { signal: this.#life.signal };
        const redraw = () => this.draw();
        const setAway = (isAway) => {
            this.#peerIsAway = isAway;
            redraw();
        };
        this.#proof.addEventListener("compared", redraw, options);
        this.#link.addEventListener("statechange", () => {
            redraw();
            this.#monitor.look();
        }, options);
        this.#link.addEventListener("peerleft", () => setAway(true), options);
        session.addEventListener("paired", () => setAway(false), options);
        for (const type of ["open", "reconnecting", "closed"]) session.addEventListener(type, redraw, options);
    }
}

function show(isOpen) {
    byId("connection").hidden = !isOpen;
    byId("screen-connected").dataset.unfolded = String(isOpen);
    toggle.setAttribute("aria-expanded", String(isOpen));
}

/** `direct · 1 ms · verified` */
function line({ state, route }, { verified, compared }) {
    const way = state === "interrupted" ? state : wayOf(route);
    const roundTrip = typeof route?.rttMs === "number" ? formatRoundTrip(Math.max(1, route.rttMs)) : null;
    const proof = verified !== null ? "verified" : compared === "same" ? "compared" : "unverified";
    return [text(`line.${way}`), roundTrip, text(`line.${proof}`)].filter(Boolean).join(" · ");
}

function statusText({ state, route, signaling, peerIsAway, encryption }) {
    if (state === "interrupted") return text(signaling ? "status.interrupted" : "status.interrupted.alone");
    const way = wayOf(route);
    if (!signaling) return text(`status.${way}.alone`);
    if (peerIsAway) return text(`status.${way}.away`);
    return text(`status.${way}`, { encryption });
}

function wayOf(route) {
    return route === null ? "connected" : route.kind === "direct" ? "direct" : "relayed";
}
