import ByteScan
import NIOCore

/// Base64 (RFC 4648), as much of it as a WebSocket handshake needs.
enum Base64 {
    /// 28 bytes.
    static func write(_ digest: SHA1.Digest, into buffer: inout ByteBuffer) {
        for group in 0..<6 {
            self.write(digest[group * 3], digest[group * 3 + 1], digest[group * 3 + 2], into: &buffer)
        }
        self.write(digest[18], digest[19], nil, into: &buffer)
    }

    static func write(_ bytes: [UInt8], into buffer: inout ByteBuffer) {
        var at = 0
        while at < bytes.count {
            let second = at + 1 < bytes.count ? bytes[at + 1] : nil
            self.write(bytes[at], second, at + 2 < bytes.count ? bytes[at + 2] : nil, into: &buffer)
            at += 3
        }
    }

    private static func write(_ first: UInt8, _ second: UInt8?, _ third: UInt8?, into buffer: inout ByteBuffer) {
        let bits = UInt32(first) << 16 | UInt32(second ?? 0) << 8 | UInt32(third ?? 0)
        let padding = UInt32(UInt8(ascii: "="))
        let text =
            self.digit(bits >> 18) << 24 | self.digit(bits >> 12) << 16 | (second == nil ? padding : self.digit(bits >> 6)) << 8
            | (third == nil ? padding : self.digit(bits))
        buffer.writeInteger(text)
    }

    private static func digit(_ bits: UInt32) -> UInt32 {
        UInt32(Base64Digit.standard.character(UInt8(truncatingIfNeeded: bits)))
    }

    /// Whether a text is the canonical encoding of 16 bytes: 22 digits, the last with its four spare bits zero, and "==".
    static func isSixteenBytes(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard range.count == 24, bytes.equals("==", in: range.upperBound - 2..<range.upperBound) else { return false }
        for at in range.dropLast(2) where Base64Digit.standard.value(bytes[at]) == nil { return false }
        return Base64Digit.standard.value(bytes[range.lowerBound + 21]).map { $0 & 15 == 0 } ?? false
    }
}
