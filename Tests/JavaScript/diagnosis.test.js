// What one side can tell of the cause by itself, and what it is told about both.

import assert from "node:assert/strict";
import test from "node:test";
import { adviceOf, diagnose, earlyWarning } from "../../Web/client/modules/diagnosis.js";

const counts = (some) => ({ host: 0, srflx: 0, relay: 0, prflx: 0, mdns: 0, ...some });
const HOSTS = { host: 1 };
const PUBLIC = { host: 1, srflx: 1 };
const RELAYED = { host: 1, srflx: 1, relay: 1 };
const HIDDEN = { host: 2, mdns: 2 };

function facts({ local = HOSTS, remote = HOSTS, stun = 0, turn = 0, ...others }) {
    const rest = { errors: [], reason: "ice-failed", dtls: "new", ice: "failed", pairs: 1, isComplete: true };
    return { here: "B", there: "A", local: counts(local), remote: counts(remote), servers: { stun, turn }, ...rest, ...others };
}

for (const [what, seen, expected] of [
    ["no server at all", {}, "no_relay_configured both no_stun"],
    ["no address here", { local: {} }, "no_candidates B"],
    ["no address there", { remote: {} }, "no_candidates A"],
    ["two strict NATs", { local: PUBLIC, remote: PUBLIC, stun: 1 }, "no_relay_configured both strict_nat"],
    ["STUN that did not answer here", { remote: PUBLIC, stun: 1 }, "no_relay_configured B"],
    ["STUN that did not answer there", { local: PUBLIC, stun: 1 }, "no_relay_configured A"],
    ["STUN that answered nobody", { stun: 1 }, "no_relay_configured both"],
    ["no way to STUN", { stun: 1, errors: [701] }, "udp_blocked B"],
    ["no way to STUN and TURN", { stun: 1, turn: 1, errors: [701] }, "udp_blocked B"],
    ["one of two STUN servers was reached", { local: PUBLIC, remote: PUBLIC, stun: 2, errors: [701] }, "no_relay_configured both strict_nat"],
    ["a silent TURN server", { local: PUBLIC, turn: 1 }, "relay_unreachable B"],
    ["wrong credentials", { local: PUBLIC, turn: 1, errors: [701, 401] }, "relay_refused B"],
    ["a quota", { turn: 1, errors: [486] }, "relay_refused B"],
    ["wrong credentials, and relays alone", { local: {}, turn: 1, errors: [401] }, "relay_refused B"],
    ["relays that did not help", { local: RELAYED, remote: RELAYED, turn: 1 }, "checks_failed both"],
    ["a relay there", { remote: RELAYED }, "checks_failed both"],
    ["too little time", { local: RELAYED, turn: 1, reason: "timeout" }, "timeout both"],
    ["names that were not resolved", { local: RELAYED, remote: HIDDEN, turn: 1, pairs: 0, reason: "timeout" }, "checks_failed A mdns"],
    ["encryption", { reason: "dtls-failed", dtls: "failed", ice: "connected" }, "dtls_failed both"],
    ["a stranger", { reason: "verification-failed" }, "verification_failed both"],
]) {
    test(`the cause is found: ${what}`, () => {
        const { cause, side, hint } = diagnose(facts(seen));
        assert.equal([cause, side, hint].filter(Boolean).join(" "), expected);
    });
}

for (const [what, seen, expected] of [
    ["no server at all", {}, "no_relay_configured"],
    ["not all is gathered", { isComplete: false }, undefined],
    ["a public address there", { remote: PUBLIC }, undefined],
    ["public addresses", { local: PUBLIC, remote: PUBLIC, stun: 1 }, undefined],
    ["an address here that is public itself", { stun: 1, remote: PUBLIC }, undefined],
    ["UDP is blocked here", { stun: 1, remote: PUBLIC, errors: [701] }, "udp_blocked"],
    ["TURN refuses", { turn: 1, errors: [401] }, "relay_refused"],
    ["TURN refuses, and the other side has a relay", { turn: 1, errors: [401], remote: RELAYED }, undefined],
    ["a relay here", { local: RELAYED, turn: 1 }, undefined],
]) {
    test(`while the two try, only what is certain is said: ${what}`, () => {
        assert.equal(earlyWarning(facts(seen))?.cause, expected);
    });
}

test("every cause has advice that names what to change, from either side's point of view", () => {
    const causes = [
        "no_candidates", "no_relay_configured", "relay_unreachable", "relay_refused", "udp_blocked", "checks_failed", "dtls_failed",
        "verification_failed", "signaling_lost", "timeout",
    ];
    for (const cause of causes) {
        for (const side of ["A", "B", "both"]) {
            for (const hint of [undefined, "no_stun", "strict_nat", "mdns", "news"]) {
                const advice = adviceOf({ cause, side, hint, advice: "theirs" }, "A");
                assert.match(advice, /^[A-Z].*\.$/);
                assert.doesNotMatch(advice, /undefined|theirs/);
            }
        }
    }
    const [here, there] = ["A", "B"].map((side) => adviceOf({ cause: "udp_blocked", side }, "A"));
    assert.match(here, /network of this device.*443.*TURN_URLS.*iceServers/);
    assert.match(there, /network of the other device/);
});

test("a cause that a later server knows has the server's words", () => {
    assert.equal(adviceOf({ cause: "weather", side: "A", advice: "Wait for the sun." }, "A"), "Wait for the sun.");
    assert.match(adviceOf({ cause: "weather" }, "A"), /No way/);
});
