import ModuleBundler
import Testing

/// What comes of modules that are taken.
@Suite struct BundleTests {
    @Test func modulesBecomeOneFile() throws {
        let text = try self.bundle([
            "entry.js": """
            // The head.
            // It stays.

            export { Greeter } from "./modules/greeter.js";
            export { WORDS, first } from "./modules/words.js";

            """,
            "modules/greeter.js": """
            // Greets.

            import { first } from "./words.js";
            import {
                trimmed,
            } from "./text.js";

            /** Says it. */
            export class Greeter extends Object {
                greet() { return trimmed(first()); }
            }

            """,
            "modules/text.js": """
            export const trimmed = (text) => text.trim();
            """,
            "modules/words.js": """
            import { trimmed } from "./text.js";

            export const WORDS = [" a ", " b "].map(trimmed);

            // Which is first.
            export function first() {
                return ENDING + WORDS[0];
            }

            const ENDING = "";
            """,
        ])
        #expect(
            text == """
                // The head.
                // It stays.

                // modules/text.js

                const trimmed = (text) => text.trim();

                // modules/words.js

                const WORDS = [" a ", " b "].map(trimmed);

                // Which is first.
                function first() {
                    return ENDING + WORDS[0];
                }

                const ENDING = "";

                // modules/greeter.js

                // Greets.

                /** Says it. */
                class Greeter extends Object {
                    greet() { return trimmed(first()); }
                }

                export {
                    Greeter,
                    WORDS,
                    first,
                };

                """)
    }

    @Test func everyKindOfDeclarationIsTaken() throws {
        let module = """
            export const a = { b: [1, 2], c: (d, e) => { const f = 1, g = 2; return f + g; } };
            export function h(i = ";") { return i; }
            export async function j() { for await (const k of l()) await k; }
            export async function* l() { yield 1; }
            export function* m() {}
            export class n { static #o = 1; get p() { return n.#o; } ["q" + 1]() {} }
            const r = async (s) => { s(); };
            class t extends (class { u() {} }) {}
            """
        let names = ["a", "h", "j", "l", "m", "n"]
        let text = try self.bundle(module, names: names)
        #expect(text.hasPrefix("// m.js\n\n" + module.replacing("export ", with: "") + "\n\nexport {"))
        for name in names { #expect(text.contains("    \(name),\n")) }
    }

    /// The words stand where they mean nothing, and the brackets would not fit if they were counted.
    @Test(arguments: [
        "// import { x } from \"./x.js\"; export (",
        "/* import x\nexport { */",
        "const a = \"import { x } from './x.js'; export { \\\" {\";",
        "const a = 'export default {';",
        "const a = 'a\\\nexport {';",
        "const a = `import { x } from \"./x.js\"; ${`export { ${1}`} \\` \\${ export {`;",
        "const a = `${{ b: `}` }.b}export {`;",
        "const a = /import { x }/;",
        "const a = [/[/{]export (/g, /\\/{/];",
        "const a = (b) => /{/.test(b) && b ? /export {/ : !/}/;",
        "function a(b) { if (b) /{/.test(b); return /{/.test(b); }",
        "const a = 4 / 2; const b = a / a; const c = (a) / 2 / [a][0] / 1.5e+3 / 0xe+2 / `2` / .5;",
        "const a = b.import; const b = { ...a.export };",
        "const a = { in: 4 }; const b = a.in / 2; const c = \"{/\";",
        "class a { #b = 4; c(d) { return this.#b / 2 / d++ / 2; } }",
        "function import_() {} function $export() {}",
        "const a = 'ü → {';",
    ])
    func wordsThatAreNoStatementsAreLeftAlone(_ text: String) throws {
        let bundle = try self.bundle(text + "\nexport const z = 1;", names: ["z"])
        #expect(bundle == "// m.js\n\n\(text)\nconst z = 1;\n\nexport {\n    z,\n};\n")
    }

    @Test func aModuleComesBehindThoseItImportsFrom() throws {
        // The paths are in no order that helps.
        let files = [
            "entry.js": "export { a } from \"./a.js\";",
            "a.js": "import { d } from \"./d.js\";\nimport { b } from \"./b.js\";\nexport const a = b + d;",
            "b.js": "import { c } from \"./c/c.js\";\nexport const b = c;",
            "c/c.js": "import { d2 } from \"./d.js\";\nexport const c = d2;",
            "c/d.js": "export const d2 = 1;",
            "d.js": "export const d = 1;",
        ]
        let text = try self.bundle(files)
        #expect(text.split(separator: "\n").filter { $0.hasPrefix("//") } == ["// d.js", "// c/d.js", "// c/c.js", "// b.js", "// a.js"])
        for _ in 0..<5 { #expect(try self.bundle(files) == text) }
    }

    /// Names of its own scopes that no other module declares, and those that are looked up in an object.
    @Test func aNameOfAnotherModuleMayBeAMember() throws {
        let files = [
            "entry.js": "export { a } from \"./a.js\";\nexport { b } from \"./b.js\";",
            "a.js": "export const a = 1;",
            "b.js": """
            export const b = { a: 2, c() { return this.a + this?.a; } };
            class D { a() {} get ["a"]() {} #a = 1; e({ a: f }) { return f; } }
            """,
        ]
        #expect(throws: Never.self) { try self.bundle(files) }
    }

    private func bundle(_ module: String, names: [String]) throws -> String {
        let entry = "export { \(names.joined(separator: ", ")) } from \"./m.js\";"
        return try self.bundle(["entry.js": entry, "m.js": module])
    }

    private func bundle(_ files: [String: String]) throws -> String {
        try #require(try Bundler.bundle(entries: ["entry.js"], files: files)["entry.js"])
    }

    @Test func severalFilesImportFromEachOther() throws {
        let files = [
            "client.js": "// The client.\nexport { Failure, meet } from \"./modules/meet.js\";",
            "modules/meet.js": """
            import { padded } from "../text/text.js";

            export class Failure {}
            export const meet = async () => (await import("../words.js")).words(padded(1));

            """,
            "words.js": "export { words } from \"./words/words.js\";",
            "words/words.js": """
            import { Failure, meet } from "../client.js";
            import { page } from "./page.js";

            export function words(text) {
                if (!text) throw new Failure(meet, page);
            }
            """,
            "words/page.js": """
            import { padded } from "../text/text.js";
            import { Failure } from "../client.js";
            export const page = () => new Worker(new URL("../sum-worker.js", import.meta.url), padded(Failure));
            """,
            "text/text.js": "export const padded = (text) => ` ${text} `;",
        ]
        let joined = try Bundler.bundle(entries: ["client.js", "words.js"], assets: ["sum-worker.js"], files: files)
        #expect(
            joined["client.js"] == """
                // The client.

                // text/text.js

                const padded = (text) => ` ${text} `;

                // modules/meet.js

                class Failure {}
                const meet = async () => (await import("./words.js")).words(padded(1));

                export {
                    Failure,
                    meet,
                };

                """)
        #expect(
            joined["words.js"] == """
                import { Failure, meet } from "./client.js";

                // text/text.js

                const padded = (text) => ` ${text} `;

                // words/page.js

                const page = () => new Worker(new URL("./sum-worker.js", import.meta.url), padded(Failure));

                // words/words.js

                function words(text) {
                    if (!text) throw new Failure(meet, page);
                }

                export {
                    words,
                };

                """)
        #expect(joined.count == 2)
    }
}
