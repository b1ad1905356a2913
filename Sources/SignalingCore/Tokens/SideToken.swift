import ByteScan
package import NIOCore

/// Shows that a client may have a side of a room: 16 bytes that only the server can compute. Its text is Base64 for URLs, without padding.
package struct SideToken: Sendable {
    private let high: UInt64
    private let low: UInt64

    /// Characters of its text.
    package static let length = 22

    init(_ words: (high: UInt64, low: UInt64)) { (self.high, self.low) = words }

    /// Nil for what no token is written like. The last digit has four bits to spare, which are zero: each token has one spelling.
    package init?(_ text: Span<UInt8>) {
        guard text.count == Self.length else { return nil }
        var bits: UInt128 = 0
        for position in 0..<Self.length - 1 {
            guard let value = Base64Digit.url.value(text[position]) else { return nil }
            bits = bits << 6 | UInt128(value)
        }
        guard let last = Base64Digit.url.value(text[Self.length - 1]), last & 15 == 0 else { return nil }
        bits = bits << 2 | UInt128(last >> 4)
        self.init((UInt64(truncatingIfNeeded: bits >> 64), UInt64(truncatingIfNeeded: bits)))
    }

    /// In a time that does not depend on where they differ.
    package func matches(_ other: SideToken) -> Bool { (self.high ^ other.high) | (self.low ^ other.low) == 0 }

    /// Writes its text.
    package func write(into buffer: inout ByteBuffer) {
        // Eight characters a write, as each costs far more than to put them together.
        let bits = UInt128(self.high) << 64 | UInt128(self.low)
        buffer.writeInteger(Self.digits(UInt64(truncatingIfNeeded: bits >> 80)))
        buffer.writeInteger(Self.digits(UInt64(truncatingIfNeeded: bits >> 32)))
        let rest = UInt64(truncatingIfNeeded: bits & 0xffff_ffff) << 16
        let end = Self.digits(rest)
        buffer.writeInteger(UInt32(truncatingIfNeeded: end >> 32))
        buffer.writeInteger(UInt16(truncatingIfNeeded: end >> 16))
    }

    package var text: String {
        var buffer = ByteBuffer()
        self.write(into: &buffer)
        return String(buffer: buffer)
    }

    /// Eight digits for the lowest 48 bits.
    private static func digits(_ bits: UInt64) -> UInt64 {
        var text: UInt64 = 0
        for shift in stride(from: UInt64(42), through: 0, by: -6) {
            text = text << 8 | UInt64(Base64Digit.url.character(UInt8(truncatingIfNeeded: bits >> shift)))
        }
        return text
    }
}
