// The route in the statistics of an RTCPeerConnection, as different browsers have them.

import assert from "node:assert/strict";
import test from "node:test";
import { routeOf } from "../../Web/client/modules/route.js";

const ends = [
    ["L", { type: "local-candidate", candidateType: "relay", protocol: "udp", relayProtocol: "tls", address: "198.51.100.9", port: 5 }],
    ["R", { type: "remote-candidate", candidateType: "srflx", protocol: "udp" }],
];
const transport = ["T", { type: "transport", selectedCandidatePairId: "P" }];
const pair = { type: "candidate-pair", localCandidateId: "L", remoteCandidateId: "R" };
const measured = { currentRoundTripTime: 0.025, bytesSent: 7, bytesReceived: 9 };

test("the pair is the one that the transport names", () => {
    const other = ["O", { ...pair, remoteCandidateId: "L", selected: true }];
    assert.deepEqual(routeOf(new Map([other, transport, ["P", { ...pair, ...measured }], ...ends])), {
        kind: "relayed", rttMs: 25, bytesSent: 7, bytesReceived: 9,
        local: { type: "relay", protocol: "udp", relayProtocol: "tls", address: "198.51.100.9", port: 5 },
        remote: { type: "srflx", protocol: "udp" },
    });
});

for (const [marks, isFound] of [
    [{ selected: true }, true], [{ nominated: true, state: "succeeded" }, true],
    [{ selected: false, nominated: true, state: "succeeded" }, false], [{ nominated: true, state: "in-progress" }, false], [{}, false],
]) {
    test(`without a transport, it is one that is marked: ${JSON.stringify(marks)}`, () => {
        assert.equal(routeOf(new Map([["P", { ...pair, ...marks }], ...ends])) !== null, isFound);
    });
}

test("what was not measured is null or zero, and without a relay the route is direct", () => {
    const stats = new Map([["P", { ...pair, localCandidateId: "R", selected: true }], ...ends]);
    const { kind, rttMs, bytesSent, bytesReceived } = routeOf(stats);
    assert.deepEqual([kind, rttMs, bytesSent, bytesReceived], ["direct", null, 0, 0]);
});

test("there is no route while an end of it is unknown", () => {
    assert.equal(routeOf(new Map()), null);
    assert.equal(routeOf(new Map([transport, ["P", pair], ends[0]])), null);
});
