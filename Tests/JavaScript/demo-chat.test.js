import assert from "node:assert/strict";
import test from "node:test";

import { Chat, CHAT_KINDS, MAX_CHAT_LENGTH } from "../../Web/demo/chat.js";
import { connectedPorts } from "./support/memory-channel.js";

/** Two people; what each sees. */
function conversation() {
    const network = connectedPorts(undefined, CHAT_KINDS);
    const people = network.ports.map((port) => {
        const chat = new Chat(port);
        const seen = [];
        let forgotten = 0;
        chat.addEventListener("message", ({ detail }) => seen.push(detail));
        chat.addEventListener("forgotten", () => (forgotten += 1));
        return { chat, seen, forgotten: () => forgotten };
    });
    return { ...network, people };
}

test("both see what was said, by whom and when", async () => {
    const { people, until } = conversation();
    people[0].chat.say("  hello ");
    await until(() => people[1].seen.length === 1);
    for (const [index, { seen }] of people.entries()) {
        assert.deepEqual([seen[0].text, seen[0].isOwn], ["hello", index === 0]);
        assert.ok(Math.abs(seen[0].time - Date.now()) < 60_000);
    }
});

test("blanks are not said, and of what is too long the rest is left to be said next", async () => {
    const { people, until } = conversation();
    assert.equal(people[0].chat.say("   "), "");
    const rest = people[0].chat.say(`${"x".repeat(MAX_CHAT_LENGTH - 1)}😀y`);
    assert.equal(rest, "😀y", "no letter is cut in half");
    assert.equal(people[0].chat.say(rest), "");
    await until(() => people[1].seen.length > 1);
    assert.deepEqual(people[1].seen.map(({ text }) => text.length), [MAX_CHAT_LENGTH - 1, 3]);
});

test("nothing is said into a closed channel", () => {
    const { people, channels } = conversation();
    channels[0].shut();
    assert.equal(people[0].chat.say("anybody?"), "anybody?");
    assert.deepEqual(people[0].seen, []);
});

test("of more than 500 messages the oldest are forgotten", async () => {
    const { people, until } = conversation();
    for (let index = 0; index < 502; index += 1) people[0].chat.say(`${index}`);
    await until(() => people[1].seen.length === 502);
    assert.deepEqual(people.map(({ forgotten }) => forgotten()), [2, 2]);
});
