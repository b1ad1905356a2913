// What a device is called.

import assert from "node:assert/strict";
import test from "node:test";

import { DEVICE_KINDS, deviceOf, nameOf, shownName } from "../../Web/demo/device-name.js";
import { parseControl } from "../../Web/client/files/wire.js";

const KIT = "AppleWebKit/537.36 (KHTML, like Gecko)";

test("browser and system are known by what a browser says of itself", () => {
    const cases = [
        [`Mozilla/5.0 (Linux; Android 10; K) ${KIT} Chrome/140.0.0.0 Mobile Safari/537.36`, "Chrome", "Android"],
        [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${KIT} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0`, "Edge", "Windows"],
        ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox", "Linux"],
        ["Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1", "Safari", "iPhone"],
        ["Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15", "Safari", "Mac"],
        ["something else", undefined, undefined],
    ];
    for (const [userAgent, browser, system] of cases) assert.deepEqual(deviceOf({ userAgent }), { browser, system }, userAgent);
    const { system } = deviceOf({ userAgent: cases[4][0], maxTouchPoints: 5 });
    assert.equal(system, "iPad", "which says that it is a Mac");
});

test("a name is in no language", () => {
    assert.equal(nameOf({ browser: "Chrome", system: "Android" }), "Chrome · Android");
    assert.equal(nameOf({ browser: undefined, system: "Mac" }), "Mac");
    assert.equal(nameOf({}), "");
});

test("a name from the other side is one short line", () => {
    assert.equal(shownName("Chrome\n on\u202e Android\u0000"), "Chrome on Android");
    assert.equal(shownName(" \u2066\n"), null);
    const message = (name) => JSON.stringify({ kind: "device", name });
    assert.equal(parseControl(message("x".repeat(64)), DEVICE_KINDS).name.length, 64);
    for (const name of ["x".repeat(65), 1, null]) assert.throws(() => parseControl(message(name), DEVICE_KINDS));
});
