// The screen of two connected devices: files, chat and the connection, fed by one PeerLink.

import { Port, savingLimit, Transfers } from "../client/files.js";

import { keepAwake } from "./awake.js";
import { Chat, CHAT_KINDS } from "./chat.js";
import { showChat } from "./chat-view.js";
import { ConnectionView } from "./connection-view.js";
import { DEVICE_KINDS, deviceOf, MAX_DEVICE_LENGTH, shownName } from "./device-name.js";
import { byId, setNote, setText } from "./dom.js";
import { formatBytes } from "./format.js";
import { kept } from "./kept.js";
import { outboxCount, takeOutbox } from "./outbox.js";
import { showPane } from "./panes.js";
import { isEndToEnd } from "./proof.js";
import { ProofView } from "./proof-view.js";
import { offerAll } from "./sending.js";
import { watchSuccess } from "./success.js";
import { text } from "./text.js";
import { showTransfers } from "./transfers-view.js";

/** Makes a screen reader say a sentence, even the same one again: a second file may have the same name. */
function announce(sentence) {
    byId("announcer").textContent = sentence;
}

export class Workspace {
    #link;
    #transfers;
    #connection;
    #proof;
    #peerName = null;

    /** `differ` is called when the digits that people compare are not the same. */
    constructor(link, differ) {
        this.#link = link;
        this.#proof = new ProofView(link, differ);
        this.#proof.addEventListener("compared", () => this.#sendOutbox());
        byId("send-held").onclick = () => this.#sendOutbox();
        const port = new Port(link.channel, link.peerConnection.sctp?.maxMessageSize, { ...CHAT_KINDS, ...DEVICE_KINDS });
        // Not every browser says so of its channels.
        link.addEventListener("closed", () => port.end());
        port.addEventListener("malformed", ({ detail }) => {
            setNote(byId("notice"), text("connected.malformed", { problem: detail.message }));
        });
        port.addEventListener("control", ({ detail }) => detail.kind === "device" && this.#call(shownName(detail.name)));
        setNote(byId("notice"), null);
        this.#call(null);
        this.#transfers = new Transfers(port, link.side, { memory: kept, peerConnection: link.peerConnection });
        showTransfers(this.#transfers, announce);
        keepAwake(this.#transfers);
        watchSuccess(this.#transfers);
        showChat(new Chat(port), () => this.#peerName ?? text("chat.peer"));
        this.#showControls(true);
        showPane("files");
        const limit = savingLimit();
        setNote(byId("saving-note"), Number.isFinite(limit) && text("files.memory", { size: formatBytes(limit) }));
        this.#connection = new ConnectionView(link, this.#proof);
        port.sendControl({ kind: "device", name: ownName() });
        if (isEndToEnd(this.#proof.facts)) this.#sendOutbox();
        this.#drawHeld();
    }

    get isBusy() {
        return this.#transfers.isBusy;
    }

    get isOpen() {
        return this.#link.state !== "closed";
    }

    /** Offers the files that were chosen or dropped. */
    sendFiles(files) {
        if (!this.isOpen || files.length === 0) return;
        const left = offerAll(this.#transfers, files);
        setNote(byId("notice"), left.length > 0 && text("files.tooMany", { count: left.length }));
    }

    /** The one at the other end is not who it should be: nothing goes on with it. */
    disown() {
        this.#transfers.disown();
    }

    /** Chat and files stay readable; nothing can be added any more. */
    end() {
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
        this.sendFiles(takeOutbox());
        this.#drawHeld();
    }

    #drawHeld() {
        byId("held").hidden = outboxCount() === 0;
    }

    #showControls(areShown) {
        for (const id of ["chat-form", "file-picker", "disconnect", "link-status", "connection-toggle", "proof"]) byId(id).hidden = !areShown;
    }
}

function ownName() {
    const { browser, system } = deviceOf(navigator);
    const name = browser && system ? text("device.name", { browser, system }) : (browser ?? system ?? text("device.unknown"));
    return name.slice(0, MAX_DEVICE_LENGTH);
}
