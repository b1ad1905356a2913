// Web/client as a package: what would be published is complete, and programs find it under the package's names. Nothing is fetched.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { skipUnless } from "./support/needs.js";

const FOLDER = fileURLToPath(new URL("../../Web/client/", import.meta.url));
const read = (path) => readFileSync(join(FOLDER, path), "utf8");
const description = JSON.parse(read("package.json"));
const all = readdirSync(FOLDER, { recursive: true }).filter((path) => statSync(join(FOLDER, path)).isFile());

/** What `npm pack` takes: package.json, and what "files" names, which are patterns of the top level and folders. */
const packed = all.filter((path) => path === "package.json" || description.files.some((pattern) => {
    if (!pattern.includes("*")) return path.startsWith(`${pattern}/`);
    return !path.includes("/") && path.endsWith(pattern.replace("*", ""));
}));

/** A program's folder with the package in it, and what becomes of a module of the program. */
function program(t, place) {
    const folder = mkdtempSync(join(tmpdir(), "nt-package-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const target = join(folder, "node_modules", description.name);
    mkdirSync(dirname(target));
    place(target);
    return {
        folder,
        run(text) {
            writeFileSync(join(folder, "program.mjs"), text);
            return spawnSync(process.execPath, ["program.mjs"], { cwd: folder, encoding: "utf8", timeout: 20_000 });
        },
    };
}

const PLACES = {
    "a copy of what is published": (target) => {
        for (const path of packed) cpSync(join(FOLDER, path), join(target, path));
    },
    "a link to the folder": (target) => symlinkSync(FOLDER, target, "dir"),
};

for (const [name, place] of Object.entries(PLACES)) {
    test(`it is imported by its names: ${name}`, (t) => {
        const { run } = program(t, place);
        const { status, stdout, stderr } = run(`
            import { pair } from "${description.name}";
            import { openFiles } from "${description.name}/files";
            import { SignalingError } from "${description.name}";
            const [error] = await Promise.allSettled([pair({ base: "http://127.0.0.1:1" })]);
            console.log(typeof openFiles, error.reason instanceof SignalingError && error.reason.code);
        `);
        assert.equal(status, 0, stderr);
        assert.equal(stdout, "function unsupported\n");
    });
}

test("what is not exported is not found", (t) => {
    const { run } = program(t, PLACES["a link to the folder"]);
    const { status, stderr } = run(`import "${description.name}/modules/link.js";`);
    assert.notEqual(status, 0);
    assert.match(stderr, /ERR_PACKAGE_PATH_NOT_EXPORTED/);
});

test("everything that can be imported is there, with its types, and everything that is there can be imported", () => {
    const targets = Object.values(description.exports).flatMap((target) => (typeof target === "string" ? [target] : Object.values(target)));
    for (const target of targets) assert.ok(packed.includes(target.slice(2)), target);
    assert.deepEqual(description.exports["."], { types: description.types, default: "./signaling.js" });
    const scripts = all.filter((path) => /^[^/]+\.js$/.test(path));
    assert.deepEqual(scripts.filter((path) => !targets.includes(`./${path}`)), []);
    for (const script of scripts) {
        const types = script.replace(/\.js$/, ".d.ts");
        if (!script.endsWith("-worker.js")) assert.ok(targets.includes(`./${types}`), types);
    }
});

test("what is published needs nothing else, and leaves nothing out", () => {
    assert.deepEqual(packed.sort(), all.sort());
    for (const path of packed.filter((name) => name.endsWith(".js"))) {
        const needed = [...read(path).matchAll(/\b(?:from |import\()"([^"]+)"|new URL\("([^"]+)", import\.meta/g)];
        for (const [, module, url] of needed) {
            const target = posix.join(posix.dirname(path), module ?? url);
            assert.ok(packed.includes(target), `${path} needs ${target}`);
        }
    }
    assert.equal(description.dependencies, undefined);
});

test("it is of this release, under this license, and without side effects", () => {
    const inProject = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
    const [, version] = /current = "([^"]+)"/.exec(inProject("Sources/ServerApp/BuildVersion.swift"));
    assert.equal(description.version, version);
    assert.match(inProject("LICENSE"), /Apache License\s+Version 2\.0/);
    assert.equal(description.license, "Apache-2.0");
    assert.equal(description.sideEffects, false);
    // Modules run nothing when they are imported: whatever stands at the top level declares something.
    const modules = packed.filter((path) => path.endsWith(".js") && !path.endsWith("-worker.js"));
    for (const path of modules) {
        const text = read(path).replace(/`[^`]*`/g, "``");
        for (const [line] of text.matchAll(/^[^\s/*})\]].*$/gm)) {
            assert.match(line, /^(?:import |export |const |(?:async )?function\b|class )/, `${path}: ${line}`);
        }
    }
});

const hasCompiler = spawnSync("tsc", ["--version"]).error === undefined;
const skip = skipUnless(hasCompiler, "needs tsc, which is in Debian's package node-typescript");

test("TypeScript finds the types under the package's names", { skip }, (t) => {
    const { folder } = program(t, PLACES["a copy of what is published"]);
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    writeFileSync(join(folder, "program.ts"), `
        import { pair, PeerLink } from "${description.name}";
        import { openFiles, Transfers } from "${description.name}/files";
        export async function run(): Promise<[PeerLink, Transfers]> {
            const link = await pair({ base: "https://signaling.example.org" });
            return [link, await openFiles(link)];
        }
    `);
    const resolution = ["--module", "node16", "--moduleResolution", "node16"];
    const options = ["--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,dom", ...resolution];
    const { status, stdout } = spawnSync("tsc", [...options, "program.ts"], { cwd: folder, encoding: "utf8", timeout: 120_000 });
    assert.equal(status, 0, stdout);
});
