// pair() on fakes, on a clock that the test moves.

import { pair } from "./client.js";
import { described, FakePeerConnection } from "./fake-peer-connection.js";
import { FakeSocket } from "./fake-socket.js";
import { answerRequests, APP_ID, mockMonotonicClock, turns } from "./sessions.js";

export const NOW = 1_000_000;
export const TOKEN = "9WRKOUTkN-Oxnzs74zHOOA";

/** A pairing whose session is open, and whose promise is told in `outcome`. `served` is what the server's responses have besides the room,
 *  and `answers` are its other ones, by path. */
export async function begun(t, { served = {}, answers = {}, ...options } = {}) {
    FakeSocket.install(t);
    FakePeerConnection.install(t);
    t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: NOW });
    const clock = mockMonotonicClock(t);
    t.mock.method(Math, "random", () => 0.999999);
    const room = { appID: APP_ID, expiresAt: new Date(NOW + 60_000).toISOString(), token: TOKEN, ...served };
    const asked = answerRequests(t, {
        "/rendezvous/code": { body: { code: "2802", ...room } }, "/rendezvous/redeem": { body: room }, ...answers,
    });
    const outcome = {};
    const stages = [];
    const warnings = [];
    const onProgress = (stage, detail) => (detail === undefined ? stages.push(stage) : warnings.push(detail.warning));
    pair({ base: "http://server.test", onProgress, ...options }).then(
        (link) => { outcome.link = link; },
        (error) => { outcome.error = error; },
    );
    await turns();
    t.after(() => outcome.link?.close());
    FakeSocket.last?.welcome();
    return { outcome, stages, warnings, asked, clock, connection: FakePeerConnection.last };
}

/** ... which has made its offer, or answered one. */
export async function negotiating(t, options = {}) {
    const all = await begun(t, options);
    FakeSocket.last.say({ type: "room_full" });
    await turns();
    const type = options.code === undefined ? "answer" : "offer";
    FakeSocket.last.say({ type, sdp: described(type) });
    await turns();
    return all;
}

export async function connected(t, options = {}) {
    const all = await negotiating(t, options);
    all.connection.becomes("connected");
    all.connection.opens();
    await turns();
    const { link } = all.outcome;
    const states = [];
    const ends = [];
    link.addEventListener("statechange", ({ detail }) => states.push(detail));
    link.addEventListener("closed", ({ detail }) => ends.push(detail));
    return { ...all, link, states, ends };
}

export async function pass(t, ms) {
    t.mock.timers.tick(ms);
    await turns();
}

export const typesSent = () => FakeSocket.last.sent.map(({ type }) => type);
/** A side that gives up waits this long for the server's diagnosis. */
export const VERDICT_MS = 1000;
export const reported = () => FakeSocket.last.sentOf("telemetry").map(({ event, mode, reason }) => [event, mode ?? reason]);
