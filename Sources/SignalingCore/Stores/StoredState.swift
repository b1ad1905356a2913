package import NIOCore
package import SignalingWire

/// All that a store holds: what a process begins with that was started anew.
package struct StoredState: Sendable, Equatable {
    package var codes: [StoredCode]
    package var redemptions: [StoredRedemption]
    package var rooms: [StoredRoom]

    package init(codes: [StoredCode] = [], redemptions: [StoredRedemption] = [], rooms: [StoredRoom] = []) {
        self.codes = codes
        self.redemptions = redemptions
        self.rooms = rooms
    }
}

package struct StoredRoom: Sendable, Equatable {
    package let name: StoredRoomName
    package var standing: RoomStanding
    package var a: StoredSide
    package var b: StoredSide

    package init(name: StoredRoomName, standing: RoomStanding, a: StoredSide = StoredSide(), b: StoredSide = StoredSide()) {
        self.name = name
        self.standing = standing
        self.a = a
        self.b = b
    }

    package subscript(side: Side) -> StoredSide {
        get { side == .a ? self.a : self.b }
        // In place: a mailbox may have many items.
        _modify { if side == .a { yield &self.a } else { yield &self.b } }
    }
}

/// A side's mailbox, and which of the items that it sent are stored.
package struct StoredSide: Sendable, Equatable {
    /// Everything up to here is done with; the items are numbered from the next number on.
    package var acknowledged: UInt64
    package var items: [ByteBuffer]
    package var accepted: AcceptedRefs

    package init(acknowledged: UInt64 = 0, items: [ByteBuffer] = [], accepted: AcceptedRefs = AcceptedRefs()) {
        self.acknowledged = acknowledged
        self.items = items
        self.accepted = accepted
    }
}

extension StoredState {
    /// Carries a change out, as every store does: what a store holds is what this makes of the changes that it confirmed. O(what is held):
    /// for tests and for the simulation.
    package mutating func apply(_ change: StoredChange) {
        switch change {
        case .minted(let code):
            self.codes.removeAll { $0.code == code.code }
            self.codes.append(code)
        case .freed(let code, let room): self.codes.removeAll { $0.code == code && $0.room == room }
        case .redeemed(let code, let room, let redemption):
            self.codes.removeAll { $0.code == code && $0.room == room }
            guard let redemption else { return }
            self.redemptions.removeAll { $0.code == redemption.code && $0.id == redemption.id }
            self.redemptions.append(redemption)
        case .item(let item):
            var room = self.take(item.room.mailbox) ?? StoredRoom(name: item.room, standing: item.standing)
            // A room that nobody is in gets no items.
            room.standing = item.standing
            room[item.recipient].items.append(item.payload)
            if let accepted = item.accepted { room[item.sender].accepted = accepted }
            self.rooms.append(room)
        case .acknowledged(let mailbox, let side, let seq):
            guard var room = self.take(mailbox) else { return }
            let done = min(room[side].items.count, Int(clamping: seq) - Int(clamping: room[side].acknowledged))
            if done > 0 {
                room[side].items.removeFirst(done)
                room[side].acknowledged += UInt64(done)
            }
            self.rooms.append(room)
        case .roomStands(let mailbox, let standing):
            guard var room = self.take(mailbox) else { return }
            // Which items are stored was a stranger's matter.
            for side in standing.lockedSides.subtracting(room.standing.lockedSides) { room[side].accepted = AcceptedRefs() }
            room.standing = standing
            self.rooms.append(room)
        case .forgotten(let mailbox): _ = self.take(mailbox)
        }
    }

    private mutating func take(_ mailbox: MailboxID) -> StoredRoom? {
        self.rooms.firstIndex { $0.name.mailbox == mailbox }.map { self.rooms.remove(at: $0) }
    }
}
