// Verified pairing: what it calculates, what its machines do, and what they stand against.

import test from "node:test";
import { checks } from "./support/verified/checks.js";
import { loadVerified } from "./support/verified/module.js";

const m = await loadVerified();

for (const [what, check] of checks) test(what, () => check(m));
