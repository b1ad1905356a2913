// What docs/javascript.md shows, as a program in TypeScript writes it. Compiled, never run. Each @ts-expect-error line fails the
// compilation if the types let its mistake pass.

import {
    connect, createCode, NoRouteError, pair, PeerLink, reconnection, redeemCode, Route, SignalingError, SignalingSession, wire,
} from "../../../Web/client/signaling.js";

const base = "https://signaling.example.org";

export async function codes(signal: AbortSignal): Promise<void> {
    const { code, appID, expiresAt } = await createCode(base, { ttl: 300, signal });
    const left: number = expiresAt.getTime() - Date.now();
    const room = await redeemCode(new URL(base), code, { signal });
    console.log(appID === room.appID, left);
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
    // @ts-expect-error a failure has a reason, not a mode
    made.telemetry("ice-failed", { mode: "relay" });
    for await (const { seq, payload } of made.items()) console.log(seq + 1, payload);
    made.close();
}

export async function link(signal: AbortSignal): Promise<PeerLink | undefined> {
    try {
        const made = await pair({
            base, signal, ttl: 300,
            iceServers: [{ urls: "turn:turn.example.org", username: "u", credential: "c" }],
            rtcConfiguration: { iceTransportPolicy: "relay" },
            onCode: ({ code, expiresAt }) => console.log(code.length, expiresAt.getTime()),
            onProgress: (stage) => console.log(stage === "waiting"),
            onSession: (opened) => opened.addEventListener("reconnecting", ({ detail }) => console.log(detail.delayMs)),
            peerWithinMs: 1, connectWithinMs: 1, restoreWithinMs: 1, giveUpAfterMs: 1,
        });
        await pair({ base, code: "2802", iceServers: "/ice-servers" });
        await pair({ base, code: "2802", iceServers: async () => [] });
        // @ts-expect-error a stage that there is none of
        await pair({ base, onProgress: (stage) => stage === "done" });
        made.channel.send("hello");
        made.addEventListener("statechange", ({ detail }) => console.log(detail === "interrupted"));
        made.addEventListener("peerleft", () => made.close());
        made.addEventListener("closed", ({ detail: { error } }) => console.log(error));
        // @ts-expect-error a state that there is none of
        made.addEventListener("statechange", ({ detail }) => detail === "open");
        const route: Route | null = await made.route();
        // @ts-expect-error there may be no route
        console.log(route.kind);
        if (route) console.log(route.kind === "direct", route.local.type, route.remote.protocol, route.rttMs ?? 0, route.bytesSent);
        return made;
    } catch (error) {
        if (error instanceof NoRouteError) console.log(error.local.map(({ type, protocol }) => type + protocol), error.remote);
        else if (error instanceof SignalingError) console.log(error.code === "code_gone", error.advice, error.retryAfterMs ?? 0);
        // @ts-expect-error no such code
        if (error instanceof SignalingError) console.log(error.code === "code_lost");
        // @ts-expect-error links are made by pair
        return new PeerLink();
    }
}

export const pieces: [number, string, string | undefined, boolean] = [
    reconnection.delayMs(1),
    wire.hello("", 0),
    wire.parse("{}")?.kind,
    reconnection.comesBack(reconnection.errorOfClose(1006, "")),
];
