import ByteScan
package import NIOCore
import TimeKeeping

/// A rendezvous code: four to eight decimal digits, leading zeros included (0042 and 00042 are two codes).
package struct Code: TableKey {
    package static let digitRange = 4...8

    package let value: UInt32
    private let count: UInt8

    package var digits: Int { Int(self.count) }

    package init?(value: UInt32, digits: Int) {
        guard Self.digitRange.contains(digits), value < UInt32(Self.spaceSize(digits: digits)) else { return nil }
        self.value = value
        self.count = UInt8(digits)
    }

    package init?(_ text: some Collection<UInt8>) { self.init(Array(text).span) }

    /// Reads ASCII digits and nothing else.
    package init?(_ text: Span<UInt8>) {
        var value: UInt32 = 0
        var count: UInt8 = 0
        for index in text.indices {
            let byte = text[index]
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9"), count < 8 else { return nil }
            value = value * 10 + UInt32(byte - UInt8(ascii: "0"))
            count += 1
        }
        guard count >= 4 else { return nil }
        self.value = value
        self.count = count
    }

    package var text: String {
        let digits = self.digits
        return String(unsafeUninitializedCapacity: digits) { out in
            // Exactly as many bytes as were asked for are written, all of them ASCII.
            var rest = self.value
            for position in stride(from: digits - 1, through: 0, by: -1) {
                out[position] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            }
            return digits
        }
    }

    /// Writes the same text as bytes, one for each digit.
    package func write(into buffer: inout ByteBuffer) {
        let left = 8 - self.digits
        // One write for all; the bytes behind the digits are taken back.
        buffer.writeInteger(Decimal.digits(self.value) << UInt64(left * 8))
        buffer.moveWriterIndex(to: buffer.writerIndex - left)
    }

    /// How many codes with that many digits there are.
    package static func spaceSize(digits: Int) -> Int {
        (0..<digits).reduce(1) { size, _ in size * 10 }
    }

    /// Value and digit count fit together: values stay below 2^27. Clients cannot choose codes, only keep or drop those they were given, so
    /// they cannot aim for collisions.
    package var tableHash: UInt32 { HashIndex.mix(self.value | UInt32(self.count - 4) << 27) }
}
