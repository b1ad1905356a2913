// The files of private storage that are being written, each known by a number; in a worker.

export const FOLDER = "received-files";

export class SaveDesk {
    #handles = new Map();

    /** Does what `act` says with the file of this number. The answer has the question's `question`, and `error` if it could not be done.
     *  Nothing else may be asked of a file before the answer. */
    async answer({ question, act, number, ...rest }) {
        try {
            return { question, ...(await this.#acts[act](number, rest)) };
        } catch ({ name, message }) {
            return { question, error: { name, message } };
        }
    }

    #acts = {
        open: async (number, { entry, isNew }) => {
            const root = await navigator.storage.getDirectory();
            const folder = await root.getDirectoryHandle(FOLDER, { create: true });
            const file = await folder.getFileHandle(entry, { create: isNew });
            const handle = await file.createSyncAccessHandle();
            try {
                const size = await handle.getSize();
                this.#handles.set(number, handle);
                return { size };
            } catch (error) {
                // Nobody else could open it otherwise.
                await handle.close();
                throw error;
            }
        },
        write: async (number, { at, bytes }) => {
            const handle = this.#handles.get(number);
            for (let written = 0; written < bytes.length; ) {
                const count = handle.write(bytes.subarray(written), { at: at + written });
                if (count === 0) throw new Error("no more can be written");
                written += count;
            }
            return {};
        },
        read: async (number, { at, length }) => {
            const bytes = new Uint8Array(length);
            const count = this.#handles.get(number).read(bytes, { at });
            if (count < length) throw new Error("less is there than was written");
            return { bytes };
        },
        close: async (number) => {
            const handle = this.#handles.get(number);
            this.#handles.delete(number);
            // In early versions of this interface, both are asynchronous.
            try {
                await handle?.flush();
            } finally {
                await handle?.close();
            }
            return {};
        },
    };
}
