// The recipes of docs/recipes.md, as they stand there, with fakes for the frameworks.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";
import { described, FakePeerConnection } from "./support/fake-peer-connection.js";
import { FakeSocket } from "./support/fake-socket.js";
import { answerRequests, APP_ID, turns } from "./support/sessions.js";

const page = readFileSync(new URL("../../docs/recipes.md", import.meta.url), "utf8");
const client = new URL("../../Web/client/signaling.js", import.meta.url).href;

/** Of React, what the hook calls; the test runs the effects. Of Vue, what the function calls. */
const FRAMEWORKS = {
    "react.js": `
        export const world = { effects: [], states: [], refs: [] };
        export const useEffect = (effect, needs) => { world.effects.push({ effect, needs }); };
        export const useState = (first) => {
            world.state ??= first;
            return [world.state, (next) => {
                world.state = typeof next === "function" ? next(world.state) : next;
                world.states.push(world.state);
            }];
        };
        export const useRef = (current) => ({ current });
    `,
    "vue.js": `
        export const world = { disposals: [] };
        export const shallowReactive = (object) => object;
        export const onScopeDispose = (dispose) => { world.disposals.push(dispose); };
    `,
};

/** The recipe's file, with the modules that it imports beside it. */
async function recipe(t, name) {
    const folder = mkdtempSync(join(tmpdir(), "nt-recipe-"));
    t.after(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    for (const [, file, text] of page.matchAll(/^```js file=(\S+)\n([^]*?)^```/gm)) {
        const imported = text.replace('"nt-backend-wrtc-client"', `"${client}"`).replace('"./signaling.js"', `"${client}"`);
        writeFileSync(join(folder, file), imported.replace('"react"', '"./react.js"').replace('"vue"', '"./vue.js"'));
    }
    for (const [file, text] of Object.entries(FRAMEWORKS)) writeFileSync(join(folder, file), text);
    const load = (file) => import(pathToFileURL(join(folder, file)).href);
    return { recipe: await load(name), load };
}

/** A server that knows codes, and an environment with WebRTC. */
function network(t) {
    FakeSocket.install(t);
    FakePeerConnection.install(t);
    const room = { appID: APP_ID, expiresAt: new Date(Date.now() + 60_000).toISOString(), expiresInMs: 60_000 };
    return answerRequests(t, { "/rendezvous/code": { body: { code: "2802", ...room } }, "/rendezvous/redeem": { body: room } });
}

async function connects() {
    FakeSocket.last.welcome();
    FakeSocket.last.say({ type: "room_full" });
    await turns();
    FakeSocket.last.say({ type: "answer", sdp: described("answer") });
    await turns();
    FakePeerConnection.last.becomes("connected");
    FakePeerConnection.last.opens();
    await turns();
}

/** Some of the client is loaded only when it is needed. */
async function until(isTrue) {
    for (let count = 0; count < 1000 && !isTrue(); count += 1) await turns();
    assert.ok(isTrue(), `never came true: ${isTrue}`);
}

const receives = (data) => FakePeerConnection.last.channel.onmessage({ data });

test("React: in StrictMode one code is created, and one session begun", async (t) => {
    const asked = network(t);
    const { recipe: { usePairing }, load } = await recipe(t, "use-pairing.js");
    const { world } = await load("react.js");
    const lines = [];
    usePairing({ base: "http://server.test" }, (line) => lines.push(line));
    const [keepNewest, begin] = world.effects.map(({ effect }) => effect);
    // What StrictMode does: each effect, its end, and the effect again.
    keepNewest();
    begin()();
    const end = begin();
    await turns();
    assert.deepEqual(asked.map(({ path }) => path), ["/rendezvous/code"]);
    assert.equal(FakeSocket.all.length, 1);
    assert.deepEqual([world.state.code, world.state.stage], ["2802", "waiting"]);
    await connects();
    assert.equal(world.state.stage, "connected");
    assert.equal(world.state.link.state, "connected");
    receives("hello");
    assert.deepEqual(lines, ["hello"]);
    const { link } = world.state;
    const before = world.states.length;
    end();
    receives("too late");
    await turns();
    assert.equal(link.state, "closed");
    assert.deepEqual(lines, ["hello"]);
    assert.equal(world.states.length, before, "a component that is gone is told nothing");
    assert.deepEqual(world.effects[1].needs, ["http://server.test", undefined]);
});

test("React: what ends before the link is there leaves nothing behind", async (t) => {
    network(t);
    const { recipe: { usePairing }, load } = await recipe(t, "use-pairing.js");
    const { world } = await load("react.js");
    usePairing({ base: "http://server.test", code: "2802" }, () => {});
    const end = world.effects[1].effect();
    await turns();
    const { state } = world;
    end();
    await turns();
    assert.notEqual(FakeSocket.last.closedWith, undefined);
    assert.equal(FakePeerConnection.last.signalingState, "closed");
    assert.equal(world.state, state);
});

test("React: an error is told, and the end of the link", async (t) => {
    const asked = network(t);
    const { recipe: { usePairing }, load } = await recipe(t, "use-pairing.js");
    const { world } = await load("react.js");
    usePairing({ base: "http://server.test", code: "12" }, () => {});
    world.effects[1].effect();
    await until(() => world.state.error);
    assert.equal(world.state.error.code, "code_malformed");
    assert.deepEqual(asked, []);
    usePairing({ base: "http://server.test" }, () => {});
    t.after(world.effects[3].effect());
    await turns();
    await connects();
    FakePeerConnection.last.channel.shuts();
    assert.deepEqual([world.state.stage, world.state.link, world.state.error.code], ["closed", undefined, "peer_left"]);
});

test("Vue: it pairs, and ends with its scope", async (t) => {
    network(t);
    const { recipe: { usePairing }, load } = await recipe(t, "use-pairing-vue.js");
    const { world } = await load("vue.js");
    const lines = [];
    const state = usePairing({ base: "http://server.test" }, (line) => lines.push(line));
    await turns();
    assert.equal(state.code, "2802");
    await connects();
    receives("hello");
    assert.deepEqual([state.link.state, lines], ["connected", ["hello"]]);
    const { link } = state;
    for (const dispose of world.disposals) dispose();
    assert.equal(link.state, "closed");
});

test("a service worker fetches what is there, and ends in time", async (t) => {
    network(t);
    const listeners = {};
    globalThis.addEventListener = (type, listener) => { listeners[type] = listener; };
    const { recipe: { fetchItems } } = await recipe(t, "worker.js");
    assert.deepEqual(Object.keys(listeners).sort(), ["fetch", "push"]);
    const taken = [];
    const fetching = fetchItems({ base: "http://server.test", appID: APP_ID, side: "A" }, (payload) => taken.push(payload), 300);
    FakeSocket.last.welcome();
    for (const seq of [1, 2]) FakeSocket.last.say({ type: "deliver", seq, payload: { seq } });
    await fetching;
    assert.deepEqual(taken, [{ seq: 1 }, { seq: 2 }]);
    assert.deepEqual(FakeSocket.last.sentOf("delivered").at(-1), { type: "delivered", upTo: 2 });
    assert.notEqual(FakeSocket.last.closedWith, undefined);
});

test("a service worker keeps the immutable files of the client, and nothing else", async (t) => {
    network(t);
    const listeners = {};
    globalThis.addEventListener = (type, listener) => { listeners[type] = listener; };
    await recipe(t, "worker.js");
    const store = new Map();
    const cache = { match: async ({ url }) => store.get(url), put: async ({ url }, response) => store.set(url, response) };
    globalThis.caches = { open: async () => cache };
    t.after(() => { delete globalThis.caches; });
    const fetched = t.mock.method(globalThis, "fetch", async ({ url }) => new Response(url, { status: url.includes("gone") ? 404 : 200 }));
    const answerTo = async (url) => {
        let answer;
        listeners.fetch({ request: { url }, respondWith: (promise) => { answer = promise; } });
        return (await answer)?.clone();
    };
    const url = "https://server.test/client/0123456789abcdef/signaling.js";
    for (let round = 0; round < 2; round += 1) assert.equal(await (await answerTo(url)).text(), url);
    assert.equal(fetched.mock.callCount(), 1);
    for (const other of ["/client/signaling.js", "/client/manifest.json", "/rendezvous/ice?side=A", "/"]) {
        assert.equal(await answerTo(`https://server.test${other}`), undefined, other);
    }
    await answerTo("https://server.test/client/0123456789abcdef/gone.js");
    assert.deepEqual([...store.keys()], [url]);
});
