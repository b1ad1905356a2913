import ByteScan
package import NIOCore

/// Shows that a client may have a side of a room: 16 bytes that only the server can compute. Where the server knows whose the side is, they
/// prove that too, and 8 bytes that say it follow. Its text is Base64 for URLs, without padding.
package struct SideToken: Sendable {
    private let high: UInt64
    private let low: UInt64
    /// Whom it was given to, as a hash of who that is.
    package let subject: UInt64?

    /// Characters of its text: without a subject, and with one.
    package static let length = 22
    package static let longLength = 32

    init(_ words: (high: UInt64, low: UInt64), subject: UInt64? = nil) {
        (self.high, self.low) = words
        self.subject = subject
    }

    /// Nil for what no token is written like. Without a subject the last digit has four bits to spare, which are zero: each token has one
    /// spelling.
    package init?(_ text: Span<UInt8>) {
        guard text.count == Self.length || text.count == Self.longLength else { return nil }
        var bits: UInt128 = 0
        for position in 0..<Self.length - 1 {
            guard let value = Base64Digit.url.value(text[position]) else { return nil }
            bits = bits << 6 | UInt128(value)
        }
        guard let last = Base64Digit.url.value(text[Self.length - 1]) else { return nil }
        bits = bits << 2 | UInt128(last >> 4)
        let words = (UInt64(truncatingIfNeeded: bits >> 64), UInt64(truncatingIfNeeded: bits))
        if text.count == Self.length {
            guard last & 15 == 0 else { return nil }
            self.init(words)
        } else {
            // Four bits of the digit before, and all of the ten that are left.
            var subject = UInt64(last & 15)
            for position in Self.length..<Self.longLength {
                guard let value = Base64Digit.url.value(text[position]) else { return nil }
                subject = subject << 6 | UInt64(value)
            }
            self.init(words, subject: subject)
        }
    }

    /// In a time that does not depend on where they differ.
    package func matches(_ other: SideToken) -> Bool {
        (self.high ^ other.high) | (self.low ^ other.low) == 0 && self.subject == other.subject
    }

    /// Writes its text.
    package func write(into buffer: inout ByteBuffer) {
        // Eight characters a write, as each costs far more than to put them together.
        let bits = UInt128(self.high) << 64 | UInt128(self.low)
        buffer.writeInteger(Self.digits(UInt64(truncatingIfNeeded: bits >> 80)))
        buffer.writeInteger(Self.digits(UInt64(truncatingIfNeeded: bits >> 32)))
        if let subject { return self.writeEnd(of: UInt32(truncatingIfNeeded: bits), subject, into: &buffer) }
        let rest = UInt64(truncatingIfNeeded: bits & 0xffff_ffff) << 16
        let end = Self.digits(rest)
        buffer.writeInteger(UInt32(truncatingIfNeeded: end >> 32))
        buffer.writeInteger(UInt16(truncatingIfNeeded: end >> 16))
    }

    /// The last 32 bits of the proof, and the subject.
    private func writeEnd(of proof: UInt32, _ subject: UInt64, into buffer: inout ByteBuffer) {
        buffer.writeInteger(Self.digits(UInt64(proof) << 16 | subject >> 48))
        buffer.writeInteger(Self.digits(subject))
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
