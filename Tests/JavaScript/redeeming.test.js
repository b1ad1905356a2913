// Redeeming a code whose response is lost: it is asked for again under the same id, and a code is never redeemed under two.

import assert from "node:assert/strict";
import test from "node:test";
import { redeemCode } from "./support/client.js";
import { APP_ID, mockMonotonicClock, turns } from "./support/sessions.js";

const BASE = "http://server.test";
const REDEEMED = { appID: APP_ID, expiresAt: "2026-01-31T12:00:00Z", expiresInMs: 60_000 };
const lost = () => { throw new TypeError("connection lost"); };
const silent = () => new Promise(() => {});
const redeemed = () => Response.json(REDEEMED);
const refused = (status) => () => Response.json({ detail: "why" }, { status });

/** Requests are given these responses, in order, and then the last one again. Returns what was asked: id and time. */
function responding(t, ...responses) {
    t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
    const clock = mockMonotonicClock(t);
    const asked = [];
    t.mock.method(globalThis, "fetch", async (url, { body }) => {
        asked.push({ ...JSON.parse(body), atMs: Date.now() - 1_000_000 });
        return await responses[Math.min(asked.length, responses.length) - 1]();
    });
    return { asked, clock };
}

async function passing(t, ms) {
    for (let passed = 0; passed < ms; passed += 500) {
        await turns();
        t.mock.timers.tick(500);
    }
    await turns();
}

const idsOf = (asked) => new Set(asked.map(({ id }) => id)).size;

test("the first repetition comes at once, the others later and later, all under one id", async (t) => {
    const { asked } = responding(t, lost, lost, lost, lost, redeemed);
    const pending = redeemCode(BASE, "0802");
    await passing(t, 10_000);
    assert.equal((await pending).appID, APP_ID);
    assert.deepEqual(asked.map(({ atMs }) => atMs), [0, 0, 1_000, 3_000, 7_000]);
    assert.equal(idsOf(asked), 1);
    await redeemCode(BASE, "0802");
    assert.equal(idsOf(asked), 2, "another redemption is another one");
});

test("a server that cannot be reached is given up before it has forgotten the id", async (t) => {
    const { asked } = responding(t, lost);
    const pending = assert.rejects(redeemCode(BASE, "0803"), { code: "server_unreachable" });
    await passing(t, 60_000);
    await pending;
    assert.deepEqual(asked.map(({ atMs }) => atMs), [0, 0, 1_000, 3_000, 7_000, 15_000]);
});

test("a response that does not come is asked for again while the server has it", async (t) => {
    const { asked } = responding(t, silent, redeemed);
    const pending = redeemCode(BASE, "0804");
    await passing(t, 23_000);
    await pending;
    assert.deepEqual(asked.map(({ atMs }) => atMs), [0, 22_000]);
    assert.equal(idsOf(asked), 1);
});

test("a server that is silent is asked twice", async (t) => {
    const { asked } = responding(t, silent);
    const pending = assert.rejects(redeemCode(BASE, "0805"), { code: "server_unreachable" });
    await passing(t, 45_000);
    await pending;
    assert.deepEqual(asked.map(({ atMs }) => atMs), [0, 22_000]);
});

for (const status of [502, 504]) {
    test(`a proxy that got no response has lost it too: ${status}`, async (t) => {
        const { asked } = responding(t, refused(status), redeemed);
        const pending = redeemCode(BASE, "0806");
        await passing(t, 1_000);
        await pending;
        assert.deepEqual([asked.length, idsOf(asked)], [2, 1]);
    });
}

for (const status of [400, 410, 429, 500, 503]) {
    test(`a refusal is not asked for again: ${status}`, async (t) => {
        const { asked } = responding(t, refused(status));
        await assert.rejects(redeemCode(BASE, "0807"));
        assert.equal(asked.length, 1);
    });
}

test("who asks anew after an end that left the outcome open asks under the same id", async (t) => {
    const controller = new AbortController();
    const { asked } = responding(t, silent, refused(503), () => new Response("<p>Log in</p>"), redeemed);
    const aborted = assert.rejects(redeemCode(BASE, "0808", { signal: controller.signal }), { name: "AbortError" });
    await turns();
    controller.abort();
    await aborted;
    await assert.rejects(redeemCode(BASE, "0808"), { code: "server_draining" });
    await assert.rejects(redeemCode(BASE, "0808"), { code: "protocol_error" });
    await redeemCode(BASE, "0808");
    assert.deepEqual([asked.length, idsOf(asked)], [4, 1]);
    await redeemCode(BASE, "0808");
    assert.equal(idsOf(asked), 2);
});

test("the id is that of one code at one server, for as long as the server remembers it", async (t) => {
    const { asked, clock } = responding(t, refused(503));
    const ask = (base, code) => assert.rejects(redeemCode(base, code), { code: "server_draining" });
    await ask(BASE, "0809");
    await ask(BASE, "0810");
    await ask("http://server.test/other", "0809");
    assert.equal(idsOf(asked), 3);
    clock.aheadMs += 29_999;
    await ask(BASE, "0809");
    assert.equal(idsOf(asked), 3);
    clock.aheadMs += 30_000;
    await ask(BASE, "0809");
    assert.equal(idsOf(asked), 4);
});

test("an abort ends the pause between two attempts", async (t) => {
    const controller = new AbortController();
    const { asked } = responding(t, lost);
    const pending = assert.rejects(redeemCode(BASE, "0811", { signal: controller.signal }), /enough/);
    await turns();
    assert.equal(asked.length, 2);
    controller.abort(new Error("enough"));
    await pending;
});

test("a response that the page may not read is asked for once more", async (t) => {
    globalThis.location = { origin: "http://page.test" };
    t.after(() => { delete globalThis.location; });
    let count = 0;
    t.mock.method(globalThis, "fetch", async (_, { mode }) => {
        if (mode === "no-cors") return new Response(null);
        count += 1;
        throw new TypeError("Failed to fetch");
    });
    await assert.rejects(redeemCode(BASE, "0812"), { code: "origin_refused" });
    assert.equal(count, 2);
});
