package import HTTPServer
package import NetworkAddresses
package import SignalingRuntime
package import SignalingWire

/// Says where a room is, for a server that is one of several: asked when a client has been admitted, before its upgrade is granted.
package protocol RoomPlaces: Sendable {
    /// Whether rooms can be found now. A page that asks why its upgrade failed is told.
    var isReady: Bool { get }

    /// Who sent a request.
    func sender(of request: HTTPRequest) -> RequestSender

    /// What becomes of a client's upgrade: it is granted if the room is here, or is passed on to where the room is. Where neither comes about
    /// the upgrade is abandoned.
    func place(
        _ upgrade: HTTPUpgrade, of request: HTTPRequest, for connection: ConnectionRequest, _ loop: SignalingLoop
    ) throws(Problem) -> HTTPOutcome

    /// Whether this server can find rooms, for operators: a JSON object if it can.
    func readiness() throws(Problem) -> String

    /// Gives a room up, as this server is about to end and another asks for it.
    func giveUp(_ room: RoomID)
}

package enum RequestSender: Sendable, Equatable {
    case client
    /// Another server, of this number, for this client.
    case server(UInt64, for: ClientAddress)
    /// Somebody who claims to be another server, or one that mistakes this one for a third.
    case impostor
}
