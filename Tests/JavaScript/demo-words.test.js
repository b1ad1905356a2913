// What the demo page tells people.

import assert from "node:assert/strict";
import test from "node:test";

import * as client from "../../Web/client/signaling.js";
import { endingOf } from "../../Web/demo/endings.js";
import { candidateSentence } from "../../Web/demo/candidate-words.js";
import { warningOf } from "../../Web/demo/obstacles.js";
import { formatBytes, formatClock, formatDuration, formatRate, formatShare } from "../../Web/demo/format.js";
import { failureText, transferText } from "../../Web/demo/transfer-words.js";
import { CANCEL_REASONS, DECLINE_REASONS } from "../../Web/client/files/wire.js";

test("bytes, rates and times are short and round the right way", () => {
    const bytes = [0, 999, 1000, 1500, 99_949, 99_950, 999_949, 999_950, 5e9, 2 ** 53 - 1].map(formatBytes);
    assert.deepEqual(bytes, ["0 bytes", "999 bytes", "1.0 kB", "1.5 kB", "99.9 kB", "100 kB", "1000 kB", "1.0 MB", "5.0 GB", "9.0 PB"]);
    assert.equal(formatRate(2_500_000), "2.5 MB/s");
    assert.deepEqual([-5, 0, 1, 61_000, 600_000, 3_600_000].map(formatClock), ["0:00", "0:00", "0:01", "1:01", "10:00", "1:00:00"]);
    assert.deepEqual([1, 99_000, 100_000, 5_940_000, 5_941_000].map(formatDuration), ["1 sec", "99 sec", "2 min", "99 min", "2 hr"]);
    assert.deepEqual([0, 0.999, 1].map(formatShare), ["0%", "99%", "100%"]);
});

test("every way in which a transfer can end early has words", () => {
    const ends = [...CANCEL_REASONS.filter((reason) => reason !== "cancelled"), ...DECLINE_REASONS];
    for (const failure of [...ends, "cancelled_here", "cancelled_there", "damaged", "closed"]) {
        assert.ok(failureText(failure), failure);
    }
});

test("a moving transfer tells share, speed and the time that is left", () => {
    const transfer = { direction: "out", state: "moving", size: 10e6, moved: 2.5e6, pausedHere: false, pausedThere: false };
    assert.equal(transferText(transfer, 2.5e6), "25%, 2.5 MB of 10.0 MB, 2.5 MB/s, 3 sec left.");
    assert.equal(transferText(transfer, 0), "25%, 2.5 MB of 10.0 MB, nothing moves at the moment.");
    assert.equal(transferText({ ...transfer, pausedThere: true }, 0), "Paused by the other side. 25%, 2.5 MB of 10.0 MB.");
});

test("an ending tells what to do, when, and offers the next step", () => {
    const busy = Object.assign(new Error("429"), { code: "rate_limited", advice: "For developers.", retryAfterMs: 57_000 });
    assert.deepEqual(endingOf(busy), {
        title: "Too many requests",
        advice: "The server has had too many requests from here. Try again in 57 sec.",
        helps: [],
        detail: "Details: 429",
        next: "retry",
        button: "Try again",
        again: null,
        hasSettings: false,
    });
    assert.equal(endingOf(undefined).next, "start");
    assert.equal(endingOf(new TypeError("odd")).title, "Something went wrong");
    assert.equal(endingOf(Object.assign(new Error("new"), { code: "weather", advice: "Take an umbrella." })).advice, "Take an umbrella.");
});

test("what ends an attempt is known under the client's own names", () => {
    const NAMED = [
        "code_malformed", "code_gone", "too_many_guesses", "no_code_free", "rate_limited", "server_full", "server_draining",
        "server_unreachable", "server_error", "upgrade_refused", "unresponsive", "side_busy", "replaced", "peer_left", "peer_never_came",
        "no_route", "no_relay", "token_refused", "unauthorized", "forbidden", "ice_servers_invalid", "unsupported",
    ];
    for (const code of NAMED) {
        const error = new client.SignalingError(code, "message");
        assert.ok(error.advice, `the client has no error ${code}`);
        assert.notEqual(endingOf(error).title, "Something went wrong", code);
    }
});

const CAUSES = [
    "no_candidates", "no_relay_configured", "relay_unreachable", "relay_refused", "udp_blocked", "checks_failed", "dtls_failed",
    "verification_failed", "signaling_lost", "timeout", "weather", undefined,
];

for (const cause of CAUSES) {
    test(`when there is no way, people are told what is in it and what helps: ${cause}`, () => {
        for (const side of ["A", "B", "both", undefined]) {
            for (const hint of [undefined, "no_stun", "strict_nat", "mdns"]) {
                const { title, advice, helps, detail, button } = endingOf(new client.NoRouteError("why", [], [], { cause, side, hint }), "A");
                assert.equal(title, "The two devices cannot reach each other");
                assert.equal(detail, null, "the technical details have it");
                assert.ok(helps.length > 0 && button);
                for (const text of [advice, ...helps]) {
                    assert.match(text, /^[A-Z].*\.$/);
                    // Words of developers are for the technical details.
                    assert.doesNotMatch(text, /undefined|ICE|srflx|iceServers|TURN_|STUN_|_/);
                }
            }
        }
    });
}

test("people are told whose network is in the way", () => {
    const error = new client.NoRouteError("why", [], [], { cause: "udp_blocked", side: "B" });
    assert.match(endingOf(error, "B").advice, /network of this device blocks/);
    assert.match(endingOf(error, "A").advice, /network of the other device blocks/);
    const here = endingOf(error, "B");
    assert.deepEqual([here.next, here.hasSettings], ["create", true], "the network first; a TURN server of one's own is the last resort");
    const refused = new client.NoRouteError("why", [], [], { cause: "relay_refused", side: "B" });
    assert.deepEqual(["A", "B"].map((here) => endingOf(refused, here).next), ["create", "settings"]);
    assert.match(endingOf(error, "B").helps[0], /^On this device, switch to another network/);
    assert.match(warningOf(error, "A"), /^This may not work out\. The network of the other device blocks .* On the other device, switch/);
});

test("an address that was not tried is not listed as one that did not help", () => {
    assert.match(candidateSentence({ type: "host", protocol: "udp", tried: false }), /it was not tried/);
    assert.doesNotMatch(candidateSentence({ type: "host", protocol: "udp", tried: true }), /tried/);
    assert.doesNotMatch(candidateSentence({ type: "host", protocol: "udp" }), /tried/);
});
