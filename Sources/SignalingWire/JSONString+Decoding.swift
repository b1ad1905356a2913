extension Envelope.Field {
    /// A string with its escapes decoded; nil if it is not a string, has more than `limit` bytes of UTF-8, or half of a surrogate pair. The
    /// text must be UTF-8.
    package func string(in text: Span<UInt8>, atMost limit: Int) -> String? {
        guard self.form == .string else { return nil }
        var characters: [UInt8] = []
        var index = self.content.lowerBound
        while index < self.content.upperBound {
            guard characters.count <= limit else { return nil }
            if text[index] == UInt8(ascii: "\\"), text[index + 1] == UInt8(ascii: "u") {
                guard let scalar = JSONText.escapedScalar(text, &index) else { return nil }
                characters.append(contentsOf: String(Character(scalar)).utf8)
            } else if text[index] < 0x80 {
                guard let character = JSONText.asciiCharacter(text, &index) else { return nil }
                characters.append(character)
            } else {
                characters.append(text[index])
                index += 1
            }
        }
        return characters.count <= limit ? String(decoding: characters, as: UTF8.self) : nil
    }

    /// A number; nil if it is none, or is beyond what a double holds.
    package func number(in text: Span<UInt8>) -> Double? {
        guard self.form == .number else { return nil }
        let digits = self.range.map { text[$0] }
        return Double(String(decoding: digits, as: UTF8.self)).flatMap { $0.isFinite ? $0 : nil }
    }
}

extension JSONText {
    /// `\uXXXX`, or two of them for one character. `skipString` has checked their digits.
    fileprivate static func escapedScalar(_ text: Span<UInt8>, _ index: inout Int) -> Unicode.Scalar? {
        guard let unit = self.hexUnit(text, at: index + 2) else { return nil }
        index += 6
        guard unit & 0xFC00 == 0xD800 else { return Unicode.Scalar(unit) }
        guard index + 6 <= text.count, text[index] == UInt8(ascii: "\\"), text[index + 1] == UInt8(ascii: "u"),
            let second = self.hexUnit(text, at: index + 2), second & 0xFC00 == 0xDC00
        else { return nil }
        index += 6
        return Unicode.Scalar(0x10000 + UInt32(unit & 0x3FF) << 10 + UInt32(second & 0x3FF))
    }
}
