package import NetworkAddresses

/// Messages of STUN as a client writes them, made without the server's own code.
package enum STUNBytes {
    package static let transaction: [UInt8] = [0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae]

    /// A whole message, with a length that fits unless another is given.
    package static func message(
        type: UInt16 = 1, transaction: [UInt8] = Self.transaction, cookie: UInt32 = 0x2112_a442, length: UInt16? = nil,
        _ attributes: [[UInt8]] = []
    ) -> [UInt8] {
        let body = Array(attributes.joined())
        return self.bytes(type) + self.bytes(length ?? UInt16(body.count)) + self.bytes(UInt16(cookie >> 16))
            + self.bytes(UInt16(truncatingIfNeeded: cookie)) + transaction + body
    }

    /// Padded to four bytes.
    package static func attribute(_ type: UInt16, _ value: [UInt8] = [], length: UInt16? = nil) -> [UInt8] {
        self.bytes(type) + self.bytes(length ?? UInt16(value.count)) + value + [UInt8](repeating: 0, count: (4 - value.count % 4) % 4)
    }

    /// The message with FINGERPRINT at its end.
    package static func fingerprinted(_ message: [UInt8]) -> [UInt8] {
        var message = message
        message.replaceSubrange(2..<4, with: self.bytes(UInt16(message.count - 20 + 8)))
        let value = self.crc32(message) ^ 0x5354_554e
        return message + self.attribute(0x8028, self.bytes(UInt16(value >> 16)) + self.bytes(UInt16(truncatingIfNeeded: value)))
    }

    fileprivate static func crc32(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var crc = UInt32.max
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 0 ? crc / 2 : crc / 2 ^ 0xedb8_8320 }
        }
        return ~crc
    }

    private static func bytes(_ number: UInt16) -> [UInt8] { [UInt8(number / 256), UInt8(number % 256)] }
}

/// A response, read as a client reads it.
package struct STUNReply: Equatable, Sendable {
    package var transaction: [UInt8]
    package var mapped: ClientAddress?
    package var port: UInt16?
    package var error: Int?
    package var unknown: [UInt16] = []
    package var hasFingerprint = false

    /// Nil for what is no response of RFC 8489, or says anything twice or that is not known here.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count >= 20, [0x0101, 0x0111].contains(Self.number(bytes[0..<2])), Self.number(bytes[2..<4]) == bytes.count - 20,
            Self.number(bytes[4..<8]) == 0x2112_a442
        else { return nil }
        self.transaction = Array(bytes[8..<20])
        var rest = bytes[20...]
        var types: Set<Int> = []
        while !rest.isEmpty {
            guard rest.count >= 4, !self.hasFingerprint else { return nil }
            let (start, type, length) = (rest.startIndex, Self.number(rest.prefix(2)), Self.number(rest.dropFirst(2).prefix(2)))
            let padded = (length + 3) / 4 * 4
            guard rest.count >= 4 + padded, types.insert(type).inserted else { return nil }
            let value = Array(rest.dropFirst(4).prefix(length))
            rest = rest.dropFirst(4 + padded)
            switch (type, length) {
            case (0x0020, 8), (0x0020, 20): self.readAddress(value, bytes)
            case (0x0009, 4...): self.error = Int(value[2]) * 100 + Int(value[3])
            case (0x000a, _): self.unknown = stride(from: 0, to: length - 1, by: 2).map { UInt16(Self.number(value[$0..<$0 + 2])) }
            case (0x8028, 4):
                self.hasFingerprint = true
                guard UInt32(Self.number(value[...])) == STUNBytes.crc32(bytes[..<start]) ^ 0x5354_554e else { return nil }
            default: return nil
            }
        }
        guard (self.mapped != nil) == (Self.number(bytes[0..<2]) == 0x0101), (self.error == nil) == (self.mapped != nil) else { return nil }
    }

    private mutating func readAddress(_ value: [UInt8], _ message: [UInt8]) {
        let plain = zip(value[4...], message[4..<20]).map { $0 ^ $1 }
        self.port = UInt16(value[2] ^ message[4]) * 256 + UInt16(value[3] ^ message[5])
        switch (value[1], plain.count) {
        case (1, 4): self.mapped = .v4(UInt32(Self.number(plain[...])))
        case (2, 16): self.mapped = .v6(high: Self.long(plain[0..<8]), low: Self.long(plain[8..<16]))
        default: break
        }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reduce(0) { $0 * 256 + Int($1) } }
    private static func long(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
}
