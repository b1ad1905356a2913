/// What of a text lies outside what Foundation and the server agree on, found by a lexer that shares nothing with either: it knows strings,
/// escapes, brackets and runs of number characters, and forgives everything else.
struct DocumentShape {
    /// Containers inside containers.
    private(set) var deepest = 0
    /// A comma with nothing between it and the bracket that closes its container.
    private(set) var hasTrailingCommas = false
    /// Numbers of the right grammar that no Double can hold.
    private(set) var overflowingNumbers: [Range<Int>] = []
    /// `\uD800` to `\uDFFF` without their other half.
    private(set) var loneSurrogates: [Range<Int>] = []
    /// U+FEFF, unescaped, at the start of a string or behind an escape.
    private(set) var marksInStrings: [Range<Int>] = []

    private let text: [UInt8]
    private var at = 0

    init(_ text: [UInt8]) {
        self.text = text
        self.read()
    }

    /// The text with what Foundation refuses or loses, though RFC 8259 allows it, put in a form that it takes.
    var repaired: [UInt8] {
        if self.overflowingNumbers.isEmpty, self.loneSurrogates.isEmpty, self.marksInStrings.isEmpty { return self.text }
        let numbers = self.overflowingNumbers.map { ($0, Array((self.text[$0.lowerBound] == UInt8(ascii: "-") ? "-1e300" : "1e300").utf8)) }
        let characters =
            self.loneSurrogates.map { ($0, Array(#"\ufffd"#.utf8)) } + self.marksInStrings.map { ($0, Array(#"\ufeff"#.utf8)) }
        var result: [UInt8] = []
        var from = 0
        for (range, replacement) in (numbers + characters).sorted(by: { $0.0.lowerBound < $1.0.lowerBound }) {
            result += self.text[from..<range.lowerBound] + replacement
            from = range.upperBound
        }
        return result + self.text[from...]
    }

    private mutating func read() {
        var depth = 0
        var followsComma = false
        while self.at < self.text.count {
            let start = self.at
            switch self.text[start] {
            case 0x20, 0x09, 0x0A, 0x0D:
                self.at += 1
                continue
            case UInt8(ascii: "\""): self.readString()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                self.deepest = max(self.deepest, depth)
                self.at += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if followsComma { self.hasTrailingCommas = true }
                self.at += 1
            case UInt8(ascii: ","):
                self.at += 1
                followsComma = true
                continue
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): self.readNumber()
            default: self.at += 1
            }
            followsComma = false
        }
    }

    private mutating func readNumber() {
        let start = self.at
        while self.at < self.text.count, "+-.eE0123456789".utf8.contains(self.text[self.at]) { self.at += 1 }
        let token = self.text[start..<self.at]
        guard let value = Double(String(decoding: token, as: UTF8.self)), !value.isFinite, Self.isNumber(token) else { return }
        self.overflowingNumbers.append(start..<self.at)
    }

    private mutating func readString() {
        self.at += 1
        // Whether the characters before this one are none, or escaped, or will be.
        var startsRun = true
        while self.at < self.text.count {
            let start = self.at
            switch self.text[start] {
            case UInt8(ascii: "\""):
                self.at += 1
                return
            case 0xEF where startsRun && self.text[start...].starts(with: [0xEF, 0xBB, 0xBF]):
                self.at += 3
                self.marksInStrings.append(start..<self.at)
                continue
            case UInt8(ascii: "\\"):
                startsRun = true
                guard let unit = self.unit(at: start) else {
                    self.at += 2
                    continue
                }
                self.at += 6
                if 0xD800...0xDBFF ~= unit, let low = self.unit(at: self.at), 0xDC00...0xDFFF ~= low {
                    self.at += 6
                } else if 0xD800...0xDFFF ~= unit {
                    self.loneSurrogates.append(start..<self.at)
                }
            default:
                self.at += 1
                startsRun = false
            }
        }
    }

    /// The number of a `\uXXXX`.
    private func unit(at index: Int) -> UInt16? {
        guard index + 6 <= self.text.count, self.text[index] == UInt8(ascii: "\\"), self.text[index + 1] == UInt8(ascii: "u") else {
            return nil
        }
        let digits = self.text[index + 2..<index + 6]
        guard digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }) else { return nil }
        return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    }

    /// RFC 8259 section 6.
    private static func isNumber(_ token: ArraySlice<UInt8>) -> Bool {
        String(decoding: token, as: UTF8.self).wholeMatch(of: #/-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/#) != nil
    }
}
