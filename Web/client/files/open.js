// Transfers over a link, on a channel of their own.

import { TransferError } from "./errors.js";
import { Port } from "./port.js";
import { Transfers } from "./transfers.js";

/** Channels of links that transfers go over already. */
const channelsInUse = new WeakSet();

/** Side A opens the channel, and side B takes it when it is there. Resolves once both ends have called this: what is offered before the
 *  other end listens would be lost. */
export async function openFiles(link, { label = "files", newHash, memory, signal } = {}) {
    signal?.throwIfAborted();
    if (link.state === "closed") throw new TransferError("closed");
    const isOpener = link.side === "A";
    const waiting = new AbortController();
    const ended = new Promise((_, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason), { signal: waiting.signal });
        link.addEventListener("closed", ({ detail }) => reject(new TransferError("closed", detail.error)), { signal: waiting.signal });
    });
    const unlessEnded = (promise) => Promise.race([ended, promise]);
    const arriving = isOpener ? link.openChannel(label) : arrival(link, label, waiting.signal);
    try {
        const channel = await unlessEnded(arriving);
        const port = new Port(channel, link.peerConnection.sctp?.maxMessageSize);
        const transfers = new Transfers(port, link.side, { newHash, memory, peerConnection: link.peerConnection });
        endWithLink(port, link);
        if (isOpener) await unlessEnded(readiness(port, waiting.signal));
        else {
            await unlessEnded(opening(channel));
            port.sendControl({ kind: "ready" });
        }
        return transfers;
    } catch (error) {
        // Whether it is there already or comes later.
        arriving.then((channel) => channel.close(), () => {});
        throw error;
    } finally {
        waiting.abort();
    }
}

function endWithLink(port, link) {
    const life = new AbortController();
    link.addEventListener("closed", () => port.end(), { signal: life.signal });
    port.addEventListener("closed", () => life.abort());
}

/** The channel that the other side has opened, or will open. */
function arrival(link, label, signal) {
    return new Promise((resolve) => {
        const take = (channel) => {
            if (signal.aborted || channel.label !== label || channelsInUse.has(channel)) return;
            channelsInUse.add(channel);
            resolve(channel);
            return true;
        };
        if (link.channels.some(take)) return;
        const found = new AbortController();
        signal.addEventListener("abort", () => found.abort());
        link.addEventListener("channel", ({ detail }) => take(detail) && found.abort(), { signal: found.signal });
    });
}

function opening(channel) {
    if (channel.readyState === "open") return undefined;
    return new Promise((resolve, reject) => {
        channel.addEventListener("open", resolve, { once: true });
        channel.addEventListener("close", () => reject(new TransferError("closed")), { once: true });
    });
}

function readiness(port, signal) {
    return new Promise((resolve, reject) => {
        port.addEventListener("control", ({ detail }) => detail.kind === "ready" && resolve(), { signal });
        port.addEventListener("closed", () => reject(new TransferError("closed")), { signal });
    });
}
