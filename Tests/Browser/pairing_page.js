// What the tests have a page do: begin a pairing, and tell what came of it.

import * as client from "/client/signaling.js";

/** Everything that has happened, in a form that goes to the test as it is. */
const told = { code: null, stages: [], states: [], sessionEvents: [], received: [], peerLeft: 0, error: null, ended: null };
let link;
let session;
let attempt;

function begin(options = {}) {
    attempt = new AbortController();
    client.pair({
        base: location.origin,
        signal: attempt.signal,
        onCode: ({ code }) => { told.code = code; },
        onProgress: (stage) => told.stages.push(stage),
        onSession: follow,
        ...options,
    }).then(adopt, (error) => { told.error = described(error); });
}

function follow(opened) {
    session = opened;
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
    link.addEventListener("peerleft", () => { told.peerLeft += 1; });
    link.addEventListener("closed", ({ detail }) => { told.ended = described(detail.error); });
}

function described(error) {
    const { name, code, message, advice, retryAfterMs, local, remote } = error ?? {};
    return { name, code, message, advice, retryAfterMs, local, remote };
}

/** The name of the ICE session that each description has: another one after each restart. */
function usernames() {
    const { localDescription, remoteDescription } = link.peerConnection;
    return [localDescription, remoteDescription].map(({ sdp }) => /^a=ice-ufrag:(.*)$/m.exec(sdp)[1].trim());
}

Object.assign(globalThis, {
    client, told, begin, follow, usernames, abort: () => attempt.abort(),
    current: { get link() { return link; }, get session() { return session; } },
});
