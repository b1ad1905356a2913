// The list of transfers on the page.

import { NoSpaceError, NotChosenError, openSink, peerText, safeName } from "../client/files.js";

import { byId, element, setText } from "./dom.js";
import { formatBytes } from "./format.js";
import { SpeedMeter } from "./speed-meter.js";
import { text } from "./text.js";
import { transferText } from "./transfer-words.js";

/** How often progress is drawn; a fast transfer changes a thousand times a second. */
const REDRAW_MS = 250;
/** The browser does not say when it has saved a download, and needs the file until then. */
const RELEASE_AFTER_MS = 10 * 60 * 1000;

let cards = new Map();

/** Shows these transfers instead of earlier ones. `announce` makes a screen reader say a sentence. */
export function showTransfers(transfers, announce) {
    for (const card of cards.values()) card.dispose();
    cards = new Map();
    byId("transfers").replaceChildren();
    transfers.addEventListener("added", ({ detail }) => {
        const card = new Card(detail, transfers, announce);
        cards.set(detail, card);
        byId("transfers").prepend(card.node);
        if (detail.direction === "in") announce(text("files.offered", { name: safeName(detail.name) }));
    });
    transfers.addEventListener("removed", ({ detail }) => {
        cards.get(detail)?.dispose();
        cards.delete(detail);
    });
}

class Card {
    #transfer;
    #transfers;
    #announce;
    #name;
    #meter = new SpeedMeter();
    #timer = null;
    #progress = element("progress", { max: 1 });
    #text = element("p", { class: "state" });
    #trouble = element("p", { class: "error", role: "alert" });
    #buttons = element("div", { class: "row" });
    #shownButtons = "";
    #isAccepting = false;
    #downloadedAt = -Infinity;

    constructor(transfer, transfers, announce) {
        this.#transfer = transfer;
        this.#transfers = transfers;
        this.#announce = announce;
        this.#name = safeName(transfer.name);
        const way = text(transfer.direction === "out" ? "files.out" : "files.in");
        this.#progress.setAttribute("aria-label", text("files.progress", { name: this.#name }));
        this.node = element(
            "li",
            { "data-id": transfer.id, "data-direction": transfer.direction },
            element("p", { class: "file-name" }, this.#name),
            element("p", { class: "hint" }, [way, formatBytes(transfer.size), knownType(transfer)].filter(Boolean).join(" · ")),
            this.#progress,
            this.#text,
            this.#trouble,
            this.#buttons,
        );
        transfer.addEventListener("change", () => this.#changed());
        this.#draw();
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
        this.#announce(text("files.over", { name: this.#name, state: transferText(this.#transfer) }));
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
        setText(this.#text, transferText(transfer, speed));
        this.#drawButtons();
        // Even without a change, the speed falls, and the page has to show it.
        if (transfer.state === "moving") this.#drawSoon();
    }

    /** Buttons are made anew only when they differ; otherwise each redraw would lose the keyboard's focus. */
    #drawButtons() {
        const actions = this.#actions();
        const names = actions.map(([name]) => name).join();
        if (names === this.#shownButtons) return;
        const hadFocus = this.#buttons.contains(document.activeElement);
        this.#shownButtons = names;
        this.#buttons.replaceChildren(
            ...actions.map(([name, act, kind = ""]) =>
                element("button", { type: "button", class: kind, "aria-label": text("files.action", { action: name, name: this.#name }), onclick: act }, name),
            ),
        );
        if (hadFocus) (this.#buttons.firstElementChild ?? byId("files-title")).focus();
    }

    /** What a person can do now. */
    #actions() {
        const transfer = this.#transfer;
        const cancel = [text("button.cancel"), () => transfer.cancel()];
        switch (transfer.state) {
            case "offered":
                if (transfer.direction === "out") return [cancel];
                return [
                    [text("files.accept"), () => this.#accept(), "primary"],
                    [text("files.decline"), () => transfer.decline()],
                ];
            case "moving":
                return [this.#pauseOrResume(), cancel];
            case "waiting":
            case "checking":
                return [cancel];
            default: {
                const remove = [text("files.remove"), () => this.#transfers.remove(transfer)];
                const { saved } = transfer;
                return saved?.url === undefined ? [remove] : [[text("files.save"), () => this.#download(saved), "primary"], remove];
            }
        }
    }

    #pauseOrResume() {
        const transfer = this.#transfer;
        return transfer.pausedHere ? [text("files.resume"), () => transfer.resume()] : [text("files.pause"), () => transfer.pause()];
    }

    async #accept() {
        // The dialog may be open already.
        if (this.#isAccepting) return;
        this.#isAccepting = true;
        setText(this.#trouble, "");
        try {
            this.#transfer.accept(await openSink(this.#transfer));
        } catch (error) {
            if (!(error instanceof NotChosenError)) setText(this.#trouble, acceptTrouble(error));
        } finally {
            this.#isAccepting = false;
        }
    }
}

/** application/octet-stream says nothing about a file, so it is not shown. */
function knownType({ type }) {
    return type === "application/octet-stream" ? "" : peerText(type);
}

function acceptTrouble(error) {
    if (!(error instanceof NoSpaceError)) return text("files.unsaved", { reason: error.message });
    return text("files.noSpace", { size: formatBytes(error.limit) });
}
