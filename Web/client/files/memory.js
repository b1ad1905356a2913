// What outlives a channel, for an hour: keys of those it was shared with, files that were cut on the way out, and beginnings of files that
// were cut on the way in.

import { openAgain, removePrivateFile } from "./saving.js";
import { MAX_OPEN, MAX_PROOFS } from "./wire.js";

export const LIFETIME_MS = 60 * 60 * 1000;
/** How often at most the hour begins anew while a channel is used. */
const TOUCH_MS = 60 * 1000;
const MAX_RECORDS = MAX_OPEN;
/** Of the beginnings that are kept in memory. */
const MAX_HELD = 1e9;
const ENTRY = "nt-files";
const RETRY_MS = 1000;

export class TransferMemory {
    #storage;
    #now;
    /** {key, until}, the newest first. */
    #keys = [];
    /** {key, until, ...}: either a file that goes out, or one that comes in, or a folder. */
    #records = [];
    #timer;

    /** Keys, and beginnings of files that are in private storage, outlive a reload in `storage`, which is like sessionStorage. */
    constructor({ storage = null, now = () => Date.now() } = {}) {
        this.#storage = storage;
        this.#now = now;
        this.#load();
        this.clean();
    }

    keys() {
        this.clean();
        return this.#keys.map(({ key }) => key);
    }

    /** A channel with this key has begun. */
    meet(key) {
        this.#keys = [{ key, until: this.#now() + LIFETIME_MS }, ...this.#keys].slice(0, MAX_PROOFS);
        this.#save();
    }

    /** The channel with this key is in use. */
    touch(key) {
        const known = this.#keys.find((one) => one.key === key);
        if (known === undefined || known.until > this.#now() + LIFETIME_MS - TOUCH_MS) return;
        for (const one of [known, ...this.#records.filter((record) => record.key === key)]) one.until = this.#now() + LIFETIME_MS;
        this.#save();
    }

    /** Keeps a record of one who has this key, `{about, …}` with what is needed to go on: `file` of an outgoing file; `rest`, a promise, or
     *  `entry`, a name in private storage, of an incoming one; `entries` or `place` of a folder. One that `isLive` is under
     *  way still: it is there for a reload alone. Returns what forget() takes. */
    keep(key, what) {
        const record = { ...what, key, until: this.#now() + LIFETIME_MS };
        this.#records.push(record);
        for (;;) {
            const areTooMany = this.#records.length > MAX_RECORDS;
            if (!areTooMany && this.#held <= MAX_HELD) break;
            const oldest = this.#records.find(({ held, isLive }) => !isLive && (areTooMany || held > 0));
            if (oldest === undefined) break;
            this.#drop(oldest);
        }
        this.#save();
        return record;
    }

    /** Takes out those of somebody with one of these keys that fit. What they hold is the caller's now. */
    take(keys, fits) {
        this.clean();
        const taken = this.#records.filter((record) => !record.isLive && keys.includes(record.key) && fits(record));
        this.#forgetAll(taken);
        return taken;
    }

    /** Takes out the one with the lowest `[first, then]` of `distance(record)`; undefined if none fits. */
    takeBest(keys, fits, distance) {
        this.clean();
        const fitting = this.#records.filter((record) => keys.includes(record.key) && fits(record));
        const [best] = fitting.map((record) => ({ record, far: distance(record) }))
            .sort((one, other) => one.far[0] - other.far[0] || one.far[1] - other.far[1]);
        if (best !== undefined) this.#forgetAll([best.record]);
        return best?.record;
    }

    /** It is not needed any more; what it holds is left alone. */
    release(record) {
        this.#forgetAll([record]);
    }

    /** Whoever has this key is not to be known again, and gets nothing of what was cut. */
    forgetKey(key) {
        this.#keys = this.#keys.filter((one) => one.key !== key);
        // What is under way ends with its channel.
        for (const record of this.#records.filter((one) => one.key === key && !one.isLive)) this.#drop(record);
        this.#forgetAll(this.#records.filter((one) => one.key === key));
    }

    /** Removes it with all that it holds. */
    forget(record) {
        if (this.#records.includes(record)) this.#drop(record);
        this.#save();
    }

    /** Removes what is too old. */
    clean() {
        const now = this.#now();
        const isOld = ({ until }) => until <= now;
        if (this.#keys.some(isOld)) this.#keys = this.#keys.filter((one) => !isOld(one));
        for (const record of this.#records.filter(isOld)) {
            if (record.isLive) record.until = now + LIFETIME_MS;
            else this.#drop(record);
        }
        this.#save();
    }

    get #held() {
        return this.#records.reduce((sum, { held = 0 }) => sum + held, 0);
    }

    #forgetAll(records) {
        this.#records = this.#records.filter((record) => !records.includes(record));
        this.#save();
    }

    #drop(record) {
        this.#records = this.#records.filter((other) => other !== record);
        record.dropped?.();
        if (record.rest !== undefined) record.rest.then((rest) => discard(rest));
        else if (record.entry !== undefined) removePrivateFile(record.entry);
    }

    #load() {
        try {
            const { keys, records } = JSON.parse(this.#storage?.getItem(ENTRY) ?? '{"keys":[],"records":[]}');
            if (!Array.isArray(keys) || !Array.isArray(records)) return;
            this.#keys = keys;
            this.#records = records;
        } catch {
            // Written by another version, or not to be read: nothing goes on then.
        }
    }

    #save() {
        clearTimeout(this.#timer);
        const next = Math.min(...[...this.#keys, ...this.#records].map(({ until }) => until));
        if (next < Infinity) {
            this.#timer = setTimeout(() => this.clean(), next - this.#now() + 1);
            // In Node, it would keep the program running.
            this.#timer.unref?.();
        }
        const records = this.#records.filter(({ entry }) => entry !== undefined);
        try {
            this.#storage?.setItem(ENTRY, JSON.stringify({
                keys: this.#keys, records: records.map(({ key, until, about, entry }) => ({ key, until, about, entry })),
            }));
        } catch {
            // Storage that is full or forbidden: a reload ends what is under way, as it would without.
        }
    }
}

/** What tells whether two offers are of the same file. */
export function aboutFile({ name, size, path, modified }) {
    return { name, size, ...(path !== undefined && { path }), ...(modified !== undefined && { modified }) };
}

export function isSame(one, other) {
    return ["name", "size", "path", "modified"].every((member) => one[member] === other[member]);
}

/** The beginning of a file, {sink, from, hash}; null if there is none any more, or if it cannot be opened now. */
export async function restOf(record) {
    if (record.rest !== undefined) return await record.rest.catch(() => null);
    for (let attempt = 0; attempt < 2; attempt += 1) {
        // A page that has just been left may still hold the file.
        if (attempt > 0) await new Promise((resolve) => { setTimeout(resolve, RETRY_MS); });
        try {
            return await openAgain(record.entry, record.about);
        } catch ({ name }) {
            record.isGone = name === "NotFoundError"; // the browser, or the person, has cleaned up
            if (record.isGone) return null;
        }
    }
    return null;
}

export function discard(rest) {
    rest?.hash?.drop();
    rest?.sink.abort();
}
