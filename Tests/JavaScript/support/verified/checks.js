// All that is asked of the module of verified pairing: [what, check(m)], the quick ones first.

import { attacks } from "./attacks.js";
import { codeChecks } from "./code-checks.js";
import { comparisons } from "./comparisons.js";
import { losses } from "./losses.js";
import { primitives } from "./primitives.js";
import { states } from "./states.js";
import { vectorChecks } from "./vector-checks.js";

export const checks = [...codeChecks, ...comparisons, ...states, ...vectorChecks, ...primitives, ...losses, ...attacks];
