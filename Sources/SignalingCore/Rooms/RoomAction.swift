package import NIOCore
package import SignalingWire
package import WebSocketCore

/// What a room wants done, in order. Whoever runs it performs every action before the room's next input.
package enum RoomAction: Sendable, Equatable {
    /// Both sides are there.
    case roomFull(ConnectionID)
    /// The other side's connection ended.
    case peerLeft(ConnectionID)
    /// A frame that was held for this connection.
    case frame(ConnectionID, HeldFrame)
    /// A mailbox item.
    case item(ConnectionID, ServerFrame.ItemKind, seq: UInt64, payload: ByteBuffer)
    /// Its `hello` asked which mailbox this is.
    case mailbox(ConnectionID, MailboxID, deliveredUpTo: UInt64)
    /// What it sent with this `ref` is stored.
    case accepted(ConnectionID, ref: UInt64)
    /// The challenger now has the side: read what it sent.
    case admit(ConnectionID)
    /// Ping the holder of a side for the challenger's sake; its pong comes back as `holderAnswered`.
    case probe(ConnectionID)
    case close(ConnectionID, CloseCode)
}

/// What became of a connection that asked for a side.
package enum JoinOutcome: Sendable, Equatable {
    /// It has the side.
    case seated
    /// The side is taken by a connection that is being asked whether it is alive; read nothing from the newcomer yet, and say
    /// `challengeExpired` once `RoomState.challengeTime` is over.
    case waiting
    /// The side is taken, and somebody is waiting for it already.
    case busy
}

/// What became of an item that was sent.
package enum SendOutcome: Sendable, Equatable {
    case stored
    /// It was stored before: its sender did not hear of it.
    case repeated
    case mailboxFull
    /// All rooms together hold as much as they may.
    case serverFull
    /// The sender has no side any more; it was replaced a moment ago.
    case ignored
}

/// Where frames for the other side go.
package enum RelayDecision: Sendable, Equatable {
    case forward(to: ConnectionID)
    /// Nobody is there: each is kept if it may (`hold`).
    case absent
    /// The sender has no side any more; it was replaced a moment ago.
    case ignore
}
