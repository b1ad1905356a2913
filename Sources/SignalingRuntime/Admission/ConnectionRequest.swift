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
    /// Whether a trusted proxy has passed it on.
    package var isByProxy: Bool
    /// The other server that it came by, by its number.
    package var passedBy: UInt64?
    package var isPassedHere: Bool { self.passedBy != nil }

    package init(
        room: RoomID, side: Side, sid: String?, hasToken: Bool = false, client: ClientAddress, isByProxy: Bool = false,
        passedBy: UInt64? = nil
    ) {
        self.isByProxy = isByProxy
        self.passedBy = passedBy
        self.room = room
        self.side = side
        self.sid = sid
        self.hasToken = hasToken
        self.client = client
    }
}
