// Messages of a channel that arrive before its `open`.

/** Chromium dispatches them while the channel is still "connecting". A program that is given the channel as soon as it is open cannot have
 *  listened by then, and they would be lost to it. They are held back, and dispatched once `open` and what follows from it are through, in
 *  their order and before any later one. There is no need for a bound: the browser has made the channel open by then, and only its event is
 *  still to come. */
export function holdEarlyMessages(channel) {
    const held = [];
    const hold = (event) => {
        event.stopImmediatePropagation();
        held.push(event.data);
    };
    const release = () => {
        channel.removeEventListener("message", hold);
        for (const data of held) channel.dispatchEvent(new MessageEvent("message", { data }));
    };
    channel.addEventListener("message", hold);
    // In a task of its own: the program may listen only behind several promises.
    channel.addEventListener("open", () => (held.length === 0 ? release() : setTimeout(release, 0)), { once: true });
}
