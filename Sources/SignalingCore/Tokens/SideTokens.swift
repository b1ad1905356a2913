package import SignalingWire

/// Makes the tokens of all sides of all rooms from one key, so that none has to be remembered.
package struct SideTokens: Sendable {
    /// Bytes of a key.
    package static let keyLength = 32

    /// The first byte of what is hashed: another meaning of the rest has another.
    private enum Meaning: UInt8 {
        case side = 1
        case sideOfSubject
        case subject
    }

    private let hash: KeyedHash

    package init(key: [UInt8]) { self.hash = KeyedHash(key: key) }

    /// The token of a side: of the meaning, room (16 bytes), side (`A` or `B`), and the subject (8 bytes) where there is one.
    package func token(_ room: RoomID, _ side: Side, subject: UInt64? = nil) -> SideToken {
        var text: [UInt8] = []
        text.reserveCapacity(26)
        text.append((subject == nil ? Meaning.side : .sideOfSubject).rawValue)
        text.append(room)
        text.append(side == .a ? UInt8(ascii: "A") : UInt8(ascii: "B"))
        if let subject { text.append(word: subject) }
        return SideToken(self.hash(text), subject: subject)
    }

    /// What tokens call somebody: who it is cannot be told from it without the key.
    package func subject(_ name: String) -> UInt64 { self.hash([Meaning.subject.rawValue] + name.utf8).high }
}
