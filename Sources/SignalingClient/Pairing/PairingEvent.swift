/// How a pairing goes on. Later versions may have more of them: a `switch` has a `default`.
public enum PairingEvent: Sendable, Hashable {
    /// For the other side to come.
    case waiting
    /// Both are there.
    case negotiating
    /// What is in the way, while the attempt goes on; with advice.
    case warning(Diagnosis)
    /// To be compared by the two people, if they want to know that nobody is in the middle.
    case sixDigits(String)
    case connected
    /// A new way is looked for.
    case interrupted
    case restored
    /// So many descriptions that the verified peer did not make were dropped.
    case forged(Int)
    /// From the server; a link that stands lives on.
    case peerLeft
    /// Something of the other side's could not be used. The link, or the attempt, goes on.
    case problem(ClientError)
}

/// How long a pairing waits for what.
public struct PairingLimits: Sendable, Hashable {
    /// For the other side to come.
    public var patience = Duration.seconds(600)
    /// From then until the channel is open.
    public var connectWithin = Duration.seconds(45)
    /// For a link that was interrupted.
    public var restoreWithin = Duration.seconds(120)

    public init() {}
}
