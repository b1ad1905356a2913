import MetricsCore

/// What all clients take from the same store, each kind with a bound of its own.
package enum SharedResource: Int, Sendable, CaseIterable {
    /// TCP connections of any kind.
    case connections
    case webSockets
    /// Rooms, those that are kept for their mailboxes included, by who made them.
    case rooms
    /// Mailbox items and held frames in bytes, by who made their room.
    case storedBytes
    /// Bytes of messages that have not all arrived.
    case unfinishedBytes
    /// Bytes that wait for connections that take them slowly.
    case outputBytes
    /// Live codes, by who had them minted.
    case codes
}

extension SharedResource: LabelSet {
    package static let names = [
        "connections", "websockets", "rooms", "stored_bytes", "unfinished_bytes", "output_bytes", "codes",
    ]
}
