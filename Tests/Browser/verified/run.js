// Runs in a page what Tests/JavaScript/verified-pairing.test.js runs in Node, but for what it compares with Node's own cryptography.

import { attacks } from "/Tests/JavaScript/support/verified/attacks.js";
import { codeChecks } from "/Tests/JavaScript/support/verified/code-checks.js";
import { comparisons } from "/Tests/JavaScript/support/verified/comparisons.js";
import { losses } from "/Tests/JavaScript/support/verified/losses.js";
import { states } from "/Tests/JavaScript/support/verified/states.js";
import { vectorChecks } from "/Tests/JavaScript/support/verified/vector-checks.js";
import { loadVerified } from "/Tests/JavaScript/support/verified/module.js";

const m = await loadVerified();
const failed = [];
let passed = 0;
for (const [what, check] of [...codeChecks, ...comparisons, ...states, ...vectorChecks, ...losses, ...attacks]) {
    try {
        await check(m);
        passed += 1;
    } catch (error) {
        failed.push(`${what}: ${error.message}`);
    }
    // The page is asked how far it is.
    await new Promise((resolve) => setTimeout(resolve));
}
globalThis.checked = { passed, failed };
