import assert from "node:assert/strict";
import test from "node:test";
import { reconnection } from "../../Web/client/modules/reconnection.js";
import { fixture } from "./support/fixtures.js";

test("the delay lies anywhere below a limit that doubles up to 20 s", () => {
    const limits = [1, 2, 3, 4, 5, 6, 7, 8, 100].map((attempt) => reconnection.delayMs(attempt, () => 1));
    assert.deepEqual(limits, [500, 1000, 2000, 4000, 8000, 16_000, 20_000, 20_000, 20_000]);
    assert.equal(reconnection.delayMs(3, () => 0), 0);
    assert.equal(reconnection.delayMs(3, () => 0.25), 500);
});

test("the delay is drawn anew each time", () => {
    assert.ok(new Set(Array.from({ length: 50 }, () => reconnection.delayMs(5))).size > 25);
});

const staysAway = {
    1002: "protocol_error", 1007: "protocol_error", 1008: "side_busy", 1009: "message_too_big", 4001: "replaced",
};
const comesBack = {
    1000: "server_unreachable", 1001: "server_draining", 1013: "server_full", 4002: "unresponsive", 4008: "slow_consumer",
    // Not the server's: a connection that broke, and proxies.
    1005: "server_unreachable", 1006: "server_unreachable", 1011: "server_unreachable", 1012: "server_unreachable",
    4999: "server_unreachable",
};

for (const [codes, back] of [[staysAway, false], [comesBack, true]]) {
    for (const [code, error] of Object.entries(codes)) {
        test(`after ${code} a session ${back ? "comes back" : "stays away"}: ${error}`, () => {
            const found = reconnection.errorOfClose(Number(code), "a reason");
            assert.equal(found.code, error);
            assert.equal(reconnection.comesBack(found), back);
            assert.match(found.message, new RegExp(`${code} a reason$`));
            assert.ok(found.advice.length > 0);
        });
    }
}

for (const [reason, error, back] of [
    ["side A busy", "side_busy", false], ["message took too long", "message_too_slow", true],
    ["too many refused frames", "too_many_refusals", false], ["side B needs its token", "side_busy", false],
]) {
    test(`1008 "${reason}" is ${error}`, () => {
        const found = reconnection.errorOfClose(1008, reason);
        assert.equal(found.code, error);
        assert.equal(reconnection.comesBack(found), back);
        assert.ok(found.advice.length > 0);
    });
}

test("every close code of the server was decided on", () => {
    for (const { code } of fixture("codes").closeCodes) assert.ok(code in staysAway || code in comesBack, String(code));
});

test("a full server is given time", () => {
    assert.equal(reconnection.errorOfClose(1013, "server full").retryAfterMs, 10_000);
});
