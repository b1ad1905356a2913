// As much of node:assert/strict as the checks of verified pairing use.

function fail(message = "failed") {
    throw message instanceof Error ? message : new Error(message);
}

function ok(value, message) {
    if (!value) fail(message ?? `${value} is not true`);
}

function isSame(one, other) {
    if (Object.is(one, other)) return true;
    if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
    if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) return false;
    if (one instanceof Set || one instanceof Map) return isSame([...one], [...other]);
    const [keys, others] = [Reflect.ownKeys(one), Reflect.ownKeys(other)];
    return keys.length === others.length && keys.every((key) => Object.hasOwn(other, key) && isSame(one[key], other[key]));
}

const text = (value) => JSON.stringify(value, (_, each) => (typeof each === "bigint" ? String(each) : each));

function throws(action, expected) {
    try {
        action();
    } catch (error) {
        if (typeof expected === "function") {
            const isClass = expected === Error || expected.prototype instanceof Error;
            ok(isClass ? error instanceof expected : expected(error) === true, `threw ${error}`);
        } else if (expected instanceof RegExp) ok(expected.test(String(error)), `threw ${error}`);
        else for (const [name, value] of Object.entries(expected ?? {})) {
            const isMatch = value instanceof RegExp ? value.test(error[name]) : isSame(error[name], value);
            ok(isMatch, `${name} of what was thrown is ${text(error[name])}, not ${value}`);
        }
        return;
    }
    fail("nothing was thrown");
}

export default {
    fail,
    ok,
    throws,
    equal: (one, other, message) => ok(Object.is(one, other), message ?? `${text(one)} is not ${text(other)}`),
    notEqual: (one, other, message) => ok(!Object.is(one, other), message ?? `both are ${text(one)}`),
    deepEqual: (one, other, message) => ok(isSame(one, other), message ?? `${text(one)} is not ${text(other)}`),
    notDeepEqual: (one, other, message) => ok(!isSame(one, other), message ?? `both are ${text(one)}`),
    match: (value, pattern, message) => ok(pattern.test(value), message ?? `${value} does not match ${pattern}`),
    doesNotMatch: (value, pattern, message) => ok(!pattern.test(value), message ?? `${value} matches ${pattern}`),
};
