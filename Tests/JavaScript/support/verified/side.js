// One side of a pairing: the machine, and a negotiation that does what that of the client does, on descriptions that are only texts.

/** As in Web/client/modules/negotiation.js. */
const ANSWER_LIMIT_MS = 5_000;

export class PlayedSide {
    /** Every description that this side has made, as "type text". */
    made = new Set();
    /** Every description of the other side that was applied here: `{ type, sdp }`. */
    applied = [];
    ending;
    forged = 0;
    /** What it has sent. */
    sent = [];
    local;
    remote;
    #machine;
    #clock;
    #send;
    #side;
    #name;
    #isPresent = false;
    #hasBegun = false;
    #hasLocalOffer = false;
    #offerID = 0;
    #count = 0;
    #timers = new Map();
    #answerLimitMs = ANSWER_LIMIT_MS;

    constructor(machine, side, clock, send, name = side) {
        this.#machine = machine;
        this.#side = side;
        this.#clock = clock;
        this.#send = send;
        this.#name = name;
    }

    get machine() { return this.#machine; }
    get isProved() { return this.#machine.isProved; }
    /** Both descriptions are applied, so ICE and DTLS can begin. */
    get isAgreed() { return this.local !== undefined && this.remote !== undefined && !this.#hasLocalOffer; }

    /** `room_full`. A link that stands needs nothing. */
    connected(hasLink) {
        this.#isPresent = true;
        const wasProved = this.#machine.isProved;
        this.#follow(this.#machine.connected());
        if (!wasProved || hasLink) return;
        if (!this.#hasLocalOffer && this.remote !== undefined) this.restart();
        else this.#offer();
    }

    /** `peer_left`, or the own connection is lost. */
    disconnected() {
        this.#isPresent = false;
        this.#machine.disconnected();
    }

    receive(frame) {
        this.#follow(this.#machine.receive(frame));
    }

    /** A new ICE generation, or new media. */
    restart() {
        if (this.#machine.isProved) this.#offer();
    }

    #follow(steps) {
        for (const step of steps) {
            if (step.send) this.#tell(step.send);
            else if (step.offer) this.#begin();
            else if (step.apply) this.#apply(step.apply);
            else if (step.timer) this.#start(step.timer, step.ms, () => this.#follow(this.#machine.elapsed(step.timer)));
            else if (step.forged) this.forged = step.forged;
            else if (step.end) this.ending = step.end;
            else if (!step.proved) throw new Error(`no such step: ${JSON.stringify(step)}`);
        }
    }

    #begin() {
        if (this.#side === "B") throw new Error("B makes no first offer");
        this.#hasBegun = true;
        this.#offer();
    }

    #offer() {
        if (!this.#hasBegun || !this.#isPresent || this.ending) return;
        if (!this.#hasLocalOffer) {
            this.#offerID += 1;
            this.#hasLocalOffer = true;
            this.#describe("offer");
        }
        this.#tell(this.#machine.seal("offer", this.#offerID, this.local));
        this.#start("answer", this.#answerLimitMs, () => {
            this.#answerLimitMs *= 2;
            if (this.#hasLocalOffer) this.#offer();
        });
    }

    #apply({ type, sdp, id }) {
        if (type === "offer") {
            if (this.#hasLocalOffer && this.#side === "A") return;
            // The same offer again is answered by the same words.
            if (sdp !== this.remote || this.#hasLocalOffer) {
                this.#remember(type, sdp);
                this.#describe("answer");
            }
            this.#hasLocalOffer = false;
            this.#hasBegun = true;
            this.#tell(this.#machine.seal("answer", id, this.local));
        } else if (this.#hasLocalOffer && id === this.#offerID) {
            this.#hasLocalOffer = false;
            this.#answerLimitMs = ANSWER_LIMIT_MS;
            this.#remember(type, sdp);
        }
    }

    #remember(type, sdp) {
        this.remote = sdp;
        this.applied.push({ type, sdp });
    }

    #describe(type) {
        this.#count += 1;
        this.local = `v=0\r\no=- ${this.#count} 2 IN IP4 127.0.0.1\r\ns=${this.#name}\r\na=fingerprint:sha-256 ${this.#name}\r\n`;
        this.made.add(`${type} ${this.local}`);
    }

    /** Without a connection nothing is kept for later. */
    #tell(frame) {
        this.sent.push(frame);
        this.#send(frame);
    }

    #start(name, ms, action) {
        this.#timers.get(name)?.();
        this.#timers.set(name, this.#clock.after(ms, () => this.ending === undefined && action()));
    }
}
