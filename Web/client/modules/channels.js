// The data channels of a link besides its own: those that either side opens later.

import { holdEarlyMessages } from "./early-messages.js";
import { SignalingError } from "./errors.js";
import { Deferred } from "./promises.js";

/** At a time, of both sides together. More than this a program hardly needs, and the other side shall not make this one keep. */
const MAX_CHANNELS = 256;

export class Channels {
    #connection;
    /** By channel; the promise of its opening is settled for those that the other side has opened. */
    #kept = new Map();

    /** `came` is called with each channel that the other side has opened. */
    constructor(connection, came) {
        this.#connection = connection;
        connection.addEventListener("datachannel", ({ channel }) => {
            if (this.#kept.size >= MAX_CHANNELS) return channel.close();
            this.#keep(channel);
            came(channel);
        });
    }

    get all() { return [...this.#kept.keys()]; }

    /** Resolves in the task in which the channel opens. */
    async open(label, options) {
        if (this.#kept.size >= MAX_CHANNELS) throw new SignalingError("too_many_channels", `${MAX_CHANNELS} channels are open`);
        const channel = this.#connection.createDataChannel(label, options);
        const opened = this.#keep(channel);
        holdEarlyMessages(channel);
        channel.addEventListener("open", () => opened.resolve());
        await opened.promise;
        return channel;
    }

    /** The connection ends, and the channels with it: a browser does not tell those that closes it. */
    end(error) {
        for (const opened of this.#kept.values()) opened.reject(error);
        this.#kept.clear();
    }

    #keep(channel) {
        const opened = new Deferred();
        // Only `open` waits for it.
        opened.promise.catch(() => {});
        this.#kept.set(channel, opened);
        channel.addEventListener("close", () => {
            this.#kept.delete(channel);
            opened.reject(new SignalingError("closed", "the channel was closed"));
        });
        return opened;
    }
}
