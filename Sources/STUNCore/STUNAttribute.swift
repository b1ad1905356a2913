/// One attribute of a message: where it begins, its type, and where its value lies.
package struct STUNAttribute {
    let start: Int
    package let type: UInt16
    package let value: Range<Int>

    /// Who does not know one of these cannot do what is asked; others are for whoever knows them.
    var mustBeUnderstood: Bool { self.type < 0x8000 }

    package static let mappedAddress: UInt16 = 0x0001
    package static let username: UInt16 = 0x0006
    package static let messageIntegrity: UInt16 = 0x0008
    package static let errorCode: UInt16 = 0x0009
    package static let unknownAttributes: UInt16 = 0x000a
    package static let realm: UInt16 = 0x0014
    package static let nonce: UInt16 = 0x0015
    static let messageIntegritySHA256: UInt16 = 0x001c
    package static let passwordAlgorithm: UInt16 = 0x001d
    package static let userhash: UInt16 = 0x001e
    package static let xorMappedAddress: UInt16 = 0x0020
    package static let fingerprint: UInt16 = 0x8028

    /// All of RFC 8489 that have to be understood. In a request most of them mean nothing here, and are passed over, as it asks for.
    static let known: Set<UInt16> = [
        Self.mappedAddress, Self.username, Self.messageIntegrity, Self.errorCode, Self.unknownAttributes, Self.realm, Self.nonce,
        Self.messageIntegritySHA256, Self.passwordAlgorithm, Self.userhash, Self.xorMappedAddress,
    ]
}

/// Goes over the attributes of a message, whose length is a multiple of four.
package struct STUNAttributes: ~Copyable {
    private var position = STUNHeader.length

    package init() {}

    /// The next one; nil behind the last. Throws for one that does not end within the message.
    package mutating func next(in message: RawSpan) throws(STUNMalformed) -> STUNAttribute? {
        // As both are multiples of four, there is space for an attribute's head where there is any.
        guard self.position < message.byteCount else { return nil }
        let start = self.position
        let value = start + 4..<start + 4 + Int(message.bigEndian(UInt16.self, at: start + 2))
        self.position = (value.upperBound + 3) & ~3
        guard self.position <= message.byteCount else { throw STUNMalformed() }
        return STUNAttribute(start: start, type: message.bigEndian(UInt16.self, at: start), value: value)
    }
}

package struct STUNMalformed: Error {}
