/// The head of each message of RFC 8489: type, length of what follows it, magic cookie, transaction ID.
package enum STUNHeader {
    package static let length = 20
    /// It tells STUN from whatever else arrives at a port, and from the STUN of RFC 3489, which is not spoken here.
    package static let cookie: UInt32 = 0x2112_a442
}

/// Class and method of a message, as its first two bytes have them: those that are read and written here.
package enum STUNType {
    package static let bindingRequest: UInt16 = 0x0001
    package static let bindingSuccess: UInt16 = 0x0101
    package static let bindingError: UInt16 = 0x0111
}

/// What the client chose to know the response by: 96 bits.
package struct STUNTransaction: Hashable, Sendable {
    let high: UInt32
    let low: UInt64
}

extension RawSpan {
    /// The integers' bytes come in network order. `unsafeLoadUnaligned` checks the bounds; that any bit pattern is a valid value, for which
    /// its caller answers, is true of an integer.
    package func bigEndian<Number: FixedWidthInteger & BitwiseCopyable>(_ type: Number.Type, at offset: Int) -> Number {
        Number(bigEndian: self.unsafeLoadUnaligned(fromByteOffset: offset, as: type))
    }
}

extension [UInt8] {
    package mutating func append(bigEndian number: some FixedWidthInteger) {
        for shift in stride(from: number.bitWidth - 8, through: 0, by: -8) { self.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }
}
