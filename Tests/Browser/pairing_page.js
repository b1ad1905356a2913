// What the tests have a page do: begin a pairing, and tell what came of it.

import * as client from "/client/signaling.js";

/** Everything that has happened, in a form that goes to the test as it is. */
const told = {
    code: null, phrase: null, fragment: null, room: null, stages: [], warnings: [], states: [], sessionEvents: [], diagnoses: [], received: [],
    problems: [], sas: [], forged: [], peerLeft: 0, error: null, ended: null,
};
let link;
let session;
let attempt;

function begin(options = {}) {
    attempt = new AbortController();
    client.pair({
        base: location.origin,
        signal: attempt.signal,
        onCode: ({ code, phrase, fragment }) => { Object.assign(told, { code, phrase, fragment }); },
        onRoom: (room) => { told.room = room; },
        onProgress: (stage, detail) => (detail ? told.warnings.push(detail.warning) : told.stages.push(stage)),
        onSession: follow,
        ...options,
    }).then(adopt, (error) => { told.error = described(error); });
}

function follow(opened) {
    session = opened;
    session.addEventListener("diagnosis", ({ detail }) => told.diagnoses.push(detail));
    for (const type of ["open", "paired", "peerleft", "reconnecting", "closed"]) {
        session.addEventListener(type, ({ detail }) => {
            told.sessionEvents.push([type, detail?.resumed ?? (detail?.reason ?? detail?.error)?.code ?? null]);
        });
    }
}

function adopt(made) {
    link = made;
    link.channel.addEventListener("message", ({ data }) => told.received.push(data));
    link.addEventListener("statechange", ({ detail }) => told.states.push(detail));
    for (const type of ["sas", "forged"]) link.addEventListener(type, ({ detail }) => told[type].push(detail));
    link.addEventListener("problem", ({ detail }) => told.problems.push(detail.error.code));
    link.addEventListener("peerleft", () => { told.peerLeft += 1; });
    link.addEventListener("closed", ({ detail }) => { told.ended = described(detail.error); });
}

function described(error) {
    const { name, code, message, advice, retryAfterMs, local, remote, cause, side, hint, unproved } = error ?? {};
    return { name, code, message, advice, retryAfterMs, local, remote, cause: typeof cause === "string" ? cause : null, side, hint, unproved };
}

// What lies between the two

/** Every RTCPeerConnection of this page. */
const connections = [];
const Real = globalThis.RTCPeerConnection;
globalThis.RTCPeerConnection = class extends Real {
    constructor(...configuration) {
        super(...configuration);
        connections.push(this);
    }
};

/** Each description of the other side goes through this first. */
function alterDescriptions(alter) {
    const apply = Real.prototype.setRemoteDescription;
    Real.prototype.setRemoteDescription = function ({ type, sdp }) {
        return apply.call(this, { type, sdp: alter(sdp) });
    };
}

function stripCandidates() {
    alterDescriptions((sdp) => sdp.replace(/^a=candidate:.*\r\n/gm, ""));
}

function forgeFingerprints() {
    alterDescriptions((sdp) => sdp.replace(/^(a=fingerprint:\S+ )(\S\S)/gm, (_, name, first) => name + (first === "00" ? "11" : "00")));
}

/** The name of the ICE session that each description has: another one after each restart. */
function usernames() {
    const { localDescription, remoteDescription } = link.peerConnection;
    return [localDescription, remoteDescription].map(({ sdp }) => /^a=ice-ufrag:(.*)$/m.exec(sdp)[1].trim());
}

Object.assign(globalThis, {
    client, told, begin, follow, usernames, connections, stripCandidates, forgeFingerprints, abort: () => attempt.abort(),
    current: { get link() { return link; }, get session() { return session; } },
});
