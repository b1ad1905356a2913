// What docs/javascript.md shows of files, as a program in TypeScript writes it. Compiled, never run.

import {
    IncomingTransfer, memorySink, NoSpaceError, NotChosenError, openFiles, openPlace, openSink, peerText, Place, Port, removeStaleFiles, safeName,
    savingLimit, Sink, startHashing, startSaving, streamSink, Transfer, TransferError, TransferMemory, Transfers,
} from "../../../Web/client/files.js";
import { PeerLink } from "../../../Web/client/signaling.js";

export async function exchange(link: PeerLink, chosen: File[], signal: AbortSignal): Promise<void> {
    startHashing();
    const files: Transfers = await openFiles(link, { label: "files", signal });
    files.addEventListener("added", ({ detail: transfer }) => {
        if (transfer.direction === "in") void receive(transfer);
        transfer.addEventListener("change", () => console.log(transfer.moved / transfer.size, transfer.isPaused, transfer.state === "moving"));
        // @ts-expect-error a state that there is none of
        console.log(transfer.state === "sent");
    });
    const transfer = files.send(new Blob(["text"]), { name: "a.txt" });
    transfer.pause();
    transfer.resume();
    // @ts-expect-error only who receives a file accepts it
    transfer.accept();
    const left: File[] = files.offer(chosen);
    console.log(left.length, files.isBusy, files.all.map(({ id }: Transfer) => id));
    try {
        await transfer.finished;
    } catch (error) {
        if (error instanceof TransferError) console.log(error.code === "declined");
        // @ts-expect-error a code that there is none of
        if (error instanceof TransferError) console.log(error.code === "lost");
    }
    files.remove(transfer);
    files.close();
}

async function receive(transfer: IncomingTransfer): Promise<void> {
    try {
        transfer.accept(await openSink(transfer));
    } catch (error) {
        if (error instanceof NotChosenError) return transfer.decline();
        if (error instanceof NoSpaceError) console.log(error.limit, savingLimit());
    }
    const saved = await transfer.finished;
    console.log(safeName(transfer.name), peerText(transfer.type), saved?.savedAs, saved?.blob?.size, saved?.url);
    saved?.release?.();
}

const own: Sink = { write: async (parts) => parts.length, close: async () => ({}), abort: async () => {} };
export const sinks: Sink[] = [memorySink("a", 1), streamSink(new WritableStream<Uint8Array>()), own];

export function shared(link: PeerLink): Transfers {
    const port = new Port(link.channel, link.peerConnection.sctp?.maxMessageSize, { chat: { text: (value) => typeof value === "string" } });
    port.addEventListener("control", ({ detail }) => console.log(detail.kind, detail["text"]));
    port.addEventListener("malformed", ({ detail }) => console.log(detail.message));
    port.sendControl({ kind: "chat", text: "hello" });
    link.addEventListener("closed", () => port.end());
    void removeStaleFiles();
    return new Transfers(port, link.side);
}

const memory = new TransferMemory({ storage: sessionStorage });

export function folders(link: PeerLink, chosen: File[]): void {
    const port = new Port(link.channel);
    const files = new Transfers(port, link.side, { memory, peerConnection: link.peerConnection });
    files.addEventListener("folder", async ({ detail: folder }) => {
        console.log(folder.name, folder.files, folder.done, folder.failed, folder.moved / folder.size, folder.isKept);
        if (folder.direction === "in") folder.accept(await openPlace(folder));
        // @ts-expect-error who sends a folder has nothing to accept
        else folder.accept(place);
        await folder.finished;
        files.remove(folder);
    });
    const outgoing = files.sendFolder("photos", chosen.map((file) => ({ file, path: "photos" })));
    outgoing.cancel();
    for (const { modified, path, folder, resumedFrom } of files.all) console.log(modified, path, folder?.name, resumedFrom);
    console.log(files.folders.length);
    startSaving();
}

export const place: Place = { sink: async ({ name, size }) => memorySink(name, size), close: async () => ({ savedAs: "there" }) };
