// The picture of the connection: what is measured, and how it is drawn.

import assert from "node:assert/strict";
import test from "node:test";

import { pointsOf, scaleFor } from "../../Web/demo/plot.js";
import { RouteMonitor } from "../../Web/demo/route-monitor.js";
import { SpeedMeter } from "../../Web/demo/speed-meter.js";

test("speed is that of the last three seconds", () => {
    const meter = new SpeedMeter();
    assert.equal(meter.measure(0, 0), 0);
    assert.equal(meter.measure(1000, 1000), 1000);
    assert.equal(meter.measure(2000, 2000), 1000);
    for (let second = 3; second <= 6; second += 1) meter.measure(2000, second * 1000);
    assert.equal(meter.measure(2000, 7000), 0);
});

test("the monitor tells speeds from counters, and keeps a minute", async () => {
    let time = 0;
    let route = { bytesSent: 0, bytesReceived: 5000 };
    const monitor = new RouteMonitor({ route: async () => route }, () => time);
    await monitor.look();
    time = 2000;
    route = { bytesSent: 4000, bytesReceived: 6000 };
    await monitor.look();
    assert.deepEqual(monitor.samples.at(-1), { time: 2000, up: 2000, down: 500 });
    // Another way counts from 0 again.
    time = 3000;
    route = { bytesSent: 10, bytesReceived: 10 };
    await monitor.look();
    assert.deepEqual(monitor.samples.at(-1), { time: 3000, up: 0, down: 0 });
    route = null;
    time = 4000;
    await monitor.look();
    assert.equal(monitor.route, null);
    for (; time <= 100_000; time += 1000) await monitor.look();
    assert.equal(monitor.samples.length, 61);
});

test("the plot's scale is 1, 2 or 5 times a power of ten, and its points end at the right edge", () => {
    assert.deepEqual([0, 10_000, 10_001, 49_000, 50_001].map(scaleFor), [10_000, 10_000, 20_000, 50_000, 100_000]);
    const samples = [{ time: 0, up: 0 }, { time: 60_000, up: 10_000 }];
    assert.equal(pointsOf(samples, "up", 10_000), "0.0,100.0 320.0,16.0");
});
