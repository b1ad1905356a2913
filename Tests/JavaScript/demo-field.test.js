// The field for a code: what becomes of a code that is read while the person goes on.

import assert from "node:assert/strict";
import test from "node:test";

const elements = new Map();
globalThis.document = {
    getElementById(id) {
        if (!elements.has(id)) elements.set(id, new FakeElement());
        return elements.get(id);
    },
};
globalThis.location = { hash: "" };

class FakeElement extends EventTarget {
    value = "";
    textContent = "";
    attributes = {};

    setAttribute(name, value) {
        this.attributes[name] = value;
    }

    removeAttribute(name) {
        delete this.attributes[name];
    }

    focus() {}
}

const { emptyCodeField, watchCodeField } = await import("../../Web/demo/code-field.js");
const field = document.getElementById("code-input");
const used = [];
const failures = [];
let created = 0;
watchCodeField({
    create: () => (created += 1),
    use: (entered) => used.push(entered),
    failed: (error) => failures.push(error),
    show: () => {},
});

/** Presses Connect, and returns the codes that were used and the objection. What `meanwhile` does happens before the code has been read. */
async function enter(text, meanwhile = () => {}) {
    field.value = text;
    press();
    meanwhile();
    // Reading waits for nothing but the list of words, which is loaded by then.
    await import("../../Web/client/verified.js");
    await new Promise(setImmediate);
    return [used.splice(0), document.getElementById("code-error").textContent];
}

function press() {
    document.getElementById("join-form").dispatchEvent(new Event("submit", { cancelable: true }));
}

test("a code is used with what it proves", async () => {
    assert.deepEqual(await enter("2802-acorn"), [[{ text: "2802-acorn", by: "words" }], ""]);
    assert.deepEqual(await enter("28 02"), [[{ text: "28 02", by: undefined }], ""]);
});

test("an empty field asks for a code", async () => {
    assert.deepEqual(await enter("  "), [[], ""]);
    assert.equal(created, 1);
});

test("what is wrong with it is said", async () => {
    const [none, objection] = await enter("2802-acorm");
    assert.deepEqual([none, field.attributes["aria-invalid"]], [[], "true"]);
    assert.match(objection, /“acorm” is none of the words/);
    emptyCodeField();
});

test("who presses twice uses it once", async () => {
    assert.deepEqual(await enter("2802-acorn", press), [[{ text: "2802-acorn", by: "words" }], ""]);
});

test("who begins something else, or types on, before it is read does not use it", async () => {
    assert.deepEqual(await enter("2802-acorn", emptyCodeField), [[], ""]);
    assert.deepEqual(await enter("2802-acorm", emptyCodeField), [[], ""]);
    assert.deepEqual(await enter("2802-acorn", () => (field.value += "-b")), [[], ""]);
    assert.deepEqual(await enter("2802"), [[{ text: "2802", by: undefined }], ""], "the field takes the next one");
    assert.deepEqual(failures, []);
});
