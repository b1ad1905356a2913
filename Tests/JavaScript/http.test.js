// createCode and redeemCode: what they ask, and what each refusal becomes.

import assert from "node:assert/strict";
import test from "node:test";
import { createCode, redeemCode, SignalingError } from "./support/client.js";
import { answerRequests, APP_ID, turns } from "./support/sessions.js";

const BASE = "http://server.test";
const MINTED = { code: "0802", appID: APP_ID, expiresAt: "2026-01-31T12:00:00Z" };
const REDEEMED = { appID: APP_ID, expiresAt: "2026-01-31T12:00:00Z" };

test("a code is asked for without a preflight", async (t) => {
    const asked = answerRequests(t, { "/rendezvous/code": { body: { ...MINTED, expiresInMs: 300_000 } } });
    const expected = { code: "0802", appID: APP_ID, expiresAt: new Date("2026-01-31T12:00:00Z"), expiresInMs: 300_000 };
    assert.deepEqual(await createCode(BASE), expected);
    await createCode(BASE, { ttl: 1.5 });
    assert.deepEqual(asked.map(({ method, headers, body }) => ({ method, headers, body })), [
        { method: "POST", headers: undefined, body: undefined },
        { method: "POST", headers: undefined, body: '{"ttl":1.5}' },
    ]);
});

test("the side's token comes along, if the server has one", async (t) => {
    answerRequests(t, {
        "/rendezvous/code": { body: { ...MINTED, token: "9WRKOUTkN-Oxnzs74zHOOA" } },
        "/rendezvous/redeem": { body: { ...REDEEMED, token: "Zp7R68rF0TqFb_uy0IkPDQ" } },
    });
    assert.equal((await createCode(BASE)).token, "9WRKOUTkN-Oxnzs74zHOOA");
    assert.equal((await redeemCode(BASE, "0802")).token, "Zp7R68rF0TqFb_uy0IkPDQ");
});

for (const expiresInMs of [undefined, null, -1, "60000"]) {
    test(`a server that does not say how long a code lives leaves that to the clock: ${expiresInMs}`, async (t) => {
        t.mock.timers.enable({ apis: ["Date"], now: Date.parse(MINTED.expiresAt) - 60_000 });
        answerRequests(t, { "/rendezvous/code": { body: { ...MINTED, expiresInMs } } });
        assert.equal((await createCode(BASE)).expiresInMs, 60_000);
        t.mock.timers.setTime(Date.parse(MINTED.expiresAt) + 1);
        assert.equal((await createCode(BASE)).expiresInMs, 0);
    });
}

const READY = { "/readyz": { body: { ready: true } } };
const NOT_READY = { "/readyz": { status: 503 } };
const SERVERS = [{ urls: ["stun:server.test:3478"] }, { urls: ["turn:turn.test"], username: "1:a", credential: "b" }];

test("STUN and TURN servers come along, with the time at which they expire", async (t) => {
    t.mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
    const served = { iceServers: SERVERS, iceServersExpireInMs: 3_600_000 };
    answerRequests(t, {
        "/rendezvous/code": { body: { ...MINTED, ...served } },
        "/rendezvous/redeem": { body: { ...REDEEMED, iceServers: SERVERS.slice(0, 1), iceServersRetryAfterMs: 5000 } },
    });
    const minted = await createCode(BASE);
    assert.deepEqual([minted.iceServers, minted.iceServersExpireAt], [SERVERS, new Date(4_600_000)]);
    const { iceServers, iceServersExpireAt, iceServersRetryAfterMs } = await redeemCode(BASE, "0802");
    assert.deepEqual([iceServers, iceServersExpireAt, iceServersRetryAfterMs], [SERVERS.slice(0, 1), undefined, 5000]);
});

for (const [what, authorization, expected] of [
    ["a key", "zH0-AB_c", "Bearer zH0-AB_c"],
    ["a whole field", "Basic dTpw", "Basic dTpw"],
    ["a function", () => "zH0", "Bearer zH0"],
    ["an async function", async () => "zH0", "Bearer zH0"],
    ["a function that has none", () => undefined, undefined],
    ["an empty text", "", undefined],
]) {
    test(`who asks is shown: ${what}`, async (t) => {
        const asked = answerRequests(t, { "/rendezvous/code": { body: MINTED }, "/rendezvous/redeem": { body: REDEEMED } });
        await createCode(BASE, { authorization });
        await redeemCode(BASE, "0802", { authorization });
        assert.deepEqual(asked.map(({ headers }) => headers?.Authorization), [expected, expected]);
    });
}

test("what cannot be a field's value is refused here", async (t) => {
    const asked = answerRequests(t, {});
    for (const authorization of ["schlüssel", "a\nb", " a", "a  b", () => "ü"]) {
        await assert.rejects(createCode(BASE, { authorization }), { code: "unauthorized" });
        await assert.rejects(redeemCode(BASE, "0802", { authorization }), { code: "unauthorized" });
    }
    await assert.rejects(createCode(BASE, { authorization: async () => { throw new Error("no login"); } }), /no login/);
    assert.deepEqual(asked, []);
});

test("a server that cannot find out who asks is told apart from one without a free code", async (t) => {
    answerRequests(t, { "/rendezvous/code": { status: 503, body: { detail: "who you are cannot be found out now; try again" } }, ...READY });
    await assert.rejects(createCode(BASE), { code: "server_error" });
});

test("a page of an origin that is not allowed is told apart from a client that may not", async (t) => {
    const detail = "pages of this origin may not connect; the operator allows origins with CORS_ORIGINS";
    answerRequests(t, { "/rendezvous/code": { status: 403, body: { detail } } });
    await assert.rejects(createCode(BASE), { code: "origin_refused" });
});

test("a code is redeemed as a string", async (t) => {
    const asked = answerRequests(t, { "/rendezvous/redeem": { body: { ...REDEEMED, expiresInMs: 0 } } });
    const expected = { appID: APP_ID, expiresAt: new Date("2026-01-31T12:00:00Z"), expiresInMs: 0 };
    assert.deepEqual(await redeemCode(BASE, "0802"), expected);
    assert.equal(asked[0].headers["Content-Type"], "application/json");
    assert.match(asked[0].body, /^{"code":"0802","id":"[0-9a-f]{32}"}$/);
});

test("a body that does not come is given up like an answer, and for an abort", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    t.mock.method(globalThis, "fetch", async () => new Response(new ReadableStream(), { status: 200 }));
    const late = assert.rejects(createCode(BASE), { code: "server_unreachable" });
    await turns();
    t.mock.timers.tick(15_000);
    await late;
    const controller = new AbortController();
    const aborted = assert.rejects(createCode(BASE, { signal: controller.signal }), { name: "AbortError" });
    await turns();
    controller.abort();
    await aborted;
});

test("where fetch has no streams, the text is taken, and no more of it than of any other", async (t) => {
    let body = JSON.stringify(MINTED);
    const { headers } = new Response();
    t.mock.method(globalThis, "fetch", async () => ({ url: BASE, ok: true, status: 200, statusText: "", headers, text: async () => body }));
    assert.equal((await createCode(BASE)).code, "0802");
    body = JSON.stringify({ ...MINTED, more: "x".repeat(1 << 20) });
    await assert.rejects(createCode(BASE), { code: "server_unreachable" });
});

test("an answer that breaks off is not taken for one that the page may not read", async (t) => {
    globalThis.location = new URL("http://elsewhere.test/");
    t.after(() => delete globalThis.location);
    const broken = () => new Response(new ReadableStream({ start: (body) => body.error(new TypeError("broken off")) }));
    t.mock.method(globalThis, "fetch", async () => broken());
    await assert.rejects(createCode(BASE), { code: "server_unreachable" });
});

for (const base of ["http://server.test/behind/", "http://server.test/behind", new URL("http://server.test/behind?x#y")]) {
    test(`the server may lie below a path: ${base}`, async (t) => {
        const asked = answerRequests(t, { "/behind/rendezvous/code": { body: MINTED } });
        await createCode(base);
        assert.equal(asked[0].search, "");
    });
}

const refusals = [
    [createCode, 401, {}, "unauthorized"],
    [createCode, 403, {}, "forbidden"],
    [createCode, 429, {}, "rate_limited"],
    [createCode, 503, READY, "no_code_free"],
    [createCode, 503, NOT_READY, "server_draining"],
    [createCode, 503, {}, "server_draining"],
    [createCode, 500, {}, "server_error"],
    [redeemCode, 400, {}, "code_malformed"],
    [redeemCode, 401, {}, "unauthorized"],
    [redeemCode, 403, {}, "forbidden"],
    [redeemCode, 410, {}, "code_gone"],
    [redeemCode, 429, {}, "too_many_guesses"],
    [redeemCode, 503, READY, "server_draining"],
    [redeemCode, 415, {}, "server_error"],
];

for (const [call, status, others, code] of refusals) {
    test(`${call.name}: ${status} becomes ${code} (${JSON.stringify(others)})`, async (t) => {
        const refused = { status, headers: { "Retry-After": "7" }, body: { detail: "so it is" } };
        answerRequests(t, { "/rendezvous/code": refused, "/rendezvous/redeem": refused, ...others });
        await assert.rejects(call(BASE, call === redeemCode ? "2802" : undefined), (error) => {
            assert.ok(error instanceof SignalingError && error instanceof Error);
            assert.deepEqual([error.code, error.message, error.retryAfterMs], [code, `${status}: so it is`, 7000]);
            assert.ok(error.advice.length > 10);
            return true;
        });
    });
}

for (const code of ["", "123", "123456789", "12a4", " 1234", "١٢٣٤", undefined, 2802.5]) {
    test(`what is no code is not sent: ${code}`, async (t) => {
        const asked = answerRequests(t, {});
        await assert.rejects(redeemCode(BASE, code), { code: "code_malformed", name: "SignalingError" });
        assert.equal(asked.length, 0);
    });
}

for (const ttl of [0, -1, NaN, Infinity, "10", null]) {
    test(`what is no time to live is not sent: ${ttl}`, async (t) => {
        const asked = answerRequests(t, {});
        await assert.rejects(createCode(BASE, { ttl }), TypeError);
        assert.equal(asked.length, 0);
    });
}

test("a base that is no web address is the program's mistake", async () => {
    for (const base of ["", "server.test", "ftp://server.test", undefined]) await assert.rejects(createCode(base), TypeError);
});

test("another server's answer is not taken for a code", async (t) => {
    for (const body of [{}, [], { ...MINTED, appID: "x" }, { ...MINTED, expiresAt: "soon" }, { ...MINTED, code: 2802 }]) {
        answerRequests(t, { "/rendezvous/code": { body } });
        await assert.rejects(createCode(BASE), { code: "protocol_error" });
        t.mock.restoreAll();
    }
});

test("no answer at all is told apart from one that the page may not read", async (t) => {
    let answersAnything = true;
    t.mock.method(globalThis, "fetch", async (_, { mode }) => {
        if (mode === "no-cors" && answersAnything) return new Response(null);
        throw new TypeError("Failed to fetch");
    });
    globalThis.location = { origin: "http://page.test" };
    t.after(() => { delete globalThis.location; });
    await assert.rejects(createCode(BASE), { code: "origin_refused" });
    answersAnything = false;
    await assert.rejects(createCode(BASE), { code: "server_unreachable" });
    // A page of the server's own is refused nothing.
    globalThis.location = { origin: BASE };
    answersAnything = true;
    await assert.rejects(createCode(BASE), { code: "server_unreachable" });
});

test("aborting rejects with the signal's reason", async (t) => {
    t.mock.method(globalThis, "fetch", (_, { signal }) => new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
    }));
    const controller = new AbortController();
    const pending = redeemCode(BASE, "2802", { signal: controller.signal });
    controller.abort();
    await assert.rejects(pending, { name: "AbortError" });
    await assert.rejects(createCode(BASE, { signal: AbortSignal.abort(new Error("enough")) }), /enough/);
});

test("a server that never answers is given up on", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    t.mock.method(globalThis, "fetch", (_, { signal }) => new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
    }));
    const pending = createCode(BASE);
    t.mock.timers.tick(15_000);
    await assert.rejects(pending, { code: "server_unreachable" });
});
