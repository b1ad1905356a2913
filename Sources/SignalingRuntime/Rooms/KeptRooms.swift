package import NetworkAddresses
package import SignalingWire

/// Rooms that outlive the process and are not all held by it: a store that is asked for a room before anybody is let into it. Where every room
/// is held there is none.
package protocol KeptRooms: Sendable {
    /// Whether it can be asked now. A page that asks why its upgrade failed is told.
    var isReady: Bool { get }

    /// Has the process hold what is kept of this room, on behalf of this client. Whoever asks about a room that is held already has a reply at
    /// once, and so has everybody where nothing can be asked.
    func fetch(_ room: RoomID, for client: ClientAddress, _ loop: SignalingLoop) -> RoomArrival
}

/// What became of a room that was asked for.
package enum RoomArrival: Sendable, Equatable {
    /// What there is of it is held: it can be joined.
    case here
    /// The store cannot be asked, or did not say.
    case unavailable
    case later(LateReply<RoomArrival>)
}
