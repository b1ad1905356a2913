/// Base64 for URLs (RFC 4648 section 5), without padding.
package enum Base64URL {
    package static func encode(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        var (bits, count): (UInt32, UInt32) = (0, 0)
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                text.append(Base64Digit.url.character(UInt8(truncatingIfNeeded: bits >> count)))
            }
        }
        if count > 0 { text.append(Base64Digit.url.character(UInt8(truncatingIfNeeded: bits << (6 - count)))) }
        return text
    }

    /// Nil for anything else.
    package static func decode(_ text: some Collection<UInt8>) -> [UInt8]? { Base64Digit.url.bytes(text) }
}
