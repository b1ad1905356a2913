package import NIOCore
package import NetworkAddresses
package import SignalingWire

/// A change of what outlives the process. Changes are carried out in the order in which they were recorded.
package enum StoredChange: Sendable, Equatable {
    /// A code leads to a room from now on.
    case minted(StoredCode)
    /// A code was redeemed; by an attempt that has a name it may be again, under this name.
    case redeemed(Code, room: RoomID, StoredRedemption?)
    /// A code leads nowhere any more, as nobody was told of it. It may have been minted for another room since, which stays.
    case freed(Code, room: RoomID)
    case item(StoredItem)
    /// All items of a side's mailbox up to this number are done with.
    case acknowledged(MailboxID, Side, upTo: UInt64)
    case roomStands(MailboxID, RoomStanding)
    /// The room is gone, with its mailboxes.
    case forgotten(MailboxID)
}

/// Times are in milliseconds since 1970 UTC: a monotonic clock begins anew with the machine.
package typealias UnixMilliseconds = Int64

package struct StoredCode: Sendable, Equatable {
    package let code: Code
    package let room: RoomID
    package let expires: UnixMilliseconds
    /// Who had it minted.
    package let client: ClientAddress

    package init(code: Code, room: RoomID, expires: UnixMilliseconds, client: ClientAddress) {
        self.code = code
        self.room = room
        self.expires = expires
        self.client = client
    }
}

/// What a code was redeemed for, until it is forgotten.
package struct StoredRedemption: Sendable, Equatable {
    package let code: Code
    package let id: RedeemID
    package let redemption: RecentRedemptions.Redemption
    package let forgotten: UnixMilliseconds

    package init(code: Code, id: RedeemID, redemption: RecentRedemptions.Redemption, forgotten: UnixMilliseconds) {
        self.code = code
        self.id = id
        self.redemption = redemption
        self.forgotten = forgotten
    }
}

/// An item of a mailbox, with what else changed by it: the first item makes a room one that is kept.
package struct StoredItem: Sendable, Equatable {
    package let room: StoredRoomName
    package let standing: RoomStanding
    package let recipient: Side
    package let seq: UInt64
    package let payload: ByteBuffer
    /// Who sent it, and which of that side's items are stored from now on; nil if the sender cannot come back for it.
    package let sender: Side
    package let accepted: AcceptedRefs?

    package init(
        room: StoredRoomName, standing: RoomStanding, recipient: Side, seq: UInt64, payload: ByteBuffer, sender: Side,
        accepted: AcceptedRefs?
    ) {
        self.room = room
        self.standing = standing
        self.recipient = recipient
        self.seq = seq
        self.payload = payload
        self.sender = sender
        self.accepted = accepted
    }
}

/// What never changes of a room.
package struct StoredRoomName: Sendable, Equatable {
    package let id: RoomID
    package let mailbox: MailboxID
    /// Who made it.
    package let owner: ClientAddress

    package init(id: RoomID, mailbox: MailboxID, owner: ClientAddress) {
        self.id = id
        self.mailbox = mailbox
        self.owner = owner
    }
}

/// What a room is like between two changes of its mailboxes.
package struct RoomStanding: Sendable, Equatable {
    /// Nil while somebody is in it.
    package var desertedSince: UnixMilliseconds?
    /// Sides that were opened with their token.
    package var lockedSides: Set<Side>

    package init(desertedSince: UnixMilliseconds? = nil, lockedSides: Set<Side> = []) {
        self.desertedSince = desertedSince
        self.lockedSides = lockedSides
    }
}
