/// ASCII hexadecimal digits.
package enum Hex {
    @inlinable
    package static func value(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    @inlinable
    package static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    /// The eight digits of a number, the first in the highest byte: each half byte gets a byte of its own, then all become ASCII at once.
    @inlinable @inline(__always)
    package static func digits(_ number: UInt32) -> UInt64 {
        var halves = UInt64(number)
        halves = (halves | halves << 16) & 0x0000_ffff_0000_ffff
        halves = (halves | halves << 8) & 0x00ff_00ff_00ff_00ff
        halves = (halves | halves << 4) & 0x0f0f_0f0f_0f0f_0f0f
        // Adding 6 carries a half byte of 10 or above into the next bit.
        let letters = (halves &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return halves &+ 0x3030_3030_3030_3030 &+ letters &* 0x27
    }

    /// The 16 digits of a number, in lower case.
    package static func text(_ number: UInt64) -> String {
        String(unsafeUninitializedCapacity: 16) { out in
            // 16 bytes were asked for and exactly 16 are written.
            for index in 0..<16 { out[index] = Self.digit(UInt8(truncatingIfNeeded: number >> UInt64(60 - index * 4)) & 15) }
            return 16
        }
    }

    /// Reads what `text(_:)` writes, and nothing else.
    package static func number(_ text: some Collection<UInt8>) -> UInt64? {
        guard text.count == 16 else { return nil }
        var number: UInt64 = 0
        for byte in text {
            guard !(UInt8(ascii: "A")...UInt8(ascii: "F")).contains(byte), let digit = Self.value(byte) else { return nil }
            number = number << 4 | UInt64(digit)
        }
        return number
    }
}
