/// What a pairing needs of a session: frames to the other side, reports to the server, and what becomes of both.
public protocol SignalingChannel: Sendable {
    associatedtype Events: AsyncSequence & Sendable where Events.Element == SessionEvent

    var side: Side { get }
    /// The room's appID.
    var roomID: String { get }
    /// From the session's beginning: a pairing follows all of them.
    var events: Events { get }

    func signal(_ frame: RelayedFrame) throws(ClientError)
    func telemetry(_ event: String, _ detail: some Encodable) throws(ClientError)
}

extension Session: SignalingChannel {
    public var roomID: String { self.room.appID }
}
