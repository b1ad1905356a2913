// The candidates of a side are counted, and what the other side can make this one keep has its bounds.

import assert from "node:assert/strict";
import test from "node:test";
import { CandidateTally } from "../../Web/client/modules/candidates.js";

const line = ({ protocol = "udp", address = "192.0.2.4", type = "host" }) => `candidate:1 1 ${protocol} 2122260223 ${address} 61922 typ ${type}`;

test("each kind is named once, and each address is counted once", () => {
    const tally = new CandidateTally();
    for (const protocol of ["udp", "UDP", "tcp"]) for (const type of ["host", "relay"]) tally.note(line({ protocol, type }));
    tally.note(line({ address: "a.local" }));
    assert.deepEqual(tally.kinds.map(({ type, protocol }) => `${type} ${protocol}`), ["host udp", "relay udp", "host tcp", "relay tcp"]);
    assert.deepEqual(tally.counts, { host: 3, srflx: 0, relay: 2, prflx: 0, mdns: 1 });
});

test("protocols that there are none of do not fill the memory", () => {
    const tally = new CandidateTally();
    for (let number = 0; number < 1_000; number += 1) tally.note(line({ protocol: `p${number}` }));
    assert.equal(tally.kinds.length, 16);
    tally.note(line({ protocol: "p3" }));
    assert.equal(tally.kinds.length, 16);
    assert.equal(tally.counts.host, 255);
});

test("a candidate with a name that nothing has is not understood, and not kept", () => {
    for (const odd of [{ protocol: "p".repeat(100) }, { address: "a".repeat(300) }]) {
        const tally = new CandidateTally();
        tally.note(line(odd));
        assert.deepEqual([tally.kinds, tally.counts.host], [[], 0]);
        assert.equal(tally.unread, "a candidate line has an unknown form");
    }
});
