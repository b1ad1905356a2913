// The list of transfers on the page: a row for each file, and one for each folder; and what can be done with all that is offered.

import { safeName } from "../client/files.js";

import { acceptAll } from "./accepting.js";
import { byId, element, setText } from "./dom.js";
import { text } from "./text.js";
import { FileRow, FolderRow } from "./transfer-row.js";

let rows = new Map();

/** Shows these transfers instead of earlier ones. `announce` makes a screen reader say a sentence. */
export function showTransfers(transfers, announce) {
    for (const row of rows.values()) row.dispose();
    rows = new Map();
    byId("transfers").replaceChildren();
    const all = new ForAll(transfers);
    const add = (transfer, row) => {
        rows.set(transfer, row);
        byId("transfers").prepend(row.node);
        transfer.addEventListener("change", () => all.draw());
        all.draw();
    };
    transfers.addEventListener("added", ({ detail }) => {
        // A folder's files have no rows of their own: there may be thousands.
        if (detail.folder !== null) return;
        add(detail, new FileRow(detail, transfers, announce));
        if (detail.direction === "in" && !detail.isResuming) announce(text("files.offered", { name: safeName(detail.name) }));
    });
    transfers.addEventListener("folder", ({ detail }) => {
        add(detail, new FolderRow(detail, transfers, announce));
        if (detail.direction === "in") announce(text("folder.offered", { name: safeName(detail.name), count: detail.files }));
    });
    transfers.addEventListener("removed", ({ detail }) => {
        rows.get(detail)?.dispose();
        rows.delete(detail);
        all.draw();
    });
}

/** The buttons for several offers at once. */
class ForAll {
    #transfers;
    #row = byId("transfers-actions");
    #trouble = element("p", { class: "error", role: "alert" });
    #isAccepting = false;

    constructor(transfers) {
        this.#transfers = transfers;
        const accept = element("button", { type: "button", class: "primary", onclick: () => this.#accept() }, text("files.acceptAll"));
        const decline = element("button", { type: "button", onclick: () => this.#decline() }, text("files.declineAll"));
        this.#row.replaceChildren(accept, decline, this.#trouble);
        this.draw();
    }

    get #offered() {
        const isOffered = ({ direction, state, folder, isResuming }) => direction === "in" && state === "offered" && !folder && !isResuming;
        return { files: this.#transfers.all.filter(isOffered), folders: this.#transfers.folders.filter(isOffered) };
    }

    draw() {
        const { files, folders } = this.#offered;
        const isShown = files.length + folders.length > 1;
        if (this.#row.hidden !== isShown) return;
        if (!isShown && this.#row.contains(document.activeElement)) byId("files-title").focus();
        this.#row.hidden = !isShown;
    }

    async #accept() {
        if (this.#isAccepting) return;
        this.#isAccepting = true;
        setText(this.#trouble, "");
        setText(this.#trouble, (await acceptAll(this.#offered)) ?? "");
        this.#isAccepting = false;
    }

    #decline() {
        const { files, folders } = this.#offered;
        for (const offer of [...folders, ...files]) offer.decline();
    }
}
