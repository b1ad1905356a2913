import ByteScan
package import NIOCore

/// A room's name: the 128 bits of its appID, so that upper and lower case spellings name the same room.
package struct RoomID: Hashable, Sendable {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A random (version 4, RFC 9562) identifier.
    package static func random(using generator: inout some RandomNumberGenerator) -> RoomID {
        let high: UInt64 = generator.next()
        let low: UInt64 = generator.next()
        return RoomID(
            high: (high & 0xffff_ffff_ffff_0fff) | 0x4000,
            low: (low & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000)
    }

    package init?(_ text: some Collection<UInt8>) { self.init(Array(text).span) }

    /// The 8-4-4-4-12 form in any case; every other spelling of a UUID is refused.
    package init?(_ text: Span<UInt8>) {
        guard text.count == 36 else { return nil }
        var words: (UInt64, UInt64) = (0, 0)
        var digits = 0
        for position in 0..<36 {
            let byte = text[position]
            if position == 8 || position == 13 || position == 18 || position == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = Hex.value(byte) else { return nil }
            if digits < 16 {
                words.0 = words.0 << 4 | UInt64(digit)
            } else {
                words.1 = words.1 << 4 | UInt64(digit)
            }
            digits += 1
        }
        self.init(high: words.0, low: words.1)
    }

    /// Lower-case 8-4-4-4-12 form.
    package var text: String {
        String(unsafeUninitializedCapacity: 36) { out in
            // 36 bytes were asked for and exactly 36 are written: 32 digits and 4 hyphens.
            var at = 0
            for index in 0..<32 {
                if index == 8 || index == 12 || index == 16 || index == 20 {
                    out[at] = UInt8(ascii: "-")
                    at += 1
                }
                let word = index < 16 ? self.high : self.low
                out[at] = Hex.digit(UInt8(truncatingIfNeeded: word >> UInt64(60 - (index & 15) * 4)) & 15)
                at += 1
            }
            return at
        }
    }

    /// Writes the same text as 36 bytes.
    package func write(into buffer: inout ByteBuffer) {
        // Eight characters a write, as each costs far more than to put them together: 01234567 -89ab-cd ef-0123- 456789ab cdef.
        let dash = UInt64(UInt8(ascii: "-"))
        let digits = (
            Hex.digits(UInt32(truncatingIfNeeded: self.high >> 32)), Hex.digits(UInt32(truncatingIfNeeded: self.high)),
            Hex.digits(UInt32(truncatingIfNeeded: self.low >> 32)), Hex.digits(UInt32(truncatingIfNeeded: self.low))
        )
        buffer.writeInteger(digits.0)
        buffer.writeInteger(dash << 56 | (digits.1 >> 32) << 24 | dash << 16 | digits.1 >> 16 & 0xffff)
        buffer.writeInteger(digits.1 << 48 | dash << 40 | (digits.2 >> 32) << 8 | dash)
        buffer.writeInteger(digits.2 << 32 | digits.3 >> 32)
        buffer.writeInteger(UInt32(truncatingIfNeeded: digits.3))
    }
}
