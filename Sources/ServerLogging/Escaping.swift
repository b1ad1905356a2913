/// Where a text is written, which decides what is escaped in it.
enum TextPlace {
    /// In a line without quotes: only what could break or rewrite the line is escaped.
    case line
    /// Between quotes of a text line.
    case textQuotes
    /// Between quotes of a JSON line.
    case json
}

extension [UInt8] {
    /// The longest text in a log line, in bytes; longer ones are cut.
    static var longestText: Int { 8192 }

    mutating func append(escaping text: String, for place: TextPlace) {
        let isPlain = text.utf8.allSatisfy { byte in
            byte >= 0x20 && byte < 0x7f && (place == .line || (byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")))
        }
        if isPlain, text.utf8.count <= Self.longestText {
            self += text.utf8
            return
        }
        let end = self.count + Self.longestText
        for scalar in text.unicodeScalars {
            guard self.count < end else {
                self += "…".utf8
                return
            }
            switch scalar {
            case "\"" where place != .line: self += "\\\"".utf8
            case "\\" where place != .line: self += "\\\\".utf8
            case "\n": self += "\\n".utf8
            case "\r": self += "\\r".utf8
            case "\t": self += "\\t".utf8
            case _ where scalar.isUnseen: self.append(spelledOut: scalar, for: place)
            default: self += scalar.utf8
            }
        }
    }

    /// `\u001b` in JSON, `\u{1b}` in text.
    private mutating func append(spelledOut scalar: Unicode.Scalar, for place: TextPlace) {
        let digits = String(scalar.value, radix: 16)
        if place == .json {
            // Every unseen scalar is below U+10000, so four digits are enough.
            self += "\\u".utf8
            self += repeatElement(UInt8(ascii: "0"), count: 4 - digits.utf8.count)
            self += digits.utf8
        } else {
            self += "\\u{\(digits)}".utf8
        }
    }
}

extension Unicode.Scalar {
    /// Control characters, line separators, and the marks that turn the direction of text: they move a terminal's cursor, change its
    /// colours, or make a line look like something else.
    var isUnseen: Bool {
        switch self.value {
        case 0...0x1f, 0x7f...0x9f, 0x61c, 0x200e...0x200f, 0x2028...0x202e, 0x2066...0x2069: true
        default: false
        }
    }
}
