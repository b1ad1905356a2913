// Functions of the program that the client calls.

/** Calls one, if there is one. What it throws is the program's mistake: it is reported as an uncaught error, and the client goes on. What an
 *  async function rejects with is reported by the browser itself. */
export function callSafely(callback, ...values) {
    try {
        callback?.(...values);
    } catch (error) {
        // Node has no reportError.
        if (typeof reportError === "function") reportError(error);
        else queueMicrotask(() => { throw error; });
    }
}
