/// A file whose top level has been read.
struct Module {
    struct Name {
        let text: String
        let offset: Int
    }

    /// `import { names } from "path";`, or the same with `export`.
    struct Reference {
        let names: [Name]
        /// The module's path, as the bundler knows it.
        let path: String
        let offset: Int
    }

    /// `import("path")`, or `new URL("path", import.meta.url)`: a file of its own.
    struct Load {
        let path: String
        let offset: Int
    }

    struct Declaration {
        let name: Name
        let isExported: Bool
        let isClass: Bool
    }

    /// What becomes of a piece of the text when modules are joined.
    struct Edit {
        let range: Range<Int>
        /// Empty where it is left out.
        let replacement: String
    }

    let source: Source
    let tokens: [Token]
    var references: [Reference] = []
    var declarations: [Declaration] = []
    var loads: [Load] = []
    /// Imports and the word `export` before declarations are left out, and paths of files become those from the joined one.
    var edits: [Edit] = []

    init(source: Source) throws(BundleFault) {
        self.source = source
        self.tokens = try Lexer.tokens(of: source)
    }

    /// The text for the joined file, without the empty lines that imports would leave.
    var body: String {
        var kept: [UInt8] = []
        var at = 0
        for edit in self.edits.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
            kept += self.source.bytes[at..<edit.range.lowerBound]
            kept += edit.replacement.utf8
            at = edit.range.upperBound
            // An import's line ends are left out too: all of them if an empty line or nothing precedes it, otherwise one.
            guard self.source.bytes[edit.range].last == UInt8(ascii: ";") else { continue }
            let takesAll = kept.isEmpty || kept.suffix(2).allSatisfy { $0 == UInt8(ascii: "\n") }
            while at < self.source.bytes.count, self.source.bytes[at] == UInt8(ascii: "\n"), takesAll || at == edit.range.upperBound {
                at += 1
            }
        }
        kept += self.source.bytes[at...]
        while kept.last == UInt8(ascii: "\n") { kept.removeLast() }
        return String(decoding: kept, as: UTF8.self)
    }

    /// The comment at the head of the file: everything before the first statement.
    var head: String {
        var text = Substring(self.source.text(0..<(self.tokens.first?.offset ?? self.source.bytes.count)))
        while text.last?.isNewline == true { text.removeLast() }
        return String(text)
    }

    /// Names that could refer to a declaration of another module once the two are joined. The name of a member, a key or a method cannot.
    /// That of a local variable cannot either, but is listed too: only a parser could tell the difference.
    var mentions: [Name] {
        self.tokens.indices.compactMap { index in
            let token = self.tokens[index]
            guard token.kind == .name, !self.isMember(index), !self.isKey(index), !self.isMethod(index) else { return nil }
            return Name(text: token.text, offset: token.offset)
        }
    }

    private func isMember(_ index: Int) -> Bool { index > 0 && self.tokens[index - 1].isPunctuation(".") }

    private func isKey(_ index: Int) -> Bool {
        guard index > 0, index + 1 < self.tokens.count, self.tokens[index + 1].isPunctuation(":") else { return false }
        return self.tokens[index - 1].isPunctuation("{") || self.tokens[index - 1].isPunctuation(",")
    }

    /// Whether a name is followed by parentheses and a brace.
    private func isMethod(_ index: Int) -> Bool {
        guard index + 1 < self.tokens.count, self.tokens[index + 1].isPunctuation("(") else { return false }
        let closer = self.tokens.indices[(index + 2)...].first { self.tokens[$0].opener == index + 1 }
        guard let closer, closer + 1 < self.tokens.count else { return false }
        return self.tokens[closer + 1].isPunctuation("{")
    }
}
