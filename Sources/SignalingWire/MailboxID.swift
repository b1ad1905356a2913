import ByteScan

/// Identifies the mailboxes of a room for as long as the room is kept: a room that is made anew, after a restart or after it was forgotten,
/// numbers its items from 1 again and has another id.
package struct MailboxID: Sendable, Hashable {
    package let number: UInt64

    package init(_ number: UInt64) { self.number = number }

    /// 16 lower-case hexadecimal digits; nothing else is an id.
    package init?(_ text: some Collection<UInt8>) {
        guard text.count == 16 else { return nil }
        var number: UInt64 = 0
        for byte in text {
            guard !(UInt8(ascii: "A")...UInt8(ascii: "F")).contains(byte), let digit = Hex.value(byte) else { return nil }
            number = number << 4 | UInt64(digit)
        }
        self.init(number)
    }

    package var text: String {
        String(unsafeUninitializedCapacity: 16) { out in
            // 16 bytes were asked for and exactly 16 are written.
            for index in 0..<16 { out[index] = Hex.digit(UInt8(truncatingIfNeeded: self.number >> UInt64(60 - index * 4)) & 15) }
            return 16
        }
    }
}

/// Which mailbox a `hello` names for its numbers.
package enum NamedMailbox: Sendable, Equatable {
    /// None: the client does not ask for the id.
    case unnamed
    /// An empty id, or one that this server cannot have: the client asks for the id.
    case unknown
    case named(MailboxID)
}
