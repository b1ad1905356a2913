// An RTCPeerConnection that the program passes, where the environment has none.

import assert from "node:assert/strict";
import test from "node:test";
import { pair } from "./support/client.js";
import { FakePeerConnection } from "./support/fake-peer-connection.js";
import { FakeSocket } from "./support/fake-socket.js";
import { begun } from "./support/pairings.js";
import { turns } from "./support/sessions.js";

/** A class of the program's own, whose instances are counted. */
function ownClass() {
    const made = [];
    const rtc = class extends FakePeerConnection {
        constructor(configuration) {
            super(configuration);
            made.push(configuration);
        }
    };
    return { rtc, made };
}

function withoutOwn(t) {
    const before = globalThis.RTCPeerConnection;
    t.after(() => { globalThis.RTCPeerConnection = before; });
    delete globalThis.RTCPeerConnection;
}

for (const code of [undefined, "2802"]) {
    test(`it is used instead of the environment's: ${code === undefined ? "A" : "B"}`, async (t) => {
        const { rtc, made } = ownClass();
        const { connection, outcome } = await begun(t, { code, rtc });
        assert.ok(connection instanceof rtc);
        assert.equal(made.length, 1);
        withoutOwn(t);
        FakeSocket.last.say({ type: "room_full" });
        await turns();
        connection.becomes("connected");
        connection.opens();
        await turns();
        assert.equal(outcome.link.peerConnection, connection);
    });
}

test("without one, and none in the environment, nothing is asked of the server", async (t) => {
    withoutOwn(t);
    const fetched = t.mock.method(globalThis, "fetch", async () => new Response());
    await assert.rejects(pair({ base: "http://server.test" }), { code: "unsupported" });
    assert.equal(fetched.mock.callCount(), 0);
});

test("it is asked which of the server's STUN and TURN servers it takes", async (t) => {
    t.mock.method(console, "warn", () => {});
    const { rtc, made } = ownClass();
    const iceServers = [{ urls: "stun:refused" }, { urls: "stun:taken.test" }];
    const { connection } = await begun(t, { rtc, served: { iceServers } });
    assert.ok(connection instanceof rtc);
    assert.deepEqual(connection.getConfiguration().iceServers, [{ urls: "stun:taken.test" }]);
    // None, the one that is taken alone, and the one that is used; the refused ones did not come about.
    assert.deepEqual(made.map(({ iceServers: servers }) => servers.length), [0, 1, 1]);
});
