/// JSON read production by production (RFC 8259), as plainly as it can be written: for fixtures, and as the yardstick for readers that are
/// written to be fast.
package enum PlainJSON: Equatable, Sendable {
    case null
    case bool(Bool)
    /// As it is spelled.
    case number(String)
    case string(String)
    case array([PlainJSON])
    /// Of a repeated key the last counts.
    case object([String: PlainJSON])

    /// Nil where the text is not one JSON value, white space around it aside.
    package init?(_ text: [UInt8]) {
        var parser = PlainJSONParser(text)
        parser.space()
        guard let value = parser.value() else { return nil }
        parser.space()
        guard parser.isAtEnd else { return nil }
        self = value
    }

    package var elements: [PlainJSON]? { if case .array(let elements) = self { elements } else { nil } }
    package var members: [String: PlainJSON]? { if case .object(let members) = self { members } else { nil } }
    package var text: String? { if case .string(let text) = self { text } else { nil } }
    package var isTrue: Bool { self == .bool(true) }
    package func integer<Number: FixedWidthInteger>() -> Number? { if case .number(let text) = self { Number(text) } else { nil } }

    package subscript(key: String) -> PlainJSON? { self.members?[key] }
}

private struct PlainJSONParser {
    private let input: [UInt8]
    private var at = 0

    init(_ input: [UInt8]) { self.input = input }

    var isAtEnd: Bool { self.at == self.input.count }

    private mutating func take(_ word: String) -> Bool {
        guard self.input[self.at...].starts(with: word.utf8) else { return false }
        self.at += word.utf8.count
        return true
    }

    private mutating func take(where isTaken: (UInt8) -> Bool) -> UInt8? {
        guard !self.isAtEnd, isTaken(self.input[self.at]) else { return nil }
        defer { self.at += 1 }
        return self.input[self.at]
    }

    mutating func space() { while self.take(where: { [0x20, 0x09, 0x0A, 0x0D].contains($0) }) != nil {} }

    mutating func value() -> PlainJSON? {
        if self.take("{") {
            var members: [String: PlainJSON] = [:]
            guard self.list(until: "}", { $0.member(&members) }) else { return nil }
            return .object(members)
        }
        if self.take("[") {
            var elements: [PlainJSON] = []
            let isList = self.list(until: "]") { parser in
                guard let element = parser.value() else { return false }
                elements.append(element)
                return true
            }
            return isList ? .array(elements) : nil
        }
        if self.take("true") { return .bool(true) }
        if self.take("false") { return .bool(false) }
        if self.take("null") { return .null }
        let start = self.at
        if let text = self.string() { return .string(text) }
        self.at = start
        guard self.number() else { return nil }
        return .number(String(decoding: self.input[start..<self.at], as: UTF8.self))
    }

    private mutating func list(until end: String, _ item: (inout PlainJSONParser) -> Bool) -> Bool {
        self.space()
        if self.take(end) { return true }
        repeat {
            self.space()
            guard item(&self) else { return false }
            self.space()
        } while self.take(",")
        return self.take(end)
    }

    private mutating func member(_ members: inout [String: PlainJSON]) -> Bool {
        guard let key = self.string() else { return false }
        self.space()
        guard self.take(":") else { return false }
        self.space()
        guard let value = self.value() else { return false }
        members[key] = value
        return true
    }

    private mutating func string() -> String? {
        guard self.take("\"") else { return nil }
        // Escaped characters are UTF-16, the others UTF-8.
        var units: [UInt16] = []
        var bytes: [UInt8] = []
        while !self.take("\"") {
            if self.take("\\") {
                guard let unit = self.escape() else { return nil }
                units += String(decoding: bytes, as: UTF8.self).utf16
                bytes = []
                units.append(unit)
            } else {
                guard let byte = self.take(where: { $0 >= 0x20 }) else { return nil }
                bytes.append(byte)
            }
        }
        return String(decoding: units + String(decoding: bytes, as: UTF8.self).utf16, as: UTF16.self)
    }

    private mutating func escape() -> UInt16? {
        if self.take("u") {
            var unit: UInt16 = 0
            for _ in 0..<4 {
                let digit = self.take { Character(UnicodeScalar($0)).isHexDigit }
                guard let digit, let value = Character(UnicodeScalar(digit)).hexDigitValue else { return nil }
                unit = unit << 4 | UInt16(value)
            }
            return unit
        }
        for (letter, unit) in [("b", 8), ("f", 12), ("n", 10), ("r", 13), ("t", 9)] as [(String, UInt16)] where self.take(letter) {
            return unit
        }
        return self.take { "\"\\/".utf8.contains($0) }.map { UInt16($0) }
    }

    private mutating func digits() -> Bool {
        let start = self.at
        while self.take(where: { (0x30...0x39).contains($0) }) != nil {}
        return self.at > start
    }

    private mutating func number() -> Bool {
        _ = self.take("-")
        guard self.take("0") || self.digits() else { return false }
        if self.take("."), !self.digits() { return false }
        if self.take("e") || self.take("E") {
            if !self.take("+") { _ = self.take("-") }
            return self.digits()
        }
        return true
    }
}
