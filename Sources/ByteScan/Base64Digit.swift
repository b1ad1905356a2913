/// The digits of Base64 (RFC 4648): of its usual alphabet, or of the one for URLs, where `-` and `_` stand for `+` and `/`.
package enum Base64Digit: Sendable {
    case standard, url

    private static let standardDigits: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    private static let urlDigits: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

    /// The digit of the lowest six bits.
    package func character(_ bits: UInt8) -> UInt8 {
        // The literals are ASCII, hence pointer-backed, and have 64 letters.
        (self == .url ? Self.urlDigits : Self.standardDigits).utf8Start[Int(bits & 63)]
    }

    /// The six bits of a digit; nil for what is none.
    package func value(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case self.character(62): 62
        case self.character(63): 63
        default: nil
        }
    }

    /// The bytes of a text without padding; nil for anything else. Bits to spare are zeros, so that each text is the only one for its bytes.
    package func bytes(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard text.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count * 3 / 4)
        var (bits, count): (UInt32, UInt32) = (0, 0)
        for character in text {
            guard let value = self.value(character) else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 6
            guard count >= 8 else { continue }
            count -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> count))
        }
        return bits & (1 << count - 1) == 0 ? bytes : nil
    }

    /// Bytes as text, with padding.
    package func text(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for index in 0..<4 {
                let digit = self.character(UInt8(truncatingIfNeeded: bits >> UInt32(18 - 6 * index)))
                text.append(index <= group.count ? digit : UInt8(ascii: "="))
            }
        }
        return text
    }
}
