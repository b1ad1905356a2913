import ByteScan
package import SignalingWire

/// What the log calls rooms. An appID opens a room, so it is not written down; with its alias one room's lines can be told from others'.
///
/// SipHash, under the key that the standard library draws for each process and one of its own: a line for each connection's end is not worth
/// an HMAC, and from the log nobody shall learn how the process's hash tables order what clients choose.
package struct RoomAlias: Sendable {
    private let key: (high: UInt64, low: UInt64)

    package init(key: (high: UInt64, low: UInt64)) { self.key = key }

    /// Eight hexadecimal digits, the same for as long as the process lives.
    package func text(_ room: RoomID) -> String {
        var hasher = Hasher()
        hasher.combine(self.key.high)
        hasher.combine(self.key.low)
        hasher.combine(room)
        let digits = Hex.digits(UInt32(truncatingIfNeeded: hasher.finalize()))
        return withUnsafeBytes(of: digits.bigEndian) { String(decoding: $0, as: UTF8.self) }
    }
}
