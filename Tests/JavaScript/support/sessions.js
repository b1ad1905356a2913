// Sessions on fake sockets, on a clock that the test moves.

import { connect } from "./client.js";
import { FakeSocket } from "./fake-socket.js";

export const APP_ID = "6f1f0a52-7a3c-4a51-9d0c-2f0e8f1b9c34";
export const EVENTS = ["open", "paired", "peerleft", "signal", "item", "reconnecting", "refused", "diagnosis", "closed"];

/** A session whose events are recorded, in order, as [type, detail]. */
export function session(t, options = {}, now = 1_000_000) {
    FakeSocket.install(t);
    t.mock.timers.enable({ apis: ["setTimeout", "Date"], now });
    const clock = mockMonotonicClock(t);
    // The longest wait that jitter can draw, so that a test knows it.
    t.mock.method(Math, "random", () => 0.999999);
    const made = connect({ base: "http://server.test", appID: APP_ID, side: "A", ...options });
    t.after(() => made.close());
    return { session: made, events: recorded(made), clock };
}

/** The clock of spans of time goes with the timers of the test, and begins elsewhere than the device's time. It can run on while timers are
 *  held back, as in a page that is suspended. */
export function mockMonotonicClock(t) {
    const clock = { aheadMs: 5_000 };
    t.mock.method(performance, "now", () => Date.now() + clock.aheadMs);
    return clock;
}

export function recorded(made) {
    const events = [];
    for (const type of EVENTS) made.addEventListener(type, ({ detail }) => events.push([type, detail]));
    // Not enumerable, so that the list is still equal to a plain one.
    const of = (type) => events.filter(([name]) => name === type).map(([, detail]) => detail);
    return Object.defineProperty(events, "of", { value: of });
}

/** Lets everything run that waits for nothing but its turn. */
export async function turns() {
    for (let count = 0; count < 3; count += 1) await new Promise(setImmediate);
}

/** Answers of the server to fetch, by path; absent is no answer. */
export function answerRequests(t, answers) {
    const asked = [];
    t.mock.method(globalThis, "fetch", async (url, init) => {
        const { pathname, search } = new URL(url);
        asked.push({ path: pathname, search, ...init });
        const answer = answers[pathname];
        if (answer === undefined) throw new TypeError("fetch failed");
        const { status = 200, headers, body } = answer;
        return new Response(JSON.stringify(body ?? { detail: "why" }), { status, headers });
    });
    return asked;
}
