// Promises that are settled from outside, or after a time.

/** A promise with the functions that settle it. */
export class Deferred {
    promise = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
}

/** Waits; rejects with the signal's reason as soon as it is aborted. */
export async function pauseFor(ms, signal) {
    signal?.throwIfAborted();
    const over = new Deferred();
    const stop = () => over.reject(signal.reason);
    const timer = setTimeout(over.resolve, ms);
    signal?.addEventListener("abort", stop);
    try {
        await over.promise;
    } finally {
        clearTimeout(timer);
        signal?.removeEventListener("abort", stop);
    }
}

/** Runs a task and passes it a signal, which is aborted with `signal` or after `ms`. The promise is rejected then, even if the task ignores
 *  its signal. AbortSignal.any would be shorter, and is missing in browsers that are supported. */
export async function within(ms, signal, task) {
    signal?.throwIfAborted();
    const controller = new AbortController();
    const follow = () => controller.abort(signal.reason);
    const timer = setTimeout(() => controller.abort(new DOMException(`no answer within ${ms} ms`, "TimeoutError")), ms);
    const ended = new Promise((_, reject) => controller.signal.addEventListener("abort", () => reject(controller.signal.reason)));
    signal?.addEventListener("abort", follow);
    try {
        return await Promise.race([task(controller.signal), ended]);
    } finally {
        clearTimeout(timer);
        signal?.removeEventListener("abort", follow);
    }
}
