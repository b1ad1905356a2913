import ByteScan
package import SignalingWire

/// What the log calls rooms. An appID opens a room, so it is not written down; with its alias one room's lines can be told from others'.
package struct RoomAlias: Sendable {
    private let hash: KeyedHash

    package init(key: [UInt8]) { self.hash = KeyedHash(key: key) }

    /// Eight hexadecimal digits.
    package func text(_ room: RoomID) -> String {
        var name: [UInt8] = []
        name.append(room)
        let digits = Hex.digits(UInt32(truncatingIfNeeded: self.hash(name).high >> 32))
        return withUnsafeBytes(of: digits.bigEndian) { String(decoding: $0, as: UTF8.self) }
    }
}
