// What the tests have a page do: pair with other pages, with several at once, and tell what came of each.

import * as client from "/client/signaling.js";

/** By name: what a pairing has told so far, and `outcome`, a promise of how it ends. */
const pairings = new Map();

function begin(name, options) {
    const told = { code: null, stages: [], diagnoses: [], session: null, link: null };
    const pairing = client.pair({
        onCode: ({ code }) => { told.code = code; },
        onProgress: (stage) => told.stages.push(stage),
        onSession: (session) => {
            told.session = session;
            session.addEventListener("diagnosis", ({ detail }) => told.diagnoses.push(detail));
        },
        ...options,
    });
    told.outcome = pairing.then((link) => greet(told, link), (error) => ({ error: described(error) }))
        .then((outcome) => ({ ...outcome, stages: told.stages, diagnoses: told.diagnoses }));
    pairings.set(name, told);
}

/** A link that stands carries something both ways. */
async function greet(told, link) {
    told.link = link;
    const heard = new Promise((resolve) => link.channel.addEventListener("message", ({ data }) => resolve(data), { once: true }));
    link.channel.send(`hello from ${link.side}`);
    const { iceServers } = link.peerConnection.getConfiguration();
    return { side: link.side, heard: await heard, route: await link.route(), iceServers };
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function described(error) {
    const { name, code, message, advice, local, remote, cause, side, hint } = error;
    return { name, code, message, advice, local, remote, cause: typeof cause === "string" ? cause : null, side, hint };
}

/** The code that the other side needs, once it is there. */
async function codeOf(name) {
    while (pairings.get(name).code === null) {
        const isOver = await Promise.race([pairings.get(name).outcome, pause(20)]);
        if (isOver) return null;
    }
    return pairings.get(name).code;
}

/** The way that bytes take now. */
async function wayOf(name) {
    return (await pairings.get(name).link.route())?.kind ?? null;
}

Object.assign(globalThis, { client, pairings, begin, codeOf, wayOf });
