/// Reads the top level of a file. It understands these forms and refuses the rest:
///
///     import { name, other } from "./other.js";     before everything else; also "../folder/other.js" and "../entry.js"
///     export const name = …;
///     export function name(…) { … }                 and with async, and a generator
///     export class Name { … }                       and all three without export
///
/// and below it, for files of their own, `import("../entry.js")` and `new URL("../file.js", import.meta.url)`.
///
/// In an entry module, this and nothing else:
///
///     export { name, other } from "./other.js";
struct ModuleReader {
    private var module: Module
    private let isEntry: Bool
    private var next = 0

    static func module(_ source: Source, isEntry: Bool) throws(BundleFault) -> Module {
        var reader = Self(module: try Module(source: source), isEntry: isEntry, next: 0)
        try reader.read()
        return reader.module
    }

    private mutating func read() throws(BundleFault) {
        try self.readLoads()
        while self.next < self.module.tokens.count {
            if self.isEntry {
                guard self.isName("export"), self.token(1)?.isPunctuation("{") == true else {
                    throw self.fault("the entry module holds only: export { … } from \"./….js\";")
                }
                try self.reference()
            } else if self.isName("import") {
                guard self.module.declarations.isEmpty else { throw self.fault("imports come before everything else") }
                try self.reference()
            } else {
                try self.declaration()
            }
        }
    }

    /// Below the top level, `import` is understood as the address of another file, and `export` not at all.
    private mutating func readLoads() throws(BundleFault) {
        let tokens = self.module.tokens
        for (index, token) in tokens.enumerated() where token.isName("import") || token.isName("export") {
            if index > 0, tokens[index - 1].isPunctuation(".") { continue }
            let next = index + 1 < tokens.count ? tokens[index + 1] : nil
            if token.isName("import"), next?.isPunctuation("(") == true {
                try self.load(pathAt: index + 2, before: index + 3, ")", at: token)
            } else if token.isName("import"), next?.isPunctuation(".") == true {
                guard Self.spells(["import", ".", "meta", ".", "url"], tokens[index...]) else { throw self.strayImport(token) }
                try self.load(pathAt: index - 2, before: index - 1, ",", at: token)
            } else if token.depth > 0 {
                throw self.module.source.fault(at: token.offset, "\(token.text) belongs to the top level")
            }
        }
    }

    private static func spells(_ words: [String], _ tokens: ArraySlice<Token>) -> Bool {
        tokens.count >= words.count && zip(words, tokens).allSatisfy { $0 == $1.text }
    }

    private func strayImport(_ token: Token) -> BundleFault {
        self.module.source.fault(
            at: token.offset, #"only these forms are understood: import("../entry.js") and new URL("../file.js", import.meta.url)"#)
    }

    private mutating func load(pathAt index: Int, before: Int, _ punctuation: String, at token: Token) throws(BundleFault) {
        let tokens = self.module.tokens
        guard index >= 0, before < tokens.count, tokens[before].isPunctuation(punctuation), let text = Self.string(tokens[index]) else {
            throw self.strayImport(token)
        }
        let path = try self.resolve(text, tokens[index])
        guard !path.contains("/") else {
            throw self.module.source.fault(at: tokens[index].offset, "\(path) is no file of its own")
        }
        self.module.loads.append(Module.Load(path: path, offset: tokens[index].offset))
        self.module.edits.append(Module.Edit(range: tokens[index].offset..<tokens[index].end, replacement: "\"./\(path)\""))
    }

    // References

    private mutating func reference() throws(BundleFault) {
        let start = self.next
        let word = self.module.tokens[start].text
        let form = "only this form is understood: \(word) { name, other } from \"./other.js\";"
        self.next += 1
        try self.expect("{", form)
        var names: [Module.Name] = []
        while self.token(0)?.isPunctuation("}") == false {
            names.append(try self.name(form))
            if self.isName("as") { throw self.fault("a name stays the same in all modules: as is not understood") }
            if self.token(0)?.isPunctuation(",") == true { self.next += 1 } else { break }
        }
        try self.expect("}", form)
        guard !names.isEmpty, self.isName("from") else { throw self.fault(form) }
        self.next += 1
        let path = try self.path(form)
        try self.expect(";", form)
        let range = self.module.tokens[start].offset..<self.module.tokens[self.next - 1].end
        self.module.references.append(Module.Reference(names: names, path: path, offset: range.lowerBound))
        self.module.edits.append(Module.Edit(range: range, replacement: ""))
    }

    /// The path of the imported module, from the folder of the entry modules.
    private mutating func path(_ form: String) throws(BundleFault) -> String {
        guard let token = self.token(0), let text = Self.string(token) else { throw self.fault(form) }
        let path = try self.resolve(text, token)
        self.next += 1
        return path
    }

    /// What stands between double quotes, if nothing in it is escaped.
    private static func string(_ token: Token) -> String? {
        guard token.kind == .literal, token.text.hasPrefix("\""), !token.text.contains("\\") else { return nil }
        return String(token.text.dropFirst().dropLast())
    }

    private func resolve(_ text: String, _ token: Token) throws(BundleFault) -> String {
        var steps = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        var folder = self.module.source.file.split(separator: "/").dropLast().map(String.init)
        if steps[0] == "..", !folder.isEmpty {
            folder.removeLast()
            steps[0] = "."
        }
        guard steps.count > 1, steps[0] == ".", text.hasSuffix(".js"), !steps.dropFirst().contains(where: { ["", ".", ".."].contains($0) })
        else {
            let form = "a module is named by a path that begins with ./ or ../, stays in the folder, and ends with .js"
            throw self.module.source.fault(at: token.offset, "\(form): \(token.text)")
        }
        return (folder + steps.dropFirst()).joined(separator: "/")
    }

    // Declarations

    private mutating func declaration() throws(BundleFault) {
        let isExported = self.isName("export")
        if isExported {
            guard let declared = self.token(1) else { throw self.fault("export is followed by a declaration") }
            self.module.edits.append(Module.Edit(range: self.module.tokens[self.next].offset..<declared.offset, replacement: ""))
            self.next += 1
        }
        let form = "only imports, and declarations with const, function or class, are understood at the top level"
        let name: Module.Name
        let isClass = self.isName("class")
        if self.isName("const") {
            name = try self.constant()
        } else if isClass {
            self.next += 1
            name = try self.name("a class has a name")
            try self.skip(to: "{", "a class has a body")
        } else if self.isName("function") || (self.isName("async") && self.token(1)?.isName("function") == true) {
            self.next += self.isName("async") ? 2 : 1
            if self.token(0)?.isPunctuation("*") == true { self.next += 1 }
            name = try self.name("a function has a name")
            try self.skip(to: "{", "a function has a body")
        } else if isExported {
            throw self.fault("export is followed by const, function or class, and by nothing else")
        } else {
            throw self.fault(form)
        }
        self.module.declarations.append(Module.Declaration(name: name, isExported: isExported, isClass: isClass))
    }

    /// Reads up to the semicolon. If a word begins a declaration before that, the semicolon is missing.
    private mutating func constant() throws(BundleFault) -> Module.Name {
        let start = self.next
        self.next += 1
        let name = try self.name("const is followed by one name")
        try self.expect("=", "const is followed by one name and a value")
        while let token = self.token(0), !token.isPunctuation(";") {
            if token.depth == 0, token.isPunctuation(",") { throw self.fault("const declares one name") }
            let begins = ["const", "let", "var", "function", "class", "import", "export"].contains { token.isName($0) }
            if token.depth == 0, begins, !self.module.tokens[self.next - 1].isPunctuation(".") {
                throw self.fault("\(token.text) begins a declaration, and the one before it has no semicolon")
            }
            self.next = self.end(from: self.next)
        }
        guard self.next < self.module.tokens.count else {
            throw self.module.source.fault(at: self.module.tokens[start].offset, "the declaration of \(name.text) has no semicolon")
        }
        self.next += 1
        return name
    }

    /// Skips past the block that begins with the next `brace` outside of other brackets.
    private mutating func skip(to brace: String, _ what: String) throws(BundleFault) {
        let start = self.next
        while let token = self.token(0) {
            let end = self.end(from: self.next)
            self.next = end
            if token.isPunctuation(brace) { return }
            if token.isPunctuation(";") { break }
        }
        throw self.module.source.fault(at: self.module.tokens[start - 1].offset, what)
    }

    /// The index after a token, or, for an opening bracket, after the bracket that closes it.
    private func end(from index: Int) -> Int {
        let tokens = self.module.tokens
        let encloses = ["(", "[", "{"].contains { tokens[index].isPunctuation($0) }
        guard encloses else { return index + 1 }
        // The lexer has found the bracket that closes it.
        return (tokens[(index + 1)...].firstIndex { $0.opener == index } ?? tokens.count - 1) + 1
    }

    // Tokens

    private func token(_ ahead: Int) -> Token? {
        self.next + ahead < self.module.tokens.count ? self.module.tokens[self.next + ahead] : nil
    }

    private func isName(_ text: String) -> Bool { self.token(0)?.isName(text) == true }

    private mutating func name(_ what: String) throws(BundleFault) -> Module.Name {
        guard let token = self.token(0), token.kind == .name else { throw self.fault(what) }
        self.next += 1
        return Module.Name(text: token.text, offset: token.offset)
    }

    private mutating func expect(_ punctuation: String, _ what: String) throws(BundleFault) {
        guard self.token(0)?.isPunctuation(punctuation) == true else { throw self.fault(what) }
        self.next += 1
    }

    /// A fault at the next token, or at the last one if there is no next.
    private func fault(_ what: String) -> BundleFault {
        self.module.source.fault(at: (self.token(0) ?? self.module.tokens.last)?.offset ?? 0, what)
    }
}
