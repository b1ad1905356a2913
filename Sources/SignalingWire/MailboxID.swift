import ByteScan

/// Identifies the mailboxes of a room for as long as the room is kept: a room that is made anew, after a restart or after it was forgotten,
/// numbers its items from 1 again and has another id.
package struct MailboxID: Sendable, Hashable {
    package let number: UInt64

    package init(_ number: UInt64) { self.number = number }

    /// 16 lower-case hexadecimal digits; nothing else is an id.
    package init?(_ text: some Collection<UInt8>) {
        guard let number = Hex.number(text) else { return nil }
        self.init(number)
    }

    package var text: String { Hex.text(self.number) }
}

/// Which mailbox a `hello` names for its numbers.
package enum NamedMailbox: Sendable, Equatable {
    /// None: the client does not ask for the id.
    case unnamed
    /// An empty id, or one that this server cannot have: the client asks for the id.
    case unknown
    case named(MailboxID)
}
