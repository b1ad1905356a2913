// The golden frames, which the Swift tests read too.

import { readFileSync } from "node:fs";

export function fixture(name) {
    return JSON.parse(readFileSync(new URL(`../../../Fixtures/wire/${name}.json`, import.meta.url), "utf8"));
}
