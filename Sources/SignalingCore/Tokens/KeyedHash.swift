import Crypto
import SignalingWire

/// HMAC-SHA256 (RFC 2104) under one key. What the key alone decides is computed once.
struct KeyedHash: Sendable {
    private let start: HMAC<SHA256>

    init(key: [UInt8]) { self.start = HMAC(key: SymmetricKey(data: key)) }

    /// The first 16 bytes of the hash.
    func callAsFunction(_ text: [UInt8]) -> (high: UInt64, low: UInt64) {
        var hash = self.start
        hash.update(data: text)
        return hash.finalize().withUnsafeBytes { bytes in
            // The hash has 32 bytes.
            (
                UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
    }
}

extension [UInt8] {
    /// The 16 bytes of a room's name, the most significant first.
    mutating func append(_ room: RoomID) {
        for word in [room.high, room.low] { self.append(word: word) }
    }

    /// Eight bytes, the most significant first.
    mutating func append(word: UInt64) {
        for shift in stride(from: UInt64(56), through: 0, by: -8) { self.append(UInt8(truncatingIfNeeded: word >> shift)) }
    }
}
