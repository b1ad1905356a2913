package import NIOCore
package import SignalingWire
package import WebSocketCore

/// Something that a room wants done. The caller performs all actions, in order, before the room's next input.
package enum RoomAction: Sendable, Equatable {
    /// Both sides are there.
    case roomFull(ConnectionID)
    /// The other side's connection ended.
    case peerLeft(ConnectionID)
    /// Why the peers do not reach each other.
    case diagnosis(ConnectionID, Diagnosis)
    /// Nobody is left of a pairing.
    case pairingEnded(PairingEnd)
    /// A frame that waited for this connection.
    case frame(ConnectionID, HeldFrame)
    /// A mailbox item.
    case item(ConnectionID, ServerFrame.ItemKind, seq: UInt64, payload: ByteBuffer)
    /// The response to a `hello` that asked which mailbox this is.
    case mailbox(ConnectionID, MailboxID, deliveredUpTo: UInt64)
    /// The item that it sent with this `ref` is stored.
    case accepted(ConnectionID, ref: UInt64)
    /// The item that it sent, with this `ref` if any, could not be stored.
    case unstored(ConnectionID, ref: UInt64?)
    /// The challenger now has the side: read what it sent.
    case admit(ConnectionID)
    /// Ping the holder of a side that somebody challenges; its pong comes back as `holderResponded`.
    case probe(ConnectionID)
    case close(ConnectionID, CloseCode)
    /// Close a connection without the side's token, because somebody shows it.
    case expel(ConnectionID)
}

/// The result for a connection that asked for a side.
package enum JoinOutcome: Sendable, Equatable {
    /// It has the side.
    case seated
    /// Another connection has the side and is being pinged. Read nothing from the newcomer yet, and call `challengeExpired` once
    /// `RoomState.challengeTime` is over.
    case waiting
    /// The side is taken, and another newcomer is waiting for it already.
    case busy
    /// The side was opened with its token, and this connection has not shown it.
    case locked
}

/// The result for an item that was sent.
package enum SendOutcome: Sendable, Equatable {
    case stored
    /// It has a number, and is to be stored: call `recorded` or `takeBack` at once.
    case numbered
    /// It was sent before, and is being stored: its sender gets the response to the original.
    case awaited
    /// It was stored before, and its sender did not get the response.
    case repeated
    case mailboxFull
    /// All rooms together hold as much as is allowed.
    case serverFull
    /// The store takes nothing now.
    case unavailable
    /// The sender has no side any more; it was replaced a moment ago.
    case ignored
}

/// Where frames for the other side go.
package enum RelayDecision: Sendable, Equatable {
    case forward(to: ConnectionID)
    /// The other side is absent: call `hold` for each frame.
    case absent
    /// The other side has a backlog: call `queue` for each frame, and read no more from the sender until that side has drained.
    case queue
    /// The sender has no side any more; it was replaced a moment ago.
    case ignore
}
