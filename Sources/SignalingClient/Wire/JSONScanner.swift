/// Finds the members of a JSON object, as they stand in its bytes.
///
/// Not JSONDecoder, for two causes: a payload is passed on as it was sent, whatever its numbers; and of a key that is repeated the last
/// counts, as for the server. A frame of the other side that says `type` twice would otherwise be relayed as one thing and taken for another.
struct JSONScanner {
    /// Deeper than this the server passes nothing on, the object itself being the first level.
    static let maxDepth = 128

    private let bytes: [UInt8]
    private let wanted: Set<String>
    private var at = 0
    private var found: [String: Range<Int>] = [:]

    private init(_ bytes: [UInt8], wanted: Set<String> = []) {
        self.bytes = bytes
        self.wanted = wanted
    }

    /// The places of those members of an object that are `wanted`. Nil if the bytes are no object.
    static func members(_ bytes: [UInt8], _ wanted: Set<String>) -> [String: Range<Int>]? {
        var scanner = JSONScanner(bytes, wanted: wanted)
        scanner.skipSpace()
        guard scanner.object(depth: 1) else { return nil }
        scanner.skipSpace()
        return scanner.at == bytes.count ? scanner.found : nil
    }

    /// Whether the bytes are one JSON value, nested no deeper than a frame may be with it as a member.
    static func isPayload(_ bytes: [UInt8]) -> Bool {
        var scanner = JSONScanner(bytes)
        scanner.skipSpace()
        guard scanner.value(depth: 1) else { return false }
        scanner.skipSpace()
        return scanner.at == bytes.count
    }

    private var next: UInt8? { self.at < self.bytes.count ? self.bytes[self.at] : nil }

    private mutating func skipSpace() {
        while let byte = self.next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { self.at += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard self.next == byte else { return false }
        self.at += 1
        return true
    }

    /// `depth` is that of what the value is in.
    private mutating func value(depth: Int) -> Bool {
        switch self.next {
        case UInt8(ascii: "{"): return self.object(depth: depth + 1)
        case UInt8(ascii: "["): return self.array(depth: depth + 1)
        case UInt8(ascii: "\""): return self.string() != nil
        case UInt8(ascii: "t"): return self.word("true")
        case UInt8(ascii: "f"): return self.word("false")
        case UInt8(ascii: "n"): return self.word("null")
        default: return self.number()
        }
    }

    /// The members of the outermost object are noted. A key that is no text is nobody's.
    private mutating func object(depth: Int) -> Bool {
        guard depth <= Self.maxDepth, self.take(UInt8(ascii: "{")) else { return false }
        self.skipSpace()
        if self.take(UInt8(ascii: "}")) { return true }
        while true {
            self.skipSpace()
            guard let key = self.string() else { return false }
            self.skipSpace()
            guard self.take(UInt8(ascii: ":")) else { return false }
            self.skipSpace()
            let start = self.at
            guard self.value(depth: depth) else { return false }
            if depth == 1, let name = JSONText.string(self.bytes[key]), self.wanted.contains(name) { self.found[name] = start..<self.at }
            self.skipSpace()
            if self.take(UInt8(ascii: "}")) { return true }
            guard self.take(UInt8(ascii: ",")) else { return false }
        }
    }

    private mutating func array(depth: Int) -> Bool {
        guard depth <= Self.maxDepth, self.take(UInt8(ascii: "[")) else { return false }
        self.skipSpace()
        if self.take(UInt8(ascii: "]")) { return true }
        while true {
            self.skipSpace()
            guard self.value(depth: depth) else { return false }
            self.skipSpace()
            if self.take(UInt8(ascii: "]")) { return true }
            guard self.take(UInt8(ascii: ",")) else { return false }
        }
    }

    /// Where it is, with its quotes.
    private mutating func string() -> Range<Int>? {
        let start = self.at
        guard self.take(UInt8(ascii: "\"")) else { return nil }
        while let byte = self.next {
            self.at += 1
            switch byte {
            case UInt8(ascii: "\""): return start..<self.at
            case 0..<0x20: return nil
            case UInt8(ascii: "\\"): guard self.escape() else { return nil }
            default: break
            }
        }
        return nil
    }

    private mutating func escape() -> Bool {
        guard let byte = self.next else { return false }
        self.at += 1
        guard byte == UInt8(ascii: "u") else { return "\"\\/bfnrt".utf8.contains(byte) }
        for _ in 0..<4 {
            guard let digit = self.next, JSONText.isHexDigit(digit) else { return false }
            self.at += 1
        }
        return true
    }

    private mutating func word(_ word: StaticString) -> Bool {
        for index in 0..<word.utf8CodeUnitCount {
            // A static string of ASCII has so many bytes at its start.
            guard self.take(word.utf8Start[index]) else { return false }
        }
        return true
    }

    private mutating func digits() -> Bool {
        let start = self.at
        while let byte = self.next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { self.at += 1 }
        return self.at > start
    }

    private mutating func number() -> Bool {
        _ = self.take(UInt8(ascii: "-"))
        if !self.take(UInt8(ascii: "0")) { guard self.digits() else { return false } }
        if self.take(UInt8(ascii: ".")) { guard self.digits() else { return false } }
        if self.take(UInt8(ascii: "e")) || self.take(UInt8(ascii: "E")) {
            if !self.take(UInt8(ascii: "+")) { _ = self.take(UInt8(ascii: "-")) }
            guard self.digits() else { return false }
        }
        return true
    }
}
