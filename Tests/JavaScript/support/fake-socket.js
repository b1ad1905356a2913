// A WebSocket whose other end is the test.

export class FakeSocket {
    static all = [];

    static get last() {
        return FakeSocket.all.at(-1);
    }

    /** Every socket that the code under test makes from now on is one of these. */
    static install(t) {
        FakeSocket.all = [];
        const real = globalThis.WebSocket;
        globalThis.WebSocket = FakeSocket;
        t.after(() => { globalThis.WebSocket = real; });
    }

    bufferedAmount = 0;
    sent = [];
    closedWith = undefined;

    constructor(url) {
        this.url = new URL(url);
        FakeSocket.all.push(this);
    }

    send(text) {
        this.sent.push(JSON.parse(text));
    }

    close(code = "no code") {
        this.closedWith = code;
    }

    // What the server does

    open() {
        this.onopen?.();
    }

    say(frame) {
        this.onmessage?.({ data: JSON.stringify(frame) });
    }

    end(code, reason = "") {
        this.onclose?.({ code, reason });
    }

    /** Opens, and answers `hello` with a mailbox. */
    welcome(id = "00000000000000a1", deliveredUpTo = 0) {
        this.open();
        this.say({ type: "mailbox", id, deliveredUpTo });
    }

    sentOf(type) {
        return this.sent.filter((frame) => frame.type === type);
    }
}
