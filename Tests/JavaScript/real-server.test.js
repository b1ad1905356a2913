// The client against the server itself, from which it comes: the one file, not the modules.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import test from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { CuttingProxy } from "./support/cutting-proxy.js";
import { skipUnless } from "./support/needs.js";
import { servedClient } from "./support/served-client.js";
import { Server, skipWithoutServer } from "./support/server.js";
import { next } from "./support/waiting.js";

const skip = skipWithoutServer || skipUnless(typeof WebSocket === "function", "needs Node 22 or newer, which has WebSockets");
const { connect, createCode, redeemCode } = skip ? {} : await import(pathToFileURL(join(await servedClient(), "signaling.js")).href);

/** A session that is open. */
async function opened(t, base, appID, side, options = {}) {
    const session = connected(t, base, appID, side, options);
    await next(session, "open");
    return session;
}

function connected(t, base, appID, side, options = {}) {
    const session = connect({ base, appID, side, ...options });
    t.after(() => session.close());
    return session;
}

/** Both sides of a room, open, and paired. */
async function bothSides(t, base, appID = randomUUID()) {
    const [a, b] = [connected(t, base, appID, "A"), connected(t, base, appID, "B")];
    await Promise.all([next(a, "paired"), next(b, "paired")]);
    return [a, b];
}

test("codes", { skip }, async (t) => {
    const { url } = await Server.start(t, { REDEEM_FAILURES_PER_MIN: "2" });
    const minted = await createCode(url, { ttl: 60 });
    assert.match(minted.code, /^[0-9]{4}$/);
    assert.ok(Math.abs(minted.expiresAt.getTime() - Date.now() - 60_000) < 5_000);
    assert.ok(minted.expiresInMs > 55_000 && minted.expiresInMs <= 60_000, String(minted.expiresInMs));
    const { token, expiresInMs, ...room } = await redeemCode(url, minted.code);
    assert.deepEqual(room, { appID: minted.appID, expiresAt: minted.expiresAt });
    assert.ok(expiresInMs > 50_000 && expiresInMs <= minted.expiresInMs, String(expiresInMs));
    for (const text of [token, minted.token]) assert.match(text, /^[\w-]{22}$/);
    assert.notEqual(token, minted.token);
    await assert.rejects(redeemCode(url, minted.code), { code: "code_gone" });

    const short = await createCode(url, { ttl: 0.05 });
    await delay(100);
    await assert.rejects(redeemCode(url, short.code), { code: "code_gone" });

    await assert.rejects(redeemCode(url, "2802"), ({ code, retryAfterMs }) => code === "too_many_guesses" && retryAfterMs > 20_000);
});

test("a side that was opened with its token is for nobody else", { skip }, async (t) => {
    const { url } = await Server.start(t);
    const { appID, token } = await createCode(url);
    await opened(t, url, appID, "A", { session: "mine", token });
    assert.equal((await next(connected(t, url, appID, "A", { session: "mine" }), "closed")).error.code, "side_busy");
    await opened(t, url, appID, "A", { session: "mine", token });
});

test("a server of codes alone lets nobody in without a token", { skip }, async (t) => {
    const { url } = await Server.start(t, { ROOMS: "minted" });
    const { appID, code, token } = await createCode(url);
    assert.equal((await next(connected(t, url, appID, "A"), "closed")).error.code, "token_refused");
    await opened(t, url, appID, "A", { token });
    await opened(t, url, appID, "B", { token: (await redeemCode(url, code)).token });
});

test("limits on requests and connections", { skip }, async (t) => {
    const { url } = await Server.start(t, { HTTP_RATE_PER_MIN: "1", WS_RATE_PER_MIN: "1" });
    const { appID } = await createCode(url);
    await assert.rejects(createCode(url), ({ code, retryAfterMs }) => code === "rate_limited" && retryAfterMs > 50_000);
    await opened(t, url, appID, "A");
    const { reason, delayMs } = await next(connected(t, url, appID, "B"), "reconnecting");
    assert.equal(reason.code, "rate_limited");
    assert.ok(delayMs > 50_000);
});

test("a server that is full", { skip }, async (t) => {
    const { url } = await Server.start(t, { MAX_CONNECTIONS: "1" });
    await opened(t, url, randomUUID(), "A");
    const { reason, delayMs } = await next(connected(t, url, randomUUID(), "A"), "reconnecting");
    assert.deepEqual([reason.code, reason.retryAfterMs], ["server_full", 10_000]);
    assert.ok(delayMs >= 10_000);
});

test("a server that is not there", { skip }, async (t) => {
    const server = await Server.start(t);
    await server.kill();
    await assert.rejects(createCode(server.url), { code: "server_unreachable" });
    const session = connected(t, server.url, randomUUID(), "A", { giveUpAfterMs: 300 });
    assert.equal((await next(session, "closed")).error.code, "server_unreachable");
});

test("signals and presence", { skip }, async (t) => {
    const { url } = await Server.start(t);
    const [a, b] = await bothSides(t, url);
    const [atB, atA] = [next(b, "signal"), next(a, "signal")];
    a.signal({ type: "offer", sdp: { type: "offer", sdp: "v=0\r\n" } });
    b.signal({ type: "ice", candidate: null });
    assert.deepEqual(await atB, { type: "offer", sdp: { type: "offer", sdp: "v=0\r\n" } });
    assert.deepEqual(await atA, { type: "ice", candidate: null });
    b.close();
    await next(a, "peerleft");
    assert.equal(a.peerPresent, false);
});

test("one session a side", { skip }, async (t) => {
    const { url } = await Server.start(t);
    const appID = randomUUID();
    const first = await opened(t, url, appID, "A", { session: "mine" });
    assert.equal((await next(connected(t, url, appID, "A"), "closed")).error.code, "side_busy");
    const replaced = next(first, "closed");
    await opened(t, url, appID, "A", { session: "mine" });
    assert.equal((await replaced).error.code, "replaced");
});

test("refusals of items", { skip }, async (t) => {
    const { url } = await Server.start(t, { MAILBOX_MAX_MESSAGES: "2", WS_MAX_MSG: "1024" });
    const session = await opened(t, url, randomUUID(), "A");
    const outcomes = await Promise.allSettled([1, 2, 3].map((payload) => session.send(payload)));
    assert.deepEqual(outcomes.map(({ reason }) => reason?.code), [undefined, undefined, "mailbox_full"]);
    // A server that takes less than this client was told.
    const closed = next(session, "closed");
    await assert.rejects(session.send("x".repeat(2000)), { code: "message_too_big" });
    assert.equal((await closed).error.code, "message_too_big");
});

test("a server that goes away is come back to when it said", { skip }, async (t) => {
    const server = await Server.start(t);
    const [a, b] = await bothSides(t, server.url);
    const told = Promise.all([a, b].map((session) => next(session, "reconnecting")));
    await server.terminate();
    for (const { reason, delayMs } of await told) {
        assert.equal(reason.code, "server_draining");
        assert.ok(delayMs >= 500 && delayMs <= 2000, String(delayMs));
    }
    const back = Promise.all([next(a, "paired"), next(b, "paired")]);
    await server.start();
    await back;
});

const ITEMS = 1000;
const DROPS = 20;

test(`${ITEMS} items each way over ${DROPS} drops: nothing lost, nothing twice, in order`, { skip }, async (t) => {
    const server = await Server.start(t);
    const proxy = await CuttingProxy.start(t, server.port);
    // No waiting between attempts: the drops are the point, not the delays.
    t.mock.method(Math, "random", () => 0);
    const [a, b] = await bothSides(t, proxy.url);
    let drops = 0;
    let reconnections = 0;
    let received = 0;

    const receive = async (session, take) => {
        const got = [];
        for await (const { payload } of take(session)) {
            got.push(payload);
            received += 1;
            // Each at another place of the stream of bytes: between frames, within one, within the next handshake.
            if (drops < DROPS && received >= (drops + 1) * (2 * ITEMS / (DROPS + 5))) {
                proxy.cutAfter(drops * 37 % 600);
                drops += 1;
            }
            if (got.length === ITEMS) return got;
        }
    };
    const send = async (session) => {
        const sent = [];
        for (let n = 0; n < ITEMS; n += 1) {
            sent.push(session.send({ n, text: "é".repeat(n % 50) }));
            // Not all at once, so that drops find items under way, waiting and not yet sent.
            if (n % 20 === 19) await sent.at(-10);
        }
        await Promise.all(sent);
    };
    for (const session of [a, b]) {
        session.addEventListener("reconnecting", () => { reconnections += 1; });
        session.addEventListener("open", ({ detail }) => assert.ok(detail.resumed));
    }
    const [atA, atB] = await Promise.all([receive(a, (session) => session.items()), receive(b, eachItemEvent), send(a), send(b)]);
    const numbers = Array.from({ length: ITEMS }, (_, n) => n);
    for (const got of [atA, atB]) {
        assert.deepEqual(got.map(({ n }) => n), numbers);
        assert.ok(got.every(({ n, text }) => text.length === n % 50));
    }
    assert.equal(drops, DROPS);
    assert.ok(reconnections >= DROPS, `${reconnections} reconnections`);
    t.diagnostic(`${reconnections} reconnections`);
});

/** What listeners get, as a loop. */
async function* eachItemEvent(session) {
    const waiting = [];
    let wake = () => {};
    session.addEventListener("item", ({ detail }) => {
        waiting.push(detail);
        wake();
    });
    for (;;) {
        while (waiting.length > 0) yield waiting.shift();
        await new Promise((resolve) => { wake = resolve; });
    }
}

test("after a kill and a restart both are back in their room, and items flow", { skip }, async (t) => {
    const server = await Server.start(t);
    const [a, b] = await bothSides(t, server.url);
    const first = next(b, "item");
    await a.send("before");
    assert.deepEqual(await first, { seq: 1, payload: "before" });

    await server.kill();
    const reopened = [next(a, "open"), next(b, "open")];
    const paired = [next(a, "paired"), next(b, "paired")];
    const meanwhile = a.send("meanwhile");
    const second = next(b, "item");
    await server.start();
    // The server has forgotten everything, and the sessions say so.
    assert.deepEqual(await Promise.all(reopened), [{ resumed: false }, { resumed: false }]);
    await Promise.all(paired);
    await meanwhile;
    assert.deepEqual(await second, { seq: 1, payload: "meanwhile" });
    const third = next(a, "item");
    await b.send("after");
    assert.deepEqual(await third, { seq: 1, payload: "after" });
});

test("an item waits for a side that is away", { skip }, async (t) => {
    const { url } = await Server.start(t);
    const appID = randomUUID();
    const a = await opened(t, url, appID, "A");
    await a.send({ for: "later" });
    const b = connected(t, url, appID, "B");
    assert.deepEqual(await next(b, "item"), { seq: 1, payload: { for: "later" } });
});
