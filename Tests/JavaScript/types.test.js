// signaling.d.ts against TypeScript, and against what signaling.js really exports.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import test from "node:test";
import * as client from "../../Web/client/signaling.js";
import { skipUnless } from "./support/needs.js";

const declarations = readFileSync(new URL("../../Web/client/signaling.d.ts", import.meta.url), "utf8");

const hasCompiler = spawnSync("tsc", ["--version"]).error === undefined;
const skip = skipUnless(hasCompiler, "needs tsc, which is in Debian's package node-typescript");

test("the types compile strictly, and so does a program that uses all of them", { skip }, () => {
    const files = ["types/usage.ts", "../../Web/client/signaling.d.ts"].map((path) => fileURLToPath(new URL(path, import.meta.url)));
    const options = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--noPropertyAccessFromIndexSignature", "--pretty", "false"];
    const target = ["--target", "es2022", "--module", "es2022", "--moduleResolution", "node", "--lib", "es2022,dom"];
    const { status, stdout, error } = spawnSync("tsc", [...options, ...target, ...files], { encoding: "utf8", timeout: 120_000 });
    assert.equal(error, undefined);
    assert.equal(status, 0, stdout);
});

test("what is declared as a value is exported, and nothing else", () => {
    const declared = [...declarations.matchAll(/^export (?:function|class|const) (\w+)/gm)].map(([, name]) => name);
    assert.deepEqual(Object.keys(client).sort(), declared.sort());
    for (const [, keyword, name] of declarations.matchAll(/^export (function|class|const) (\w+)/gm)) {
        assert.equal(typeof client[name], keyword === "const" ? "object" : "function", name);
        assert.equal(/^class /.test(String(client[name])), keyword === "class", name);
    }
});

test("the objects have the members that are declared", () => {
    for (const name of ["wire", "reconnection"]) {
        const [, body] = new RegExp(`^export const ${name}: \\{\n([^]*?)^\\};`, "m").exec(declarations);
        const members = [...body.matchAll(/^    (?:readonly )?(\w+)[:(]/gm)].map(([, member]) => member);
        assert.deepEqual(Object.keys(client[name]).sort(), members.sort());
    }
});

test("every error code that is declared has its advice, and no other has", () => {
    const [, union] = /^export type ErrorCode =([^;]*);/m.exec(declarations);
    const codes = [...union.matchAll(/"(\w+)"/g)].map(([, code]) => code);
    assert.ok(codes.length > 20);
    for (const code of codes) assert.match(new client.SignalingError(code, "why").advice, /^[A-Z].*[.]$/, code);
    const source = readFileSync(new URL("../../Web/client/modules/errors.js", import.meta.url), "utf8");
    const [, table] = /^const ADVICE = \{([^]*?)^\};/m.exec(source);
    assert.deepEqual([...table.matchAll(/^    (\w+):/gm)].map(([, code]) => code).sort(), codes.sort());
});
