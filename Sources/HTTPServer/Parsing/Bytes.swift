/// Bytes that mean something in HTTP.
package enum Byte {
    static let tab = UInt8(ascii: "\t")
    package static let lineFeed = UInt8(ascii: "\n")
    package static let carriageReturn = UInt8(ascii: "\r")
    static let space = UInt8(ascii: " ")

    static func isBlank(_ byte: UInt8) -> Bool { byte == Self.space || byte == Self.tab }

    package static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    /// What names of fields are made of (RFC 9110 section 5.6.2): a bit for each of the 128 ASCII characters.
    static func isToken(_ byte: UInt8) -> Bool {
        let bits: UInt64 = byte < 64 ? 0x03ff_6cfa_0000_0000 : 0x57ff_ffff_c7ff_fffe
        return byte < 128 && bits >> UInt64(byte & 63) & 1 == 1
    }

    /// What a field's value may hold: visible characters, blanks, and bytes above ASCII, whatever they mean (RFC 9110 section 5.5).
    package static func isValue(_ byte: UInt8) -> Bool { byte >= Self.space && byte != 0x7F || byte == Self.tab }

    package static func lowercased(_ byte: UInt8) -> UInt8 { byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte }
}

extension Span<UInt8> {
    package func equals(_ word: StaticString, in range: Range<Int>) -> Bool {
        guard range.count == word.utf8CodeUnitCount else { return false }
        for offset in 0..<range.count {
            // The literal is ASCII, hence pointer-backed, and `offset` stays below its length.
            guard self[range.lowerBound + offset] == word.utf8Start[offset] else { return false }
        }
        return true
    }

    func equals(_ word: [UInt8], in range: Range<Int>) -> Bool {
        guard range.count == word.count else { return false }
        for offset in 0..<range.count where self[range.lowerBound + offset] != word[offset] { return false }
        return true
    }

    /// For texts that are no literals. Bytes are compared: as Strings, two spellings of an accented letter would be equal.
    package func equals(text: String, in range: Range<Int>) -> Bool {
        guard text.utf8.count == range.count else { return false }
        for (at, byte) in zip(range, text.utf8) where self[at] != byte { return false }
        return true
    }

    /// `word` is in lower case. Only ASCII letters have a case here: to Unicode U+212A is a k, and no token, type or host has one.
    package func equalsIgnoringCase(_ word: StaticString, in range: Range<Int>) -> Bool {
        guard range.count == word.utf8CodeUnitCount else { return false }
        for offset in 0..<range.count {
            // The literal is ASCII, hence pointer-backed, and `offset` stays below its length.
            guard Byte.lowercased(self[range.lowerBound + offset]) == word.utf8Start[offset] else { return false }
        }
        return true
    }

    package func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
        var at = range.lowerBound
        while at < range.upperBound {
            if self[at] == byte { return at }
            at += 1
        }
        return nil
    }

    /// Without the blanks that may stand around a value (RFC 9110 section 5.6.3).
    package func trimmed(_ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, Byte.isBlank(self[start]) { start += 1 }
        while end > start, Byte.isBlank(self[end - 1]) { end -= 1 }
        return start..<end
    }
}

/// The elements of a comma-separated value, empty ones too, without blanks around them.
struct ListElements {
    private var rest: Range<Int>?

    init(_ value: Range<Int>) { self.rest = value }

    mutating func next(in input: Span<UInt8>) -> Range<Int>? {
        guard let rest = self.rest else { return nil }
        guard let comma = input.firstIndex(of: UInt8(ascii: ","), in: rest) else {
            self.rest = nil
            return input.trimmed(rest)
        }
        self.rest = comma + 1..<rest.upperBound
        return input.trimmed(rest.lowerBound..<comma)
    }
}
