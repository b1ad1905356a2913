// The room that "Try again" comes back to.

import assert from "node:assert/strict";
import test from "node:test";

import * as client from "../../Web/client/signaling.js";
import { endingOf } from "../../Web/demo/endings.js";
import { Room } from "../../Web/demo/room.js";
import { mockMonotonicClock } from "./support/sessions.js";

const PLACE = { appID: "6f1f0a52-7a3c-4a51-9d0c-2f0e8f1b9c34", side: "A", token: "9WRKOUTkN-Oxnzs74zHOOA", session: "kept" };

function room(t) {
    t.mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
    const clock = mockMonotonicClock(t);
    return { room: new Room(), clock };
}

/** The room of somebody whose code the field has read. */
async function whoEntered(text) {
    const made = new Room();
    const { by } = await client.parseCode(text);
    made.given({ text, by });
    made.entered({ ...PLACE, side: "B" });
    return made;
}

test("without a room there is nothing to come back to", (t) => {
    assert.equal(room(t).room.canBeEntered, false);
});

test("who made a code comes back to its room, and shows the code as long as it may be used", (t) => {
    const { room: made, clock } = room(t);
    made.minted({ code: "2802", expiresInMs: 60_000 });
    made.entered(PLACE);
    clock.aheadMs += 50_000;
    assert.deepEqual(made.openCode, { code: "2802", expiresInMs: 10_000 });
    assert.deepEqual(made.options, { ...PLACE, expiresInMs: 10_000 });
    assert.equal(made.canBeEntered, true);
    clock.aheadMs += 10_000;
    assert.deepEqual([made.openCode, made.canBeEntered], [null, false], "nobody can come there any more: a new code is needed");
});

test("once the other side has come, the code is used, and the room is for these two", (t) => {
    const { room: made, clock } = room(t);
    made.minted({ code: "2802", expiresInMs: 60_000 });
    made.entered(PLACE);
    made.met();
    assert.deepEqual([made.openCode, made.options, made.canBeEntered], [null, PLACE, true]);
    clock.aheadMs += 600_000;
    assert.equal(made.canBeEntered, true);
});

test("who has redeemed a code comes back to its room", (t) => {
    const { room: made } = room(t);
    made.entered({ ...PLACE, side: "B" });
    assert.deepEqual([made.options, made.canBeEntered], [{ ...PLACE, side: "B" }, true]);
});

test("words are taken along as long as the two have not met, and nobody comes back without them", async (t) => {
    const { room: made } = room(t);
    const shown = { phrase: "2802-crossword-clockwork", fragment: "2802.q83vEjRWeJCrze8SNFZ4kA" };
    made.minted({ code: "2802", ...shown, expiresInMs: 60_000 });
    made.entered(PLACE);
    assert.deepEqual(made.openCode, { code: "2802", ...shown, expiresInMs: 60_000 });
    assert.deepEqual([made.options.phrase, made.options.fragment, made.canBeEntered], [shown.phrase, shown.fragment, true]);
    made.met();
    assert.equal(made.canBeEntered, false);
    for (const text of ["2802-crossword-clockwork", "2802.q83vEjRWeJCrze8SNFZ4kA"]) {
        const theirs = await whoEntered(text);
        assert.equal(theirs.options.phrase, text);
        theirs.met();
        assert.equal(theirs.canBeEntered, false, text);
    }
});

test("who has entered digits alone comes back, however they were written", async () => {
    for (const text of ["2802", " 28 02", "28–02", "2802#", "https://h.example/#2802"]) {
        const theirs = await whoEntered(text);
        theirs.met();
        assert.deepEqual([theirs.options, theirs.canBeEntered], [{ ...PLACE, side: "B" }, true], text);
    }
});

const NO_ROUTE = new client.NoRouteError("why", [], []);
const ending = (code, options) => endingOf(code === "no_route" ? NO_ROUTE : new client.SignalingError(code, "why"), "B", options);

test("where the room may still live, there is a button for it", () => {
    for (const code of ["no_route", "peer_never_came", "peer_left"]) {
        assert.equal(ending(code, { hasRoom: true }).again, "Try again in this room");
        assert.equal(ending(code, {}).again, null);
    }
    for (const code of ["code_gone", "side_busy", "replaced", "token_refused"]) {
        assert.equal(ending(code, { hasRoom: true }).again, null, code);
    }
    assert.equal(ending("peer_left", { hasRoom: true, wasConnected: true }).again, null, "the other side has ended the connection");
    assert.equal(endingOf(undefined, "A", { hasRoom: true }).again, null);
});

test("who comes back and finds nobody is told that, and offered a new code", () => {
    for (const [code, title] of [
        ["peer_never_came", "The other side did not come back"], ["peer_left", "The other side has left the room"],
        ["token_refused", "The room is gone"], ["side_busy", "The room is taken"],
    ]) {
        const found = ending(code, { hasRoom: true, isComingBack: true });
        assert.deepEqual([found.title, found.next, found.again], [title, "create", null], code);
    }
    assert.match(ending("peer_never_came", { isComingBack: true }).advice, /cannot be used any more\. [^.]*pass it on\.$/);
    for (const code of ["peer_left", "token_refused"]) {
        const unproved = Object.assign(new client.SignalingError(code, "why"), { unproved: true });
        assert.match(endingOf(unproved, "A", { isComingBack: true }).advice, /cannot be used any more\. .*never proved that it has the words/);
    }
});
