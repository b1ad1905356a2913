// A room of the server with two sides, whose frames can be lost, whose connections can break, and whose operator can be dishonest.

import { Clock } from "./clock.js";
import { seeded } from "./module.js";
import { PlayedSide } from "./side.js";

export const APP_ID = "6f1f0a52-7a3c-4a51-9d0c-2f0e8f1b9c34";
export const WORDS = { by: "words", secret: "crossword-clockwork" };
export const LINK = { by: "link", secret: "q83vEjRWeJCrze8SNFZ4kA" };
const DELAY_MS = 10;
/** ICE fails after this time where the two have descriptions that do not belong together, and A restarts it. */
const ICE_FAILS_MS = 15_000;

export class Room {
    clock;
    sides = {};
    /** Frames that were sent, in their order: `{ from, frame }`. */
    relayed = [];
    #connected = { A: false, B: false };
    /** Connections that are dead without anybody knowing. */
    #dead = { A: false, B: false };
    #relay;

    /** `relay(from, frame, number)` returns what arrives instead: a list of `{ to, frame }`, undefined for the honest one. Frames are
     *  counted from 0. `secrets` by side, `appID` of the room. */
    constructor(m, { secrets = {}, appID = APP_ID, appIDs = {}, relay = () => undefined, seed = 1, clock = new Clock(), spent = {}, name = "" } = {}) {
        this.clock = clock;
        this.#relay = relay;
        for (const [index, side] of ["A", "B"].entries()) {
            const machine = new m.VerifiedPairing({
                side, appID: appIDs[side] ?? appID, secrets: secrets[side] ?? [WORDS], spent: spent[side] ?? new Set(),
                random: seeded(seed * 2 + index),
            });
            this.sides[side] = new PlayedSide(machine, side, clock, (frame) => this.#pass(side, frame), name + side);
        }
    }

    /** Connects a side; when both are there, both are told. Of a dead connection, a new one takes the place. */
    join(side) {
        this.#connected[side] = true;
        this.#dead[side] = false;
        if (this.#connected.A && this.#connected.B) for (const each of ["A", "B"]) this.#tell(each, () => this.sides[each].connected(this.hasLink));
    }

    /** A connection breaks, and everybody knows. */
    leave(side) {
        const other = side === "A" ? "B" : "A";
        this.#connected[side] = false;
        this.sides[side].disconnected();
        if (this.#connected[other]) this.#tell(other, () => this.sides[other].disconnected());
    }

    /** A connection breaks, and nobody knows. */
    die(side) {
        this.#dead[side] = true;
    }

    deliver(to, frame) {
        const text = JSON.stringify(frame);
        this.#tell(to, () => this.sides[to].receive(JSON.parse(text)));
    }

    /** Each side has applied what the other one has. */
    get hasLink() {
        const { A, B } = this.sides;
        return A.isAgreed && B.isAgreed && A.remote === B.local && B.remote === A.local;
    }

    start() {
        this.join("A");
        this.join("B");
        this.#lookAtIce();
        return this;
    }

    run(ms = 120_000) {
        this.clock.runFor(ms);
        return this;
    }

    #lookAtIce() {
        this.clock.after(ICE_FAILS_MS, () => {
            if (!this.hasLink) this.sides.A.restart();
            this.#lookAtIce();
        });
    }

    #pass(from, frame) {
        const to = from === "A" ? "B" : "A";
        if (!this.#connected[from] || this.#dead[from]) return;
        const number = this.relayed.push({ from, frame: JSON.parse(JSON.stringify(frame)) }) - 1;
        for (const { to: side, frame: changed } of this.#relay(from, this.relayed[number].frame, number) ?? [{ to, frame }]) {
            this.deliver(side, changed);
        }
    }

    #tell(to, action) {
        this.clock.after(DELAY_MS, () => this.#connected[to] && !this.#dead[to] && action());
    }
}
