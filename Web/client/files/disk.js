// Private storage, written by a worker.

/** The worker that all files share, and the numbers of the newest question and the newest file. */
const savings = { worker: undefined, question: 0, file: 0 };

/** Starts the worker, if there is none. A page may do it early, while the server that has the script is there. */
export function startSaving() {
    savings.worker ??= canSave() ? new SavingWorker() : null;
}

function canSave() {
    return globalThis.isSecureContext === true && globalThis.Worker !== undefined && navigator.storage?.getDirectory !== undefined;
}

/** Opens a file of private storage: {size, write(at, bytes), read(at, length), close()}. Rejects where this browser cannot. */
export async function openPrivateFile(entry, isNew) {
    startSaving();
    if (savings.worker === null) throw new Error("there is no private storage");
    savings.file += 1;
    const number = savings.file;
    const { worker } = savings;
    const ask = (act, rest = {}, moved = []) => worker.ask({ act, number, ...rest }, moved);
    const { size } = await ask("open", { entry, isNew });
    return {
        size,
        write: (at, bytes) => ask("write", { at, bytes }, [bytes.buffer]),
        read: async (at, length) => (await ask("read", { at, length })).bytes,
        close: () => ask("close"),
    };
}

class SavingWorker {
    #worker;
    #failure;
    /** By the number of the question. */
    #unanswered = new Map();

    constructor() {
        try {
            // In this form, tools that put modules together find the script and take it along.
            this.#worker = new Worker(new URL("../save-worker.js", import.meta.url), { type: "module" });
        } catch (error) {
            this.#failure = error;
            return;
        }
        this.#worker.addEventListener("message", ({ data: { question, error, ...answer } }) => {
            const { resolve, reject } = this.#unanswered.get(question);
            this.#unanswered.delete(question);
            if (error === undefined) resolve(answer);
            else reject(Object.assign(new Error(error.message), { name: error.name }));
        });
        this.#worker.addEventListener("error", ({ message }) => {
            this.#failure = new Error(`saving has failed: ${message ?? "the worker did not start"}`);
            this.#worker.terminate();
            for (const { reject } of this.#unanswered.values()) reject(this.#failure);
            this.#unanswered.clear();
            // The next file may find the server that has the script.
            if (savings.worker === this) savings.worker = undefined;
        });
    }

    ask(what, moved) {
        if (this.#failure !== undefined) return Promise.reject(this.#failure);
        return new Promise((resolve, reject) => {
            savings.question += 1;
            this.#unanswered.set(savings.question, { resolve, reject });
            this.#worker.postMessage({ ...what, question: savings.question }, moved);
        });
    }
}
