package import NIOCore
package import SignalingWire

/// Mailboxes: `hello`, `send` and `delivered`. Items leave through `deliver` alone, which is asked for again as the connection drains.
extension RoomState {
    /// Trims the side's mailbox and starts delivery. Items this connection was given already are not sent to it twice.
    package mutating func hello(from id: ConnectionID, side: Side, deliveredUpTo: UInt64, now: MonotonicTime) {
        guard self[side].holder?.joiner.id == id else { return }
        self.touch(now)
        self[side].mailbox.acknowledge(upTo: deliveredUpTo)
        self[side].holder?.isListening = true
    }

    /// Stores an item for a side; false where its mailbox is full.
    package mutating func send(
        from id: ConnectionID, side: Side, to recipient: Side, payload: ByteBuffer, now: MonotonicTime
    ) -> Bool {
        // A connection that was replaced a moment ago has no say; the caller is about to close it.
        guard self[side].holder?.joiner.id == id else { return true }
        self.touch(now)
        return self[recipient].mailbox.append(payload, limits: self.mailboxLimits) != nil
    }

    /// Acknowledges and frees everything up to `seq`.
    package mutating func delivered(from id: ConnectionID, side: Side, upTo seq: UInt64, now: MonotonicTime) {
        guard self[side].holder?.joiner.id == id else { return }
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
