// The row of one file, or of one folder with all that is in it.

import { peerText, safeName } from "../client/files.js";

import { acceptFile, acceptFolder } from "./accepting.js";
import { byId, element, setText } from "./dom.js";
import { formatBytes } from "./format.js";
import { SpeedMeter } from "./speed-meter.js";
import { text } from "./text.js";
import { Thumbnail } from "./thumbnail.js";
import { folderText, transferText } from "./transfer-words.js";

/** How often progress is drawn; a fast transfer changes a thousand times a second. */
const REDRAW_MS = 250;
/** The browser does not say when it has saved a download, and needs the file until then. */
const RELEASE_AFTER_MS = 10 * 60 * 1000;

class Row {
    #transfer;
    #transfers;
    #announce;
    #name;
    #meter = new SpeedMeter();
    #timer = null;
    #thumbnail;
    #progress = element("progress", { max: 1 });
    #text = element("p", { class: "state" });
    #trouble = element("p", { class: "error", role: "alert" });
    #buttons = element("div", { class: "row" });
    #shownButtons = "";
    #isAccepting = false;
    #downloadedAt = -Infinity;

    /** `kind` is the class of the row. `hint` says more of what is sent. */
    constructor(transfer, transfers, announce, { kind, hint }) {
        this.#transfer = transfer;
        this.#transfers = transfers;
        this.#announce = announce;
        this.#name = safeName(transfer.name);
        this.#thumbnail = new Thumbnail(transfer);
        const way = text(transfer.direction === "out" ? "files.out" : "files.in");
        this.#progress.setAttribute("aria-label", text("files.progress", { name: this.#name }));
        this.node = element(
            "li",
            { class: kind, "data-id": transfer.id, "data-direction": transfer.direction },
            this.#thumbnail.node,
            element(
                "div",
                { class: "file" },
                element("p", { class: "file-name", dir: "auto" }, this.#name),
                element("p", { class: "hint" }, [way, ...hint].filter(Boolean).join(" · ")),
                this.#progress,
                this.#text,
                this.#trouble,
            ),
            this.#buttons,
        );
        transfer.addEventListener("change", () => this.#changed());
        this.#draw();
    }

    /** Its state in a sentence; what a person can do: `[name, act, class]`; and `accept()`, which resolves with what is in the way. */
    stateText() {}
    actions() {}
    accept() {}

    get transfer() {
        return this.#transfer;
    }

    dispose() {
        clearTimeout(this.#timer);
        const { saved } = this.#transfer;
        if (saved?.release !== undefined) setTimeout(saved.release, Math.max(0, this.#downloadedAt + RELEASE_AFTER_MS - performance.now()));
        if (this.node.contains(document.activeElement)) byId("files-title").focus();
        this.node.remove();
    }

    #changed() {
        if (this.node.dataset.state !== this.#transfer.state) {
            if (this.#transfer.isOver) this.#over();
            this.#draw();
        }
        this.#drawSoon();
    }

    #drawSoon() {
        this.#timer ??= setTimeout(() => {
            this.#timer = null;
            this.#draw();
        }, REDRAW_MS);
    }

    #over() {
        const { saved } = this.#transfer;
        if (saved?.url !== undefined) this.#download(saved);
        this.#announce(text("files.over", { name: this.#name, state: this.stateText(0) }));
    }

    #download({ url, name }) {
        this.#downloadedAt = performance.now();
        element("a", { href: url, download: name }).click();
    }

    #draw() {
        const transfer = this.#transfer;
        const speed = transfer.state === "moving" ? this.#meter.measure(transfer.moved, performance.now()) : 0;
        this.node.dataset.state = transfer.state;
        this.#progress.hidden = !["moving", "checking"].includes(transfer.state);
        this.#progress.value = transfer.size === 0 ? 1 : transfer.moved / transfer.size;
        this.#thumbnail.update();
        setText(this.#text, this.stateText(speed));
        this.#drawButtons();
        // Even without a change, the speed falls, and the page has to show it.
        if (transfer.state === "moving") this.#drawSoon();
    }

    /** Buttons are made anew only when they differ; otherwise each redraw would lose the keyboard's focus. */
    #drawButtons() {
        const actions = this.#transfer.isOver ? this.#actionsAtEnd() : this.actions();
        const names = actions.map(([name]) => name).join();
        if (names === this.#shownButtons) return;
        const hadFocus = this.#buttons.contains(document.activeElement);
        this.#shownButtons = names;
        this.#buttons.replaceChildren(
            ...actions.map(([name, act, kind = ""]) => {
                const label = text("files.action", { action: name, name: this.#name });
                return element("button", { type: "button", class: kind, "aria-label": label, onclick: act }, name);
            }),
        );
        if (hadFocus) (this.#buttons.firstElementChild ?? byId("files-title")).focus();
    }

    #actionsAtEnd() {
        const remove = [text("files.remove"), () => this.#transfers.remove(this.#transfer)];
        const { saved } = this.#transfer;
        return saved?.url === undefined ? [remove] : [[text("files.save"), () => this.#download(saved), "primary"], remove];
    }

    get cancelling() {
        return [text("button.cancel"), () => this.#transfer.cancel()];
    }

    get accepting() {
        return [
            [text("files.accept"), () => this.#accept(), "primary"],
            [text("files.decline"), () => this.#transfer.decline()],
        ];
    }

    async #accept() {
        // The dialog may be open already.
        if (this.#isAccepting) return;
        this.#isAccepting = true;
        setText(this.#trouble, "");
        setText(this.#trouble, (await this.accept()) ?? "");
        this.#isAccepting = false;
    }
}

export class FileRow extends Row {
    constructor(transfer, transfers, announce) {
        super(transfer, transfers, announce, { kind: "single", hint: [formatBytes(transfer.size), knownType(transfer)] });
    }

    stateText(speed) {
        return transferText(this.transfer, speed);
    }

    accept() {
        return acceptFile(this.transfer);
    }

    actions() {
        const { state, direction, isResuming } = this.transfer;
        if (state === "offered" && direction === "in") return isResuming ? [] : this.accepting;
        return state === "moving" ? [this.#pauseOrResume(), this.cancelling] : [this.cancelling];
    }

    #pauseOrResume() {
        const { transfer } = this;
        return transfer.pausedHere ? [text("files.resume"), () => transfer.resume()] : [text("files.pause"), () => transfer.pause()];
    }
}

export class FolderRow extends Row {
    constructor(folder, transfers, announce) {
        const { files, size } = folder;
        super(folder, transfers, announce, { kind: "folder", hint: [text("folder.files", { count: files }), formatBytes(size)] });
    }

    stateText(speed) {
        return folderText(this.transfer, speed);
    }

    accept() {
        return acceptFolder(this.transfer);
    }

    actions() {
        const { state, direction } = this.transfer;
        return state === "offered" && direction === "in" ? this.accepting : [this.cancelling];
    }
}

/** application/octet-stream says nothing about a file, so it is not shown. */
function knownType({ type }) {
    return type === "application/octet-stream" ? "" : peerText(type);
}
