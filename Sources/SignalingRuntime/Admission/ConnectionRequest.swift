package import NetworkAddresses
import SignalingCore
package import SignalingWire

/// What an upgrade request asked for, checked.
package struct ConnectionRequest: Sendable {
    package var room: RoomID
    package var side: Side
    /// Nil where the request had no `sid` parameter.
    package var sid: String?
    /// Whether it came with the side's token.
    package var hasToken: Bool
    package var client: ClientAddress

    package init(room: RoomID, side: Side, sid: String?, hasToken: Bool = false, client: ClientAddress) {
        self.room = room
        self.side = side
        self.sid = sid
        self.hasToken = hasToken
        self.client = client
    }
}
