// What a browser tells about its network; other environments tell nothing.

/** Calls `changed` when the network is back or has become another kind of network, until `signal` is aborted. */
export function watchNetwork(changed, signal) {
    globalThis.addEventListener?.("online", changed, { signal });
    const information = globalThis.navigator?.connection;
    let type = information?.type;
    // The event also comes with each new estimate of speed and round-trip time.
    information?.addEventListener?.("change", () => {
        if (information.type === type) return;
        type = information.type;
        changed();
    }, { signal });
}
