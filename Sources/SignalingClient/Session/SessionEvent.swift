/// What becomes of a session. Later versions may have more of them: a `switch` has a `default`.
public enum SessionEvent: Sendable, Hashable {
    /// The server has answered. `resumed` is false for the first connection, and after the server has forgotten the room meanwhile.
    case opened(resumed: Bool)
    /// The connection was lost, or did not come about. The next attempt begins after `delay`.
    case reconnecting(attempt: Int, delay: Duration, reason: ClientError)
    /// Both sides are there.
    case paired
    /// The other side is gone.
    case peerLeft
    /// A frame of the other side.
    case signal(RelayedFrame)
    case diagnosis(Diagnosis)
    /// The server has refused a frame, by one of its error codes.
    case refused(code: String, message: String)
}
