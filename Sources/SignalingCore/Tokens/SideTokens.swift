package import SignalingWire

/// Makes the tokens of all sides of all rooms from one key, so that none has to be remembered.
package struct SideTokens: Sendable {
    /// Bytes of a key.
    package static let keyLength = 32

    /// The first byte of what is hashed: another meaning of the rest would have another.
    private static let version: UInt8 = 1
    private let hash: KeyedHash

    package init(key: [UInt8]) { self.hash = KeyedHash(key: key) }

    /// The token of a side: of version, room (16 bytes) and side (`A` or `B`).
    package func token(_ room: RoomID, _ side: Side) -> SideToken {
        var text: [UInt8] = []
        text.reserveCapacity(18)
        text.append(Self.version)
        text.append(room)
        text.append(side == .a ? UInt8(ascii: "A") : UInt8(ascii: "B"))
        return SideToken(self.hash(text))
    }
}
