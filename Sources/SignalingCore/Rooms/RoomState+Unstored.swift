import DequeModule
import NIOCore
package import NetworkAddresses
package import SignalingWire
package import TimeKeeping
import WebSocketCore

/// Items that have their numbers and are not stored yet. What has to outlive the process is stored before it is said: until then an item is
/// neither handed over nor `accepted`.
extension RoomState {
    struct Unstored: Sendable {
        /// Where the journal has it; nothing is told about it before that is known.
        var position: JournalPosition = .max
        let recipient: Side
        let seq: UInt64
        let bytes: Int
        let sender: Side
        let id: ConnectionID
        /// Nil for a client that cannot come back for the response.
        var sid: String?
        var ref: UInt64?
        /// What of the sender's items is stored with this one, if it has a `ref` by which it could be sent again.
        var accepted: AcceptedRefs?
    }

    /// Gives an item its place among those that are to be stored.
    mutating func number(_ item: NewItem, _ seq: UInt64, from sender: Joiner, side: Side) {
        var accepted: AcceptedRefs?
        if let ref = item.ref, let sid = sender.sid, !sid.isEmpty {
            var refs = self.numberedRefs(of: side)
            refs.accept(ref, sid: sid)
            accepted = refs
        }
        self.unstored.append(
            Unstored(
                recipient: item.recipient, seq: seq, bytes: item.payload.readableBytes, sender: side, id: sender.id, sid: sender.sid,
                ref: item.ref, accepted: accepted))
    }

    /// Which of a side's items are stored or have their numbers.
    func numberedRefs(of side: Side) -> AcceptedRefs {
        self.unstored.last { $0.sender == side && $0.accepted != nil }?.accepted ?? self[side].accepted
    }

    /// Whether the item that this side sent under this number is yet to be stored.
    func isUnstored(_ ref: UInt64, of side: Side) -> Bool {
        self.unstored.contains { $0.sender == side && $0.ref == ref && $0.accepted != nil }
    }

    /// The item that was numbered last, as a store has to have it.
    package func lastUnstored(in room: RoomID, of owner: ClientAddress) -> StoredItem? {
        guard let last = self.unstored.last, let payload = self[last.recipient].mailbox.numbered(last.seq) else { return nil }
        return StoredItem(
            room: StoredRoomName(id: room, mailbox: self.mailboxID, owner: owner), standing: RoomStanding(lockedSides: self.lockedSides),
            recipient: last.recipient, seq: last.seq, payload: payload, sender: last.sender, accepted: last.accepted)
    }

    /// The item that was numbered last is in the journal.
    package mutating func recorded(at position: JournalPosition) {
        if let last = self.unstored.indices.last { self.unstored[last].position = position }
    }

    /// The journal does not take the item that was numbered last.
    package mutating func takeBack() {
        guard let last = self.unstored.popLast() else { return }
        self[last.recipient].mailbox.dropLast()
    }

    /// An item that is stored from now on.
    package struct NowStored: Sendable, Equatable {
        package let sender: Side
        package let recipient: Side
        package let bytes: Int
    }

    /// The journal tells how far it has come. Responses go to whoever has the sender's side by now, if that is the same client. Call
    /// `deliver` for both sides afterwards.
    package mutating func settled(_ outcome: JournalOutcome, actions: inout [RoomAction]) -> [NowStored] {
        var stored: [NowStored] = []
        while let first = self.unstored.first, first.position <= outcome.written {
            self.unstored.removeFirst()
            self[first.recipient].mailbox.stored(upTo: first.seq)
            if let accepted = first.accepted { self[first.sender].accepted = accepted }
            if let ref = first.ref, let id = self.present(first) { actions.append(.accepted(id, ref: ref)) }
            stored.append(NowStored(sender: first.sender, recipient: first.recipient, bytes: first.bytes))
        }
        guard let first = self.unstored.first, first.position <= outcome.refused else { return stored }
        // Nothing was taken behind them, so all that is left was refused.
        for item in self.unstored {
            if let id = self.present(item) { actions.append(.unstored(id, ref: item.ref)) }
        }
        self.unstored = []
        self[.a].mailbox.dropUnstored()
        self[.b].mailbox.dropUnstored()
        return stored
    }

    /// The connection to which the response goes: the sender's, or the one that its client came back with.
    private func present(_ item: Unstored) -> ConnectionID? {
        guard let holder = self[item.sender].holder?.joiner else { return nil }
        if holder.id == item.id { return holder.id }
        guard item.ref != nil, let sid = item.sid, !sid.isEmpty, holder.sid == sid else { return nil }
        return holder.id
    }

    /// The side was a stranger's until now: what that sent stays, and is no more the side's doing.
    mutating func disown(_ side: Side) {
        for index in self.unstored.indices where self.unstored[index].sender == side {
            self.unstored[index].sid = nil
            self.unstored[index].ref = nil
            self.unstored[index].accepted = nil
        }
    }
}

// MARK: - What a store holds of a room

extension RoomState {
    /// Items that have their numbers and are not stored yet.
    package var unstoredItems: Int { self.unstored.count }
    /// All items of this side up to here are stored.
    package func storedUpTo(for side: Side) -> UInt64 { self[side].mailbox.storedUpTo }
    /// Everything up to here was acknowledged by this side.
    package func acknowledged(by side: Side) -> UInt64 { self[side].mailbox.acknowledged }

    /// What a store has of the room, once it has confirmed it.
    package func stored(in room: RoomID, of owner: ClientAddress) -> StoredRoom {
        var stored = StoredRoom(
            name: StoredRoomName(id: room, mailbox: self.mailboxID, owner: owner), standing: RoomStanding(lockedSides: self.lockedSides))
        for side in Side.allCases {
            let mailbox = self[side].mailbox
            var items: [ByteBuffer] = []
            var seq = mailbox.acknowledged + 1
            while let payload = mailbox.payload(at: seq) {
                items.append(payload)
                seq += 1
            }
            stored[side] = StoredSide(acknowledged: mailbox.acknowledged, items: items, accepted: self[side].accepted)
        }
        return stored
    }

    /// A room as it was stored. Nobody is in it.
    package init(_ stored: StoredRoom, mailboxLimits: Mailbox.Limits, lastActivity: MonotonicTime) {
        self.init(mailboxID: stored.name.mailbox, mailboxLimits: mailboxLimits, now: lastActivity)
        for side in Side.allCases {
            self[side].mailbox = Mailbox(stored[side])
            self[side].accepted = stored[side].accepted
            self[side].isLocked = stored.standing.lockedSides.contains(side)
        }
        self.hasEarlierLife = self.wasUsed
    }
}
