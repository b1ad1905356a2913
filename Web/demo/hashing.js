// SHA-256 in a worker: a fast transfer would otherwise keep the page's own thread half busy.

/** Started with the page: when the first file comes, the server it is loaded from may be away. Null where it has failed. */
let worker = startWorker();
let lastNumber = 0;
/** Questions without an answer yet. The worker answers in order. */
let waiting = [];

/**
 * A new hash. `update(parts)` takes arrays of bytes, and its promise says when they are hashed, so that a caller who waits for it never
 * has more under way; `hex()` ends it; `drop()` forgets it, also after the end.
 */
export function backgroundHash() {
    lastNumber += 1;
    const number = lastNumber;
    let own = null;
    const ask = (question) => {
        own ??= worker ??= startWorker();
        // Another one knows nothing of the bytes that came before.
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
        // The next question has another one started.
        if (worker === started) worker = null;
        started.terminate();
        const unanswered = waiting;
        waiting = [];
        for (const { reject } of unanswered) reject(new Error(`hashing has failed: ${message ?? "the worker did not start"}`));
    });
    return started;
}
