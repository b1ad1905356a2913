// SHA-256 in a worker: a fast transfer would otherwise keep the page's own thread half busy.

/** Started with the page: when the first file comes, the server that has the script may be away. Null if the worker has failed. */
let worker = startWorker();
let lastNumber = 0;
/** Requests that the worker has not responded to yet. It responds in order. */
let waiting = [];

/**
 * A new hash. `update(parts)` takes arrays of bytes; its promise resolves when they are hashed, so that a caller who waits for it never has
 * more under way. `hex()` ends the hash; `drop()` forgets it, even after the end.
 */
export function backgroundHash() {
    lastNumber += 1;
    const number = lastNumber;
    let own = null;
    const ask = (question) => {
        own ??= worker ??= startWorker();
        // A new worker does not know the bytes that came before.
        if (own !== worker) return Promise.reject(new Error("hashing has failed: the worker was lost"));
        return answerOf(own, question);
    };
    return {
        update: (parts) => ask({ number, parts }),
        hex: async () => (await ask({ number, isEnd: true })).hex,
        drop: () => own?.postMessage({ number, isDropped: true }),
    };
}

function answerOf(worker, question) {
    return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        worker.postMessage(question);
    });
}

function startWorker() {
    const started = new Worker("/demo/hash-worker.js", { type: "module" });
    started.addEventListener("message", ({ data }) => waiting.shift().resolve(data));
    started.addEventListener("error", ({ message }) => {
        // The next request starts a new worker.
        if (worker === started) worker = null;
        started.terminate();
        const unanswered = waiting;
        waiting = [];
        for (const { reject } of unanswered) reject(new Error(`hashing has failed: ${message ?? "the worker did not start"}`));
    });
    return started;
}
