/// A client's random name for one attempt to redeem, by which it may have the response again: 16 to 64 characters of base64url's alphabet
/// (letters, digits, `-` and `_`), so that UUIDs and hexadecimal numbers are names too.
package struct RedeemID: Hashable, Sendable {
    package static let lengthRange = 16...64

    /// Filled up with zeros, which no name has.
    private let characters: SIMD64<UInt8>

    package init?(_ text: [UInt8]) {
        guard Self.lengthRange.contains(text.count) else { return nil }
        var characters = SIMD64<UInt8>()
        for (index, byte) in text.enumerated() {
            guard Self.isAllowed(byte) else { return nil }
            characters[index] = byte
        }
        self.characters = characters
    }

    package var text: String {
        var text: [UInt8] = []
        for index in 0..<64 where self.characters[index] != 0 { text.append(self.characters[index]) }
        return String(decoding: text, as: UTF8.self)
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
