// Functions of the program that throw, reject, or end the attempt: nothing of the client breaks.

import assert from "node:assert/strict";
import test from "node:test";
import { described } from "./support/fake-peer-connection.js";
import { FakeSocket } from "./support/fake-socket.js";
import { begun, connected, negotiating, pass, reported, VERDICT_MS } from "./support/pairings.js";
import { session, turns } from "./support/sessions.js";

/** What is reported as uncaught, as in a browser. */
function uncaught(t) {
    const errors = [];
    globalThis.reportError = (error) => errors.push(error.message);
    t.after(() => { delete globalThis.reportError; });
    return errors;
}

const thrower = (text) => () => { throw new Error(text); };

test("a pairing whose functions all throw comes about, and each error is reported", async (t) => {
    const errors = uncaught(t);
    const functions = { onProgress: thrower("progress"), onCode: thrower("code"), onSession: thrower("session"), onRoom: thrower("room") };
    const { link } = await connected(t, functions);
    assert.equal(link.state, "connected");
    assert.deepEqual(reported(), [["ice-connected", undefined]]);
    assert.deepEqual(errors, ["progress", "room", "code", "session", "progress", "progress", "progress"]);
});

test("an attempt whose functions all throw ends as any other, and leaves no connection behind", async (t) => {
    uncaught(t);
    const { outcome, connection } = await negotiating(t, { onProgress: thrower("progress"), onSession: thrower("session") });
    connection.finds(null);
    await pass(t, 45_000);
    await pass(t, VERDICT_MS);
    assert.equal(outcome.error.code, "no_route");
    assert.equal(FakeSocket.last.closedWith, 1000);
    assert.equal(connection.signalingState, "closed");
});

test("without reportError it is an uncaught error of the process", async (t) => {
    const caught = new Promise((resolve) => {
        const listeners = process.listeners("uncaughtException");
        process.removeAllListeners("uncaughtException");
        process.once("uncaughtException", (error) => {
            for (const listener of listeners) process.on("uncaughtException", listener);
            resolve(error.message);
        });
    });
    const { outcome } = await begun(t, { onSession: thrower("session") });
    assert.equal(await caught, "session");
    assert.equal(outcome.error, undefined);
});

test("what is no function is reported too", async (t) => {
    const errors = uncaught(t);
    const { link } = await connected(t, { onSession: "soon" });
    assert.equal(link.state, "connected");
    assert.equal(errors.length, 1);
});

for (const name of ["onSession", "onProgress", "onCode", "onRoom"]) {
    for (const stage of name === "onProgress" ? ["code", "waiting", "negotiating"] : [undefined]) {
        test(`a program may abort in ${name} ${stage ?? ""}`, async (t) => {
            const controller = new AbortController();
            const onEach = (told) => (stage === undefined || told === stage) && controller.abort(new Error("enough"));
            const { outcome, connection } = await begun(t, { signal: controller.signal, [name]: onEach });
            FakeSocket.last?.say({ type: "room_full" });
            await turns();
            assert.equal(outcome.error?.message, "enough");
            assert.ok(FakeSocket.all.every(({ closedWith }) => closedWith !== undefined));
            assert.equal(connection.signalingState, "closed");
            const count = FakeSocket.all.length;
            await pass(t, 600_000);
            assert.equal(FakeSocket.all.length, count, "nothing goes on");
        });
    }
}

test("a program may close the session in onSession", async (t) => {
    const { outcome } = await begun(t, { onSession: (opened) => opened.close() });
    assert.notEqual(outcome.error, undefined);
    assert.equal(FakeSocket.last.closedWith, 1000);
});

test("a session's listeners that throw do not keep it from going on", async (t) => {
    const errors = [];
    const listeners = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    process.on("uncaughtException", (error) => errors.push(error.message));
    t.after(() => {
        process.removeAllListeners("uncaughtException");
        for (const listener of listeners) process.on("uncaughtException", listener);
    });
    const { session: made, events } = session(t);
    for (const type of ["open", "paired", "item", "signal"]) made.addEventListener(type, thrower(type));
    FakeSocket.last.welcome();
    FakeSocket.last.say({ type: "room_full" });
    FakeSocket.last.say({ type: "deliver", seq: 1, payload: 1 });
    FakeSocket.last.say({ type: "offer", sdp: described("offer") });
    await turns();
    assert.deepEqual(events.map(([type]) => type), ["open", "paired", "item", "signal"]);
    t.mock.timers.tick(20);
    assert.deepEqual(FakeSocket.last.sentOf("delivered"), [{ type: "delivered", upTo: 1 }]);
    assert.deepEqual(errors, ["open", "paired", "item", "signal"]);
});
