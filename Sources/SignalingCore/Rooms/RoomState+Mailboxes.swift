package import NIOCore
package import SignalingWire
package import TimeKeeping
package import WebSocketCore

/// Mailboxes: `hello`, `send` and `delivered`. Items leave only through `deliver`, which is called again as the connection drains.
extension RoomState {
    /// The fields of a `hello`.
    package struct Hello: Sendable, Equatable {
        package var deliveredUpTo: UInt64
        /// The mailbox to which `deliveredUpTo` refers.
        package var mailbox: NamedMailbox

        package init(deliveredUpTo: UInt64, mailbox: NamedMailbox = .unnamed) {
            self.deliveredUpTo = deliveredUpTo
            self.mailbox = mailbox
        }
    }

    /// The fields of a `send`.
    package struct NewItem: Sendable, Equatable {
        package var recipient: Side
        package var payload: ByteBuffer
        /// The sender's number for the item, if it wants to be told that the item is stored.
        package var ref: UInt64?

        package init(to recipient: Side, payload: ByteBuffer, ref: UInt64? = nil) {
            self.recipient = recipient
            self.payload = payload
            self.ref = ref
        }
    }

    /// Trims the side's mailbox and starts delivery. Items that this connection was given already are not sent to it again.
    package mutating func hello(_ hello: Hello, from id: ConnectionID, side: Side, now: MonotonicTime, actions: inout [RoomAction]) {
        guard self.holder(of: side) == id else { return }
        self.touch(now)
        switch hello.mailbox {
        case .unnamed, .named(self.mailboxID): self[side].mailbox.acknowledge(upTo: hello.deliveredUpTo)
        // Its number is from an earlier room of this name: it would free items that this client has not seen.
        case .unknown, .named: break
        }
        self[side].holder?.isListening = true
        guard hello.mailbox != .unnamed else { return }
        actions.append(.mailbox(id, self.mailboxID, deliveredUpTo: self[side].mailbox.acknowledged))
    }

    /// Stores an item, unless it was stored before. `mayStore` says whether the bound for all rooms together, which the caller keeps,
    /// allows it. Where a store has to confirm it first (`isStoredLater`), the item only gets its number here: see `RoomState+Unstored`.
    package mutating func send(
        _ item: NewItem, from id: ConnectionID, side: Side, mayStore: Bool, isStoredLater: Bool = false, now: MonotonicTime,
        actions: inout [RoomAction]
    ) -> SendOutcome {
        // A connection that was replaced a moment ago is ignored; the caller is about to close it.
        guard let sender = self[side].holder?.joiner, sender.id == id else { return .ignored }
        self.touch(now)
        if let ref = item.ref {
            switch self.numberedRefs(of: side).standing(of: ref, sid: sender.sid) {
            case .open: break
            case .accepted:
                if self.isUnstored(ref, of: side) { return .awaited }
                actions.append(.accepted(id, ref: ref))
                return .repeated
            // Later items are stored: this one would be out of order now, and it was refused before.
            case .refused: return .mailboxFull
            }
        }
        guard mayStore else { return .serverFull }
        guard let seq = self[item.recipient].mailbox.append(item.payload, limits: self.mailboxLimits) else { return .mailboxFull }
        if isStoredLater {
            self.number(item, seq, from: sender, side: side)
            return .numbered
        }
        self[item.recipient].mailbox.stored(upTo: seq)
        if let ref = item.ref {
            self[side].accepted.accept(ref, sid: sender.sid)
            actions.append(.accepted(id, ref: ref))
        }
        return .stored
    }

    /// Acknowledges and frees everything up to `seq`.
    package mutating func delivered(from id: ConnectionID, side: Side, upTo seq: UInt64, now: MonotonicTime) {
        guard self.holder(of: side) == id else { return }
        self.touch(now)
        self[side].mailbox.acknowledge(upTo: seq)
    }

    /// Gives the side's connection what waits for it, until `budget` bytes are used up: its backlog, then its items if it listens, each in
    /// order. True if some of it is left for when the connection has drained.
    package mutating func deliver(to side: Side, budget: Int, actions: inout [RoomAction]) -> Bool {
        var budget = budget
        if self.isBehind(side) {
            self.deliverBacklog(to: side, &budget, actions: &actions)
            if self.isBehind(side) { return true }
        }
        guard var holder = self[side].holder, holder.isListening else { return false }
        // An item can be acknowledged before it was sent on this connection: by a hello that counts what an earlier connection got.
        holder.sentUpTo = max(holder.sentUpTo, self[side].mailbox.acknowledged)
        while budget > 0, let payload = self[side].mailbox.payload(at: holder.sentUpTo + 1) {
            holder.sentUpTo += 1
            budget -= payload.readableBytes
            actions.append(.item(holder.joiner.id, holder.joiner.itemKind, seq: holder.sentUpTo, payload: payload))
        }
        self[side].holder = holder
        return holder.sentUpTo < self[side].mailbox.storedUpTo
    }

    private mutating func deliverBacklog(to side: Side, _ budget: inout Int, actions: inout [RoomAction]) {
        guard let id = self.holder(of: side) else { return }
        while budget > 0, let entry = self[side].holder?.backlog.popFirst() {
            switch entry {
            case .frame(let frame):
                budget -= frame.payload.readableBytes
                actions.append(.frame(id, frame))
            case .notice(let notice): actions.append(notice.action(for: id))
            }
        }
    }
}
