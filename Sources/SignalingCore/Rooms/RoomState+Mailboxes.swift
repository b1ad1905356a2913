package import NIOCore
package import SignalingWire
package import TimeKeeping
package import WebSocketCore

/// Mailboxes: `hello`, `send` and `delivered`. Items leave through `deliver` alone, which is asked for again as the connection drains.
extension RoomState {
    /// What a client says as it comes.
    package struct Hello: Sendable, Equatable {
        package var deliveredUpTo: UInt64
        /// The mailbox that `deliveredUpTo` counts the items of.
        package var mailbox: NamedMailbox

        package init(deliveredUpTo: UInt64, mailbox: NamedMailbox = .unnamed) {
            self.deliveredUpTo = deliveredUpTo
            self.mailbox = mailbox
        }
    }

    /// An item as it is sent.
    package struct NewItem: Sendable, Equatable {
        package var recipient: Side
        package var payload: ByteBuffer
        /// The sender's number for it, if it wants to hear that it is stored.
        package var ref: UInt64?

        package init(to recipient: Side, payload: ByteBuffer, ref: UInt64? = nil) {
            self.recipient = recipient
            self.payload = payload
            self.ref = ref
        }
    }

    /// Trims the side's mailbox and starts delivery. Items this connection was given already are not sent to it twice.
    package mutating func hello(_ hello: Hello, from id: ConnectionID, side: Side, now: MonotonicTime, actions: inout [RoomAction]) {
        guard self.holder(of: side) == id else { return }
        self.touch(now)
        switch hello.mailbox {
        case .unnamed, .named(self.mailboxID): self[side].mailbox.acknowledge(upTo: hello.deliveredUpTo)
        // Its number counts the items of another life of the room: it would free what this client has not seen.
        case .unknown, .named: break
        }
        self[side].holder?.isListening = true
        guard hello.mailbox != .unnamed else { return }
        actions.append(.mailbox(id, self.mailboxID, deliveredUpTo: self[side].mailbox.acknowledged))
    }

    /// Stores an item, unless it was stored before. `mayStore`: the bound of what all rooms hold together, which is the caller's.
    package mutating func send(
        _ item: NewItem, from id: ConnectionID, side: Side, mayStore: Bool, now: MonotonicTime, actions: inout [RoomAction]
    ) -> SendOutcome {
        // A connection that was replaced a moment ago has no say; the caller is about to close it.
        guard let sender = self[side].holder?.joiner, sender.id == id else { return .ignored }
        self.touch(now)
        if let ref = item.ref {
            switch self[side].accepted.standing(of: ref, sid: sender.sid) {
            case .open: break
            case .accepted:
                actions.append(.accepted(id, ref: ref))
                return .repeated
            // What came after it is stored: it would be out of order now, and its sender was to be told no.
            case .refused: return .mailboxFull
            }
        }
        guard mayStore else { return .serverFull }
        guard self[item.recipient].mailbox.append(item.payload, limits: self.mailboxLimits) != nil else { return .mailboxFull }
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

    /// Hands the side's connection its next items, in order, as long as `budget` bytes are not used up; true when some are left that
    /// it may have once it has drained.
    package mutating func deliver(to side: Side, budget: Int, actions: inout [RoomAction]) -> Bool {
        guard var holder = self[side].holder, holder.isListening else { return false }
        var budget = budget
        // An item can be acknowledged before it was sent: by a hello that counts what an earlier connection got.
        holder.sentUpTo = max(holder.sentUpTo, self[side].mailbox.acknowledged)
        while budget > 0, let payload = self[side].mailbox.payload(at: holder.sentUpTo + 1) {
            holder.sentUpTo += 1
            budget -= payload.readableBytes
            actions.append(.item(holder.joiner.id, holder.joiner.itemKind, seq: holder.sentUpTo, payload: payload))
        }
        self[side].holder = holder
        return holder.sentUpTo < self[side].mailbox.lastSeq
    }
}
