// A pair of data channels in memory, for the tests of files.

import { setImmediate } from "node:timers/promises";

import { Port } from "./files.js";

/** One end. What is sent waits in `bufferedAmount` until the event loop comes round. */
class MemoryChannel extends EventTarget {
    readyState = "open";
    bufferedAmount = 0;
    bufferedAmountLowThreshold = 0;
    /** The most that `bufferedAmount` ever was. */
    highest = 0;
    /** A test's hand in a message on its way: gets the data, gives what arrives. */
    alter = (data) => data;
    #queue = [];

    send(data) {
        if (this.readyState !== "open") throw new Error("the channel is closed");
        this.#queue.push(typeof data === "string" ? data : data.slice().buffer);
        this.bufferedAmount += data.length;
        this.highest = Math.max(this.highest, this.bufferedAmount);
    }

    deliverTo(other) {
        const before = this.bufferedAmount;
        for (const data of this.#queue.splice(0)) {
            this.bufferedAmount -= data.length ?? data.byteLength;
            if (other.readyState !== "open") continue;
            other.dispatchEvent(Object.assign(new Event("message"), { data: this.alter(data) }));
        }
        if (before > this.bufferedAmountLowThreshold) this.dispatchEvent(new Event("bufferedamountlow"));
    }

    close() {
        this.shut();
    }

    shut() {
        this.readyState = "closed";
        this.dispatchEvent(new Event("close"));
    }
}

/** Two channels that talk to each other while `until` waits. */
export function connectedChannels() {
    const channels = [new MemoryChannel(), new MemoryChannel()];
    const round = async () => {
        await setImmediate();
        channels[0].deliverTo(channels[1]);
        channels[1].deliverTo(channels[0]);
    };
    /** Lets messages flow until a condition holds. */
    const until = async (isTrue) => {
        for (let rounds = 0; !isTrue(); rounds += 1) {
            if (rounds === 10_000) throw new Error(`never came true: ${isTrue}`);
            await round();
        }
    };
    /** Lets everything happen that can happen without a cause from outside. */
    const settle = async () => {
        for (let rounds = 0; rounds < 100; rounds += 1) await round();
    };
    return { channels, until, settle };
}

/** ... with a port at each. */
export function connectedPorts(maxMessageSize, furtherKinds) {
    const network = connectedChannels();
    return { ...network, ports: network.channels.map((channel) => new Port(channel, maxMessageSize, furtherKinds)) };
}
