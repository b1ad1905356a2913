/// Divides JavaScript into tokens, so that strings, templates, regular expressions and comments are not searched for names.
///
/// It accepts modules as this project writes them, and refuses what it could misread: names that are not ASCII or are escaped, and a slash
/// where only a parser could tell a division from a regular expression.
struct Lexer {
    private let source: Source
    private var at = 0
    private var tokens: [Token] = []
    /// Indices of the brackets and substitutions that are not closed yet.
    private var open: [Int] = []

    static func tokens(of source: Source) throws(BundleFault) -> [Token] {
        var lexer = Lexer(source: source)
        try lexer.run()
        return lexer.tokens
    }

    private init(source: Source) {
        self.source = source
    }

    private mutating func run() throws(BundleFault) {
        while let byte = self.byte(0) {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): self.at += 1
            case UInt8(ascii: "/"): try self.slash()
            case UInt8(ascii: "\""), UInt8(ascii: "'"): try self.string(quote: byte)
            case UInt8(ascii: "`"): try self.template(from: self.at)
            case UInt8(ascii: "#"): self.add(.privateName, upTo: self.endOfName(from: self.at + 1))
            case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"):
                self.add(.punctuation, upTo: self.at + 1)
                self.open.append(self.tokens.count - 1)
            case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"): try self.close(with: byte)
            case UInt8(ascii: "."): self.dots()
            case UInt8(ascii: "+"), UInt8(ascii: "-"): self.add(.punctuation, upTo: self.at + (self.byte(1) == byte ? 2 : 1))
            case _ where Self.isDigit(byte): self.number()
            case _ where Self.isNamePart(byte): self.add(.name, upTo: self.endOfName(from: self.at))
            case UInt8(ascii: "\\"), 0x80...: throw self.fault("a name is of ASCII characters, and none of them is escaped")
            default: self.add(.punctuation, upTo: self.at + 1)
            }
        }
        if let last = self.open.last {
            throw self.source.fault(at: self.tokens[last].offset, "what begins here is not closed: \(self.tokens[last].text.suffix(2))")
        }
    }

    // Tokens

    private mutating func slash() throws(BundleFault) {
        switch self.byte(1) {
        case UInt8(ascii: "/"):
            while let byte = self.byte(0), byte != UInt8(ascii: "\n") { self.at += 1 }
        case UInt8(ascii: "*"):
            let start = self.at
            self.at += 2
            while !(self.byte(0) == UInt8(ascii: "*") && self.byte(1) == UInt8(ascii: "/")) {
                guard self.byte(0) != nil else { throw self.source.fault(at: start, "this comment does not end") }
                self.at += 1
            }
            self.at += 2
        default:
            if try self.beginsRegularExpression() { try self.regularExpression() } else { self.add(.punctuation, upTo: self.at + 1) }
        }
    }

    private mutating func string(quote: UInt8) throws(BundleFault) {
        var end = self.at + 1
        while end < self.source.bytes.count, self.source.bytes[end] != quote {
            if self.source.bytes[end] == UInt8(ascii: "\n") { throw self.fault("this string does not end on its line") }
            end += self.source.bytes[end] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard end < self.source.bytes.count else { throw self.fault("this string does not end") }
        self.add(.literal, upTo: end + 1)
    }

    /// A piece of a template; `start` is at its backtick or closing brace.
    private mutating func template(from start: Int) throws(BundleFault) {
        var end = start + 1
        while end < self.source.bytes.count {
            switch self.source.bytes[end] {
            case UInt8(ascii: "\\"): end += 2
            case UInt8(ascii: "`"):
                self.add(.template, upTo: end + 1)
                return
            case UInt8(ascii: "$") where end + 1 < self.source.bytes.count && self.source.bytes[end + 1] == UInt8(ascii: "{"):
                self.add(.template, upTo: end + 2)
                self.open.append(self.tokens.count - 1)
                return
            default: end += 1
            }
        }
        throw self.fault("this template does not end")
    }

    private mutating func regularExpression() throws(BundleFault) {
        var end = self.at + 1
        var isInClass = false
        while true {
            guard end < self.source.bytes.count, self.source.bytes[end] != UInt8(ascii: "\n") else {
                throw self.fault("this regular expression does not end on its line")
            }
            let byte = self.source.bytes[end]
            end += byte == UInt8(ascii: "\\") ? 2 : 1
            if byte == UInt8(ascii: "[") { isInClass = true }
            if byte == UInt8(ascii: "]") { isInClass = false }
            if byte == UInt8(ascii: "/"), !isInClass { break }
        }
        self.add(.literal, upTo: self.endOfName(from: end))
    }

    private mutating func number() {
        var end = self.at
        while end < self.source.bytes.count {
            let byte = self.source.bytes[end]
            let isSignOfExponent =
                (byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")) && end > self.at
                && (self.source.bytes[end - 1] | 0x20) == UInt8(ascii: "e") && (self.byte(1) ?? 0) | 0x20 != UInt8(ascii: "x")
            guard Self.isNamePart(byte) || byte == UInt8(ascii: ".") || isSignOfExponent else { break }
            end += 1
        }
        self.add(.literal, upTo: end)
    }

    private mutating func dots() {
        if let next = self.byte(1), Self.isDigit(next) {
            self.number()
        } else {
            self.add(.punctuation, upTo: self.at + (self.byte(1) == UInt8(ascii: ".") && self.byte(2) == UInt8(ascii: ".") ? 3 : 1))
        }
    }

    private mutating func close(with byte: UInt8) throws(BundleFault) {
        guard let opener = self.open.popLast() else { throw self.fault("this closes nothing: \(Character(Unicode.Scalar(byte)))") }
        if self.tokens[opener].kind == .template, byte == UInt8(ascii: "}") { return try self.template(from: self.at) }
        let pairs = ["(": ")", "[": "]", "{": "}"]
        guard pairs[self.tokens[opener].text] == String(Character(Unicode.Scalar(byte))) else {
            let line = self.source.line(at: self.tokens[opener].offset)
            throw self.fault("\(Character(Unicode.Scalar(byte))) does not close the \(self.tokens[opener].text.suffix(2)) of line \(line)")
        }
        self.add(.punctuation, upTo: self.at + 1, opener: opener)
    }

    private mutating func add(_ kind: Token.Kind, upTo end: Int, opener: Int? = nil) {
        let text = self.source.text(self.at..<min(end, self.source.bytes.count))
        self.tokens.append(Token(kind: kind, text: text, offset: self.at, depth: self.open.count, opener: opener))
        self.at = end
    }

    // Division or regular expression

    /// Keywords that an operand follows.
    private static let beforeOperand: Set = [
        "await", "case", "delete", "do", "else", "in", "instanceof", "new", "return", "throw", "typeof", "void", "yield",
    ]
    /// Keywords with parentheses that a statement follows.
    private static let beforeStatement: Set = ["for", "if", "while", "with"]

    private func beginsRegularExpression() throws(BundleFault) -> Bool {
        guard let last = self.tokens.last else { return true }
        switch last.kind {
        case .name where last.text == "of": throw self.fault("behind `of`, put a regular expression in parentheses")
        case .name: return Self.beforeOperand.contains(last.text) && !self.isMember(self.tokens.count - 1)
        case .privateName, .literal: return false
        case .template: return last.text.hasSuffix("${")
        case .punctuation where last.text == "}":
            throw self.fault("behind }, a slash may begin a regular expression or divide: put what it belongs to in parentheses")
        case .punctuation where last.text == ")":
            guard let opener = last.opener, opener > 0 else { return false }
            return Self.beforeStatement.contains(self.tokens[opener - 1].text) && !self.isMember(opener - 1)
        case .punctuation: return !["]", "++", "--"].contains(last.text)
        }
    }

    /// Whether the token is a name after a dot.
    private func isMember(_ index: Int) -> Bool { index > 0 && self.tokens[index - 1].isPunctuation(".") }

    // Characters

    private func byte(_ ahead: Int) -> UInt8? {
        self.at + ahead < self.source.bytes.count ? self.source.bytes[self.at + ahead] : nil
    }

    private func fault(_ what: String) -> BundleFault { self.source.fault(at: self.at, what) }

    private func endOfName(from start: Int) -> Int {
        var end = start
        while end < self.source.bytes.count, Self.isNamePart(self.source.bytes[end]) { end += 1 }
        return end
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isNamePart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), UInt8(ascii: "$"): true
        default: self.isDigit(byte)
        }
    }
}
