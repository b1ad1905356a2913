// The screen of two connected devices: chat, files and the connection's picture, fed by one PeerLink.

import { Port, savingLimit, Transfers } from "../client/files.js";

import { Chat, CHAT_KINDS } from "./chat.js";
import { showChat } from "./chat-view.js";
import { byId, setNote, setText } from "./dom.js";
import { formatBytes } from "./format.js";
import { drawPicture } from "./picture.js";
import { drawPlot } from "./plot.js";
import { isEndToEnd } from "./proof.js";
import { ProofView } from "./proof-view.js";
import { RouteMonitor } from "./route-monitor.js";
import { text } from "./text.js";
import { showTransfers } from "./transfers-view.js";

/** Makes a screen reader say a sentence, even the same one again: a second file may have the same name. */
function announce(sentence) {
    byId("announcer").textContent = sentence;
}

export class Workspace {
    #link;
    #transfers;
    #monitor;
    #proof;
    #peerIsAway = false;

    /** `differ` is called when the digits that people compare are not the same. */
    constructor(link, differ) {
        this.#link = link;
        this.#proof = new ProofView(link, differ);
        this.#proof.addEventListener("compared", () => this.#drawConnection());
        const port = new Port(link.channel, link.peerConnection.sctp?.maxMessageSize, CHAT_KINDS);
        // Not every browser says so of its channels.
        link.addEventListener("closed", () => port.end());
        port.addEventListener("malformed", ({ detail }) => {
            setNote(byId("notice"), text("connected.malformed", { problem: detail.message }));
        });
        setText(byId("connected-title"), text("connected.title"));
        setNote(byId("notice"), null);
        this.#transfers = new Transfers(port, link.side);
        showTransfers(this.#transfers, announce);
        showChat(new Chat(port));
        this.#showControls(true);
        const limit = savingLimit();
        const hasLimit = Number.isFinite(limit);
        setNote(byId("saving-note"), hasLimit && text("files.memory", { size: formatBytes(limit) }));
        this.#monitor = new RouteMonitor(link);
        this.#monitor.addEventListener("sample", () => this.#drawConnection());
        this.#followLink();
        this.#monitor.start();
    }

    get isBusy() {
        return this.#transfers.isBusy;
    }

    /** Offers the files that were chosen or dropped. */
    sendFiles(files) {
        if (this.#link.state === "closed") return;
        const left = this.#transfers.offer(files);
        setNote(byId("notice"), left.length > 0 && text("files.tooMany", { count: left.length }));
    }

    /** Chat and files stay readable; nothing can be added any more. */
    end() {
        this.#monitor.stop();
        this.#showControls(false);
        setText(byId("connected-title"), text("connected.past"));
    }

    #showControls(areShown) {
        for (const id of ["chat-form", "file-picker", "disconnect", "link-status", "proof", "connection"]) byId(id).hidden = !areShown;
    }

    #followLink() {
        const { session } = this.#link;
        const redraw = () => this.#drawConnection();
        this.#link.addEventListener("statechange", redraw);
        this.#link.addEventListener("peerleft", () => {
            this.#peerIsAway = true;
            redraw();
        });
        session.addEventListener("paired", () => {
            this.#peerIsAway = false;
            redraw();
        });
        for (const type of ["open", "reconnecting", "closed"]) session.addEventListener(type, redraw);
    }

    #drawConnection() {
        const { state, session } = this.#link;
        if (state === "closed") return;
        const { route, samples } = this.#monitor;
        const signaling = session.state === "open";
        byId("link-status").dataset.state = state;
        const encryption = text(isEndToEnd(this.#proof.facts) ? "encryption.endToEnd" : "encryption.some");
        setText(byId("link-status"), statusText({ state, route, signaling, peerIsAway: this.#peerIsAway, encryption }));
        drawPicture({ route: state === "interrupted" ? null : route, signaling, encryption });
        if (samples.length > 0) drawPlot(samples);
    }
}

function statusText({ state, route, signaling, peerIsAway, encryption }) {
    if (state === "interrupted") return text(signaling ? "status.interrupted" : "status.interrupted.alone");
    const way = route === null ? "connected" : route.kind === "direct" ? "direct" : "relayed";
    if (!signaling) return text(`status.${way}.alone`);
    if (peerIsAway) return text(`status.${way}.away`);
    return text(`status.${way}`, { encryption });
}
