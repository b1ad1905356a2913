// The screen of two connected devices: files, chat and the connection, fed by one PeerLink.

import { Port, savingLimit, Transfers } from "../client/files.js";

import { keepAwake } from "./awake.js";
import { Chat, CHAT_KINDS } from "./chat.js";
import { showChat } from "./chat-view.js";
import { ConnectionView } from "./connection-view.js";
import { DEVICE_KINDS, deviceOf, nameOf, shownName } from "./device-name.js";
import { announce, byId, setNote, setText } from "./dom.js";
import { formatBytes } from "./format.js";
import { kept } from "./kept.js";
import { addToOutbox, emptyOutbox, outbox, outboxCount } from "./outbox.js";
import { showPane } from "./panes.js";
import { isEndToEnd } from "./proof.js";
import { ProofView } from "./proof-view.js";
import { offerAll } from "./sending.js";
import { watchSuccess } from "./success.js";
import { text } from "./text.js";
import { showTransfers } from "./transfers-view.js";

export class Workspace {
    #link;
    #port;
    #transfers;
    #connection;
    #proof;
    #peerName = null;
    /** Whether what waits goes to this device as soon as there is room. Otherwise the person has not yet decided about it. */
    #sends = false;
    #ended = new AbortController();

    /** `differ` is called when the digits that people compare are not the same. */
    constructor(link, differ) {
        this.#link = link;
        this.#proof = new ProofView(link, differ);
        this.#proof.addEventListener("compared", () => this.#sendOutbox());
        byId("send-held").onclick = () => {
            this.#sendOutbox();
            // The button is gone, and the keyboard's focus with it.
            byId("proof").focus();
        };
        outbox.addEventListener("change", () => this.#drawHeld(), { signal: this.#ended.signal });
        const port = new Port(link.channel, link.peerConnection.sctp?.maxMessageSize, { ...CHAT_KINDS, ...DEVICE_KINDS });
        this.#port = port;
        // Not every browser says so of its channels.
        link.addEventListener("closed", () => port.end());
        port.addEventListener("malformed", ({ detail }) => {
            setNote(byId("notice"), text("connected.malformed", { problem: detail.message }));
        });
        port.addEventListener("control", ({ detail }) => detail.kind === "device" && this.#call(shownName(detail.name)));
        setNote(byId("notice"), null);
        this.#call(null);
        this.#transfers = new Transfers(port, link.side, { memory: kept, peerConnection: link.peerConnection });
        const refill = (transfer) => transfer.addEventListener("change", () => transfer.isOver && this.#refill());
        for (const kind of ["added", "folder"]) this.#transfers.addEventListener(kind, ({ detail }) => refill(detail));
        showTransfers(this.#transfers, announce);
        keepAwake(this.#transfers);
        watchSuccess(this.#transfers);
        showChat(new Chat(port), () => this.#peerName ?? text("chat.peer"));
        this.#showControls(true);
        showPane("files");
        const limit = savingLimit();
        setNote(byId("saving-note"), Number.isFinite(limit) && text("files.memory", { size: formatBytes(limit) }));
        this.#connection = new ConnectionView(link, this.#proof);
        const ownName = nameOf(deviceOf(navigator));
        if (ownName !== "") port.sendControl({ kind: "device", name: ownName });
        if (isEndToEnd(this.#proof.facts)) this.#sendOutbox();
        this.#drawHeld();
    }

    get isBusy() {
        return this.#transfers.isBusy;
    }

    get isOpen() {
        return this.#link.state !== "closed";
    }

    /** Offers the files that were chosen or dropped. Those that there is no room for wait until others are over. */
    sendFiles(files) {
        if (!this.isOpen || files.length === 0) return;
        // Who sends here something new has not decided about what waits.
        if (outboxCount() === 0) this.#sends = true;
        const left = this.#port.isOpen ? offerAll(this.#transfers, files) : files;
        if (left.length === 0) return;
        addToOutbox(left);
        announce(byId("held-text").textContent);
    }

    /** The one at the other end is not who it should be: nothing goes on with it. */
    disown() {
        this.#transfers.disown();
    }

    /** Chat and files stay readable; nothing can be added any more. */
    end() {
        this.#ended.abort();
        byId("held").hidden = true;
        this.#connection.end();
        this.#showControls(false);
        setText(byId("connected-title"), text("connected.past"));
    }

    #call(name) {
        if (!this.isOpen) return;
        this.#peerName = name;
        setText(byId("connected-title"), name ?? text("connected.title"));
    }

    /** What was chosen before there was a connection. Files for somebody who may be anybody wait until the person has decided. */
    #sendOutbox() {
        this.#sends = true;
        this.#refill();
    }

    #refill() {
        if (this.#sends && this.#port.isOpen) emptyOutbox((files) => offerAll(this.#transfers, files));
    }

    #drawHeld() {
        const count = outboxCount();
        byId("held").hidden = count === 0;
        byId("send-held").hidden = this.#sends;
        setText(byId("held-text"), this.#sends ? text("files.tooMany", { count }) : text("files.held"));
    }

    #showControls(areShown) {
        for (const id of ["chat-form", "file-picker", "disconnect", "link-status", "connection-toggle", "proof"]) byId(id).hidden = !areShown;
    }
}
