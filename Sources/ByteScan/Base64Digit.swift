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
}
