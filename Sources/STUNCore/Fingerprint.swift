/// FINGERPRINT, the last attribute of a message: CRC-32 (ISO 3309, as Ethernet has it) of all that stands before it. It guards against
/// taking something else for STUN, not against anybody.
enum Fingerprint {
    /// With its head.
    static let length = 8

    /// Of a message whose length counts this attribute, without its last eight bytes.
    static func value(of bytes: RawSpan) -> UInt32 { self.crc(of: bytes) ^ 0x5354_554e }

    static func crc(of bytes: RawSpan) -> UInt32 {
        var crc = UInt32.max
        for offset in bytes.byteOffsets {
            crc = crc >> 8 ^ self.table[Int(UInt8(truncatingIfNeeded: crc) ^ bytes.bigEndian(UInt8.self, at: offset))]
        }
        return ~crc
    }

    /// What each byte comes to.
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { crc, _ in crc & 1 == 0 ? crc >> 1 : crc >> 1 ^ 0xedb8_8320 }
    }
}
