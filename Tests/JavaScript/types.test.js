// The types against TypeScript, and against what the modules really export.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import test from "node:test";
import * as files from "../../Web/client/files.js";
import * as client from "../../Web/client/signaling.js";
import * as verified from "../../Web/client/verified.js";
import { skipUnless } from "./support/needs.js";

const MODULES = { signaling: client, files, verified };
const declarationsOf = (name) => readFileSync(new URL(`../../Web/client/${name}.d.ts`, import.meta.url), "utf8");
const declarations = declarationsOf("signaling");

const hasCompiler = spawnSync("tsc", ["--version"]).error === undefined;
const skip = skipUnless(hasCompiler, "needs tsc, which is in Debian's package node-typescript");

test("the types compile strictly, and so does a program that uses all of them", { skip }, () => {
    const programs = ["usage", "files-usage", "verified-usage"].map((name) => `types/${name}.ts`);
    const types = Object.keys(MODULES).map((name) => `../../Web/client/${name}.d.ts`);
    const files = [...programs, ...types].map((path) => fileURLToPath(new URL(path, import.meta.url)));
    const options = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--noPropertyAccessFromIndexSignature", "--pretty", "false"];
    const target = ["--target", "es2022", "--module", "es2022", "--moduleResolution", "node", "--lib", "es2022,dom"];
    const { status, stdout, error } = spawnSync("tsc", [...options, ...target, ...files], { encoding: "utf8", timeout: 120_000 });
    assert.equal(error, undefined);
    assert.equal(status, 0, stdout);
});

for (const [name, module] of Object.entries(MODULES)) {
    test(`what is declared as a value is exported, and nothing else: ${name}`, () => {
        const declared = [...declarationsOf(name).matchAll(/^export (function|class|const) (\w+)/gm)];
        assert.deepEqual(Object.keys(module).sort(), declared.map(([, , member]) => member).sort());
        for (const [, keyword, member] of declared) {
            assert.equal(typeof module[member], keyword === "const" ? "object" : "function", member);
            assert.equal(/^class /.test(String(module[member])), keyword === "class", member);
        }
    });
}

test("a class has the methods that are declared", () => {
    for (const name of ["Transfers", "Port"]) {
        const [, body] = new RegExp(`^export class ${name} [^\n]*\\{\n([^]*?)^\\}`, "m").exec(declarationsOf("files"));
        const declared = [...body.matchAll(/^    (?:readonly )?(?!constructor)(\w+)[:(]/gm)].map(([, member]) => member);
        assert.ok(declared.length > 2);
        for (const member of declared) assert.ok(member in files[name].prototype, `${name}.${member}`);
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
