// What docs/javascript.md shows, as a program in TypeScript writes it. Compiled, never run. Each @ts-expect-error line fails the
// compilation if the types let its mistake pass.

import {
    connect, createCode, iceServers, NoRouteError, pair, parseCode, PeerLink, reconnection, redeemCode, Route, SignalingError,
    SignalingSession, wire,
} from "../../../Web/client/signaling.js";

const base = "https://signaling.example.org";

export async function codes(signal: AbortSignal): Promise<void> {
    const { code, appID, expiresAt, expiresInMs } = await createCode(base, { ttl: 300, signal });
    const left: number = expiresAt.getTime() - Date.now() - expiresInMs;
    const room = await redeemCode(new URL(base), code, { signal });
    console.log(appID === room.appID, left, room.iceServers?.length, room.iceServersExpireAt?.getTime(), room.iceServersRetryAfterMs);
    await createCode(base, { authorization: "key" });
    await redeemCode(base, code, { authorization: async () => undefined });
    if (room.token !== undefined) {
        const fresh = await iceServers({ base, appID, side: "B", token: room.token, signal });
        console.log(new RTCPeerConnection(fresh), fresh.expiresAt?.getTime());
    }
    // @ts-expect-error a token is needed
    await iceServers({ base, appID, side: "B" });
    // @ts-expect-error a text, or a function that returns one
    await createCode(base, { authorization: 7 });
    // @ts-expect-error a code is a string: leading zeros count
    await redeemCode(base, 2802);
    // @ts-expect-error who redeems a code has it already
    console.log(room.code);
    // @ts-expect-error seconds, not text
    await createCode(base, { ttl: "300" });
}

export async function session(appID: string, signal: AbortSignal): Promise<void> {
    const made: SignalingSession = connect({
        base, appID, side: "A", session: "name", signal, giveUpAfterMs: Infinity, maxMessageBytes: 65536,
    });
    // @ts-expect-error sides are upper case
    connect({ base, appID, side: "a" });
    // @ts-expect-error a room is needed
    connect({ base, side: "A" });
    // @ts-expect-error the session itself says what it is
    made.state = "open";

    made.addEventListener("open", ({ detail }) => { const resumed: boolean = detail.resumed; console.log(resumed); });
    made.addEventListener("item", ({ detail: { seq, payload } }) => console.log(seq + 1, payload), { once: true });
    made.addEventListener("reconnecting", ({ detail: { attempt, delayMs, reason } }) => console.log(attempt + delayMs, reason.advice));
    made.addEventListener("refused", ({ detail: { code, message } }) => console.log(code.length, message.length));
    made.addEventListener("signal", (event) => console.log(event.detail.type, event.detail["sdp"]));
    made.addEventListener("closed", ({ detail: { error } }) => { if (error instanceof SignalingError) console.log(error.code); });
    // @ts-expect-error a payload may be anything, so it has to be looked at first
    made.addEventListener("item", ({ detail }) => detail.payload.length);

    made.signal({ type: "sender_ready", anything: [1, 2] });
    // @ts-expect-error the server relays four types
    made.signal({ type: "hello" });
    await made.send({ n: 1 }, { to: "B", signal });
    made.telemetry("ice-connected", { mode: "relay" });
    made.telemetry("ice-failed", { reason: "timeout" });
    made.telemetry("ice-restart", { candidates: { host: 1 }, servers: { stun: 1 }, errors: [701], elapsedMs: 7 });
    made.addEventListener("diagnosis", ({ detail: { cause, side, hint, advice } }) => console.log(cause === "timeout", side, hint, advice));
    // @ts-expect-error a failure has a reason, not a mode
    made.telemetry("ice-failed", { mode: "relay" });
    for await (const { seq, payload } of made.items()) console.log(seq + 1, payload);
    for await (const { seq } of made.items({ signal })) console.log(seq);
    made.close();
}

interface Move { x: number; y: number }

export async function typed(appID: string): Promise<void> {
    const made = connect<Move, { text: string }>({ base, appID, side: "A" });
    made.addEventListener("item", ({ detail: { payload } }) => console.log(payload.x + payload.y));
    for await (const { payload } of made.items()) console.log(payload.x);
    await made.send({ text: "hello" });
    // @ts-expect-error not what this program sends
    await made.send({ x: 1, y: 2 });
    const paired = await pair<Move, Move>({ base, onSession: (opened) => opened.send({ x: 1, y: 2 }) });
    await paired.session.send({ x: 1, y: 2 });
    // @ts-expect-error a member is missing
    await paired.session.send({ x: 1 });
    // One whose items have types is one of any items, where nothing is sent.
    const any: SignalingSession<unknown, { text: string }> = made;
    any.close();
}

export async function channels(made: PeerLink, signal: AbortSignal): Promise<void> {
    const channel: RTCDataChannel = await made.openChannel("cursor", { ordered: false, maxRetransmits: 0 });
    made.addEventListener("channel", ({ detail }) => { detail.onmessage = ({ data }) => console.log(detail.label, data); });
    await made.send("text");
    await made.send(new Uint8Array(3), { channel, signal });
    await made.send(new Blob(["text"]));
    // @ts-expect-error a channel carries text and bytes
    await made.send({ x: 1 });
    // @ts-expect-error a channel has a label
    await made.openChannel();
    console.log(made.channels.length);
}

export async function link(signal: AbortSignal): Promise<PeerLink | undefined> {
    try {
        const made = await pair({
            base, signal, ttl: 300,
            iceServers: [{ urls: "turn:turn.example.org", username: "u", credential: "c" }],
            rtcConfiguration: { iceTransportPolicy: "relay" },
            onCode: ({ code, expiresAt }) => console.log(code.length, expiresAt.getTime()),
            authorization: (asked) => asked.aborted ? undefined : "key",
            onProgress: (stage, detail) => console.log(stage === "waiting", detail?.warning.cause),
            onSession: (opened) => opened.addEventListener("reconnecting", ({ detail }) => console.log(detail.delayMs)),
            peerWithinMs: 1, connectWithinMs: 1, restoreWithinMs: 1, giveUpAfterMs: 1,
        });
        await pair({ base, onRoom: async (room) => { await pair({ base, ...room, peerWithinMs: 5, expiresInMs: 1 }); } });
        await pair({ base, appID: "6f1f0a52-7a3c-4a51-9d0c-2f0e8f1b9c34", side: "B" });
        // @ts-expect-error a side that there is none of
        await pair({ base, appID: "6f1f0a52-7a3c-4a51-9d0c-2f0e8f1b9c34", side: "C" });
        await pair({ base, code: "2802", iceServers: "/ice-servers" });
        await pair({ base, code: "2802", iceServers: async () => [] });
        // @ts-expect-error a stage that there is none of
        await pair({ base, onProgress: (stage) => stage === "done" });
        made.channel.send("hello");
        made.addEventListener("statechange", ({ detail }) => console.log(detail === "interrupted"));
        made.addEventListener("peerleft", () => made.close());
        made.addEventListener("problem", ({ detail: { error } }) => console.warn(error));
        made.addEventListener("closed", ({ detail: { error } }) => console.log(error));
        // @ts-expect-error a state that there is none of
        made.addEventListener("statechange", ({ detail }) => detail === "open");
        const route: Route | null = await made.route();
        // @ts-expect-error there may be no route
        console.log(route.kind);
        if (route) console.log(route.kind === "direct", route.local.type, route.remote.protocol, route.rttMs ?? 0, route.bytesSent);
        return made;
    } catch (error) {
        if (error instanceof NoRouteError) {
            console.log(error.local.map(({ type, protocol }) => type + protocol), error.remote.filter(({ tried }) => tried));
            console.log(error.cause === "udp_blocked", error.side === "both", error.hint === "no_stun");
            // @ts-expect-error no such cause
            console.log(error.cause === "weather");
        }
        if (error instanceof SignalingError) console.log(error.code === "code_gone", error.advice, error.retryAfterMs ?? 0);
        // @ts-expect-error no such code
        if (error instanceof SignalingError) console.log(error.code === "code_lost");
        // @ts-expect-error links are made by pair
        return new PeerLink();
    }
}

export async function verified(signal: AbortSignal): Promise<void> {
    const shown = (phrase: string | undefined, fragment: string | undefined) => console.log(phrase?.length, fragment?.length);
    const made = await pair({ base, signal, words: 2, link: true, onCode: ({ code, phrase, fragment }) => shown(code + phrase, fragment) });
    await pair({ base, code: "2802-crossword-clockwork", verify: true });
    // @ts-expect-error how many, not which
    await pair({ base, words: "crossword" });
    // @ts-expect-error it is made here
    await pair({ base, link: "q83vEjRWeJCrze8SNFZ4kA" });
    const by: "words" | "link" | null = made.verified;
    const digits: string | null = made.sas;
    console.log(by, digits);
    // @ts-expect-error people decide whether they compare
    made.verified = "words";
    made.addEventListener("sas", ({ detail }) => console.log(detail.length));
    made.addEventListener("forged", ({ detail }) => console.log(detail + 1));
    const parsed = await parseCode("2802-crossword-clockwork");
    console.log(parsed.code);
    // @ts-expect-error digits alone have no secret
    console.log(parsed.secret.length);
    if (parsed.by !== undefined) console.log(parsed.by === "link", parsed.secret.length);
    try {
        await parseCode("2802-crossward", { signal: new AbortController().signal });
    } catch (error) {
        if (error instanceof SignalingError) console.log(error.code === "words_unknown", error.word, error.suggestions?.join(), error.unproved);
    }
}

export const pieces: [number, string, string | undefined, boolean] = [
    reconnection.delayMs(1),
    wire.hello("", 0),
    wire.parse("{}")?.kind,
    reconnection.comesBack(reconnection.errorOfClose(1006, "")),
];
