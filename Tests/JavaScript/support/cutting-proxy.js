// A TCP proxy that can cut what goes through it, also in the midst of a frame.

import net from "node:net";

export class CuttingProxy {
    static async start(t, target) {
        const proxy = new CuttingProxy(target);
        t.after(() => proxy.stop());
        await new Promise((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
        return proxy;
    }

    #server;
    #links = new Set();
    #held = false;
    /** Bytes that still go through before all links are cut. */
    #budget = Infinity;

    constructor(target) {
        this.#server = net.createServer((client) => {
            const upstream = net.connect(target, "127.0.0.1");
            const link = { client, upstream };
            this.#links.add(link);
            for (const [source, sink] of [[client, upstream], [upstream, client]]) {
                source.on("data", (bytes) => this.#pass(bytes, sink));
                source.on("error", () => {});
                source.on("close", () => this.#cut(link));
            }
        });
    }

    get url() {
        return `http://127.0.0.1:${this.#server.address().port}`;
    }

    /** Ends all connections once this many more bytes have gone through, in whichever direction. */
    cutAfter(bytes) {
        this.#budget = bytes;
        if (bytes === 0) this.#cutAll();
    }

    /** From now on nothing arrives, and neither end is told. */
    hold() {
        this.#held = true;
    }

    stop() {
        this.#cutAll();
        this.#server.close();
    }

    #pass(bytes, sink) {
        if (this.#held) return;
        sink.write(bytes.subarray(0, this.#budget));
        this.#budget -= bytes.length;
        if (this.#budget <= 0) this.#cutAll();
    }

    #cutAll() {
        this.#budget = Infinity;
        for (const link of this.#links) this.#cut(link);
    }

    #cut(link) {
        this.#links.delete(link);
        // Not resetAndDestroy: Node 24 counts such a socket as open for ever, and then spins when it should exit.
        for (const end of [link.client, link.upstream]) end.destroy();
    }
}
