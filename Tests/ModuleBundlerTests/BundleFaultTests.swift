import ModuleBundler
import Testing

/// What is refused, each with the one line that says where and why.
@Suite struct BundleFaultTests {
    /// A module, and the line of it that is at fault.
    @Test(arguments: [
        // Forms
        ("export default 1;", 1, "export is followed by const, function or class, and by nothing else"),
        ("export * from \"./n.js\";", 1, "export is followed by const, function or class, and by nothing else"),
        ("export { x };", 1, "export is followed by const, function or class, and by nothing else"),
        ("\nexport let x = 1;", 2, "export is followed by const, function or class, and by nothing else"),
        ("export", 1, "export is followed by a declaration"),
        ("import \"./n.js\";", 1, Self.importForm),
        ("import n from \"./n.js\";", 1, Self.importForm),
        ("import * as n from \"./n.js\";", 1, Self.importForm),
        ("import { } from \"./n.js\";", 1, Self.importForm),
        ("import { n } from './n.js';", 1, Self.importForm),
        ("import { n } from \"./n.js\"", 1, Self.importForm),
        ("import { n o } from \"./n.js\";", 1, Self.importForm),
        ("import { n } from \"./n.js\" with { type: \"json\" };", 1, Self.importForm),
        ("import(\"./n.js\");", 1, Self.importForm),
        ("const x = import(`./n.js`);", 1, Self.importExpression),
        ("const x = import(\"./n.js\", {});", 1, Self.importExpression),
        ("import { n as o } from \"./n.js\";", 1, "a name stays the same in all modules: as is not understood"),
        ("const x = 1;\nimport { n } from \"./n.js\";", 2, "imports come before everything else"),
        ("const x = async () => {\n    await import(\"./n.js\");\n};", 2, "n.js is no file of its own"),
        ("const x = async () => {\n    await import(\"./n/n.js\");\n};", 2, "n/n.js is no file of its own"),
        ("const x = new URL(\"./n.js\", import.meta.dirname);", 1, Self.importExpression),
        ("const x = new URL(\"./gone.js\", import.meta.url);", 1, "gone.js is no file of its own"),
        ("const x = `${`a` + `${import.meta.url}`}`;", 1, Self.importExpression),
        ("function f() {\n    import { n } from \"./n.js\";\n}", 2, "import belongs to the top level"),
        ("const x = 1\nimport { n } from \"./n.js\";", 2, "import begins a declaration, and the one before it has no semicolon"),
        ("function f() {\n    export const x = 1;\n}", 2, "export belongs to the top level"),
        // Paths
        ("import { n } from \"n.js\";", 1, Self.pathForm + "\"n.js\""),
        ("import { n } from \"/n.js\";", 1, Self.pathForm + "\"/n.js\""),
        ("import { n } from \"../n.js\";", 1, Self.pathForm + "\"../n.js\""),
        ("import { n } from \"./../n.js\";", 1, Self.pathForm + "\"./../n.js\""),
        ("import { n } from \"./n\";", 1, Self.pathForm + "\"./n\""),
        ("import { n } from \"https://example.org/n.js\";", 1, Self.pathForm + "\"https://example.org/n.js\""),
        // Statements
        ("let x = 1;", 1, Self.topLevel),
        ("var x = 1;", 1, Self.topLevel),
        ("const x = 1;\n\nx.run();", 3, Self.topLevel),
        ("if (true) {}", 1, Self.topLevel),
        ("class A {};", 1, Self.topLevel),
        ("const { a } = b;", 1, "const is followed by one name"),
        ("const [a] = b;", 1, "const is followed by one name"),
        ("const a;", 1, "const is followed by one name and a value"),
        ("const a = 1,\n    b = 2;", 1, "const declares one name"),
        ("const a = 1\nconst b = 2;", 2, "const begins a declaration, and the one before it has no semicolon"),
        ("const a = 1\nexport function b() {}", 2, "export begins a declaration, and the one before it has no semicolon"),
        ("const a = class {}", 1, "class begins a declaration, and the one before it has no semicolon"),
        ("const a =\n    1", 1, "the declaration of a has no semicolon"),
        ("class {}", 1, "a class has a name"),
        ("class A;\nconst b = {};", 1, "a class has a body"),
        ("function (a) {}", 1, "a function has a name"),
        ("export function f()", 1, "a function has a body"),
        // Tokens
        ("const a = \"b\n\";", 1, "this string does not end on its line"),
        ("const a = 'b", 1, "this string does not end"),
        ("const a =\n`b\n", 2, "this template does not end"),
        ("const a = `b${1`;", 1, "this template does not end"),
        ("const a = `${(1}`;", 1, "} does not close the ( of line 1"),
        ("/* a\n*", 1, "this comment does not end"),
        ("const a = /b\n/;", 1, "this regular expression does not end on its line"),
        ("const a = [1;\nconst b = 2;", 1, "what begins here is not closed: ["),
        ("const a = {\n(1} };", 2, "} does not close the ( of line 2"),
        ("const a = 1);", 1, "this closes nothing: )"),
        ("const ä = 1;", 1, "a name is of ASCII characters, and none of them is escaped"),
        ("const \\u0061 = 1;", 1, "a name is of ASCII characters, and none of them is escaped"),
        (
            "function f() {\n    {}\n    /a/.test(b);\n}", 3,
            "behind }, a slash may begin a regular expression or divide: put what it belongs to in parentheses"
        ),
        ("function f() { for (const a of /b/g) a(); }", 1, "behind `of`, put a regular expression in parentheses"),
    ])
    func aModuleIsRefused(_ text: String, _ line: Int, _ what: String) {
        self.expect(
            ["m.js:\(line): \(what)"],
            from: ["entry.js": "export { n } from \"./n.js\";", "n.js": "export const n = 1;", "m.js": text])
    }

    private static let importForm = "only this form is understood: import { name, other } from \"./other.js\";"
    private static let importExpression =
        "only these forms are understood: import(\"../entry.js\") and new URL(\"../file.js\", import.meta.url)"
    private static let pathForm = "a module is named by a path that begins with ./ or ../, stays in the folder, and ends with .js: "
    private static let topLevel = "only imports, and declarations with const, function or class, are understood at the top level"

    @Test(arguments: [
        "const a = 1;", "export const a = 1;", "import { n } from \"./n.js\";", "export default 1;", "export * from \"./n.js\";", "n();",
    ])
    func theEntryModuleOnlyNamesWhatIsExported(_ text: String) {
        self.expect(
            ["entry.js:2: the entry module holds only: export { … } from \"./….js\";"],
            from: ["entry.js": "export { n } from \"./n.js\";\n" + text, "n.js": "export const n = 1;"])
    }

    @Test func anEntryModuleIsNeeded() {
        self.expect(["entry.js:1: there is no entry module"], from: ["n.js": "export const n = 1;"])
    }

    @Test func aCycleIsRefused() {
        let files = [
            "entry.js": "export { a } from \"./a.js\";",
            "a.js": "import { b } from \"./b.js\";\nexport const a = b;",
            "b.js": "// Once more.\nimport { c } from \"./c.js\";\nexport const b = c;",
            "c.js": "import { a } from \"./a.js\";\nexport const c = a;",
        ]
        self.expect(["c.js:1: modules import each other in a cycle: a.js → b.js → c.js → a.js"], from: files)
        self.expect(
            ["a.js:1: modules import each other in a cycle: a.js → a.js"],
            from: ["entry.js": "export { a } from \"./a.js\";", "a.js": "import { a } from \"./a.js\";\nexport const a = 1;"])
    }

    @Test func whatIsImportedHasToBeThere() {
        self.expect(
            [
                "a.js:1: there is no gone.js", "a.js:3: b.js does not export hidden", "a.js:4: b.js does not export none",
                "entry.js:1: a.js does not export x", "entry.js:2: b stands here twice",
            ],
            from: [
                "entry.js": "export { a, x } from \"./a.js\";\nexport { b, b } from \"./b.js\";",
                "a.js": "import { gone } from \"./gone.js\";\nimport {\n    hidden,\n    none,\n} from \"./b.js\";\nexport const a = 1;",
                "b.js": "export const b = 1;\nconst hidden = 2;",
            ])
    }

    @Test func aModuleThatNobodyImportsIsRefused() {
        self.expect(
            ["left.js:1: no module imports this one"],
            from: ["entry.js": "export { a } from \"./a.js\";", "a.js": "export const a = 1;", "left.js": "export const left = 1;"])
    }

    @Test func oneNameIsDeclaredOnce() {
        self.expect(
            [
                "b.js:2: LIMIT is declared at the top level of a.js too, in line 2",
                "b.js:3: b is declared at the top level of b.js too, in line 1",
            ],
            from: [
                "entry.js": "export { a } from \"./a.js\";\nexport { b } from \"./b.js\";",
                "a.js": "export const a = 1;\nconst LIMIT = 1;",
                "b.js": "export const b = 1;\nconst LIMIT = 2;\nfunction b() {}",
            ])
    }

    /// In one file they would be found without an import; and a global, or a variable of a scope around, would not be found any more.
    @Test(arguments: [
        "a();", "return { a };", "return [...a];", "const a = 1;", "const { a } = b;", "for (const x of a) b(x);", "b(`${a}`);",
        "(a) => a;", "if (a) b();", "b.c(a).d;",
    ])
    func aNameOfAnotherModuleIsImported(_ statement: String) {
        self.expect(
            ["b.js:2: a is declared at the top level of a.js: import it, or take another name here"],
            from: [
                "entry.js": "export { a } from \"./a.js\";\nexport { b } from \"./b.js\";",
                "a.js": "export const a = 1;",
                "b.js": "export function b() {\n    \(statement)\n}",
            ])
    }

    /// Files of one server, of which each is loaded once.
    @Test func entryModulesAreRefused() {
        self.expect(
            [
                "a/a.js:2: the class A would be in one.js and in two.js: import it from one of them",
                "a/b.js:1: one.js and two.js would import each other",
                "b/c.js:1: two.js and one.js would import each other",
            ],
            from: [
                "one.js": "export { b } from \"./a/b.js\";",
                "two.js": "export { c } from \"./b/c.js\";",
                "a/a.js": "export const a = 1;\nexport class A {}",
                "a/b.js": "import { c } from \"../two.js\";\nimport { A } from \"./a.js\";\nexport const b = [c, A];",
                "b/c.js": "import { b } from \"../one.js\";\nimport { A } from \"../a/a.js\";\nexport const c = [b, A];",
            ], entries: ["one.js", "two.js"])
    }

    @Test func anEntryModulePassesNothingOn() {
        self.expect(
            ["two.js:2: an entry module exports what its own modules declare: one.js is another one"],
            from: [
                "one.js": "export { a } from \"./a/a.js\";", "a/a.js": "export const a = 1;",
                "two.js": "export { b } from \"./a/b.js\";\nexport { a } from \"./one.js\";", "a/b.js": "export const b = 1;",
            ], entries: ["one.js", "two.js"])
    }

    /// It would be found in the joined file, and nowhere else.
    @Test func aNameOfAnotherFileIsImported() {
        self.expect(
            ["b/d.js:1: F is declared at the top level of one.js: import it, or take another name here"],
            from: [
                "one.js": "export { F } from \"./a/f.js\";", "a/f.js": "export class F {}",
                "two.js": "export { c } from \"./b/c.js\";\nexport { d } from \"./b/d.js\";",
                "b/c.js": "import { F } from \"../one.js\";\nexport const c = F;",
                "b/d.js": "export const d = () => F;",
            ], entries: ["one.js", "two.js"])
    }

    private func expect(
        _ lines: [String], from files: [String: String], entries: Set<String> = ["entry.js"],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let faults = #expect(throws: BundleFaults.self, sourceLocation: sourceLocation) {
            try Bundler.bundle(entries: entries, files: files)
        }
        // Where the module itself can be read, nobody imports it.
        let found = faults?.faults.map(\.description).filter { $0 != "m.js:1: no module imports this one" }
        #expect(found == lines, sourceLocation: sourceLocation)
    }
}
