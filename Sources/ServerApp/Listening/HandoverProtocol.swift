/// What two servers say to each other at HANDOVER, where the one that is to follow connects to the one that runs.
///
/// 1. The next one sends `version`.
/// 2. The one that runs sends `version` and a byte of `ListenerRole` for each listener, with the listeners' descriptors. It goes on as before:
///    the next one may still find that it cannot start, and leave.
/// 3. The next one sends `taken`, and the other `agreed`. Without that word it may have lost patience, and go on. From here on it accepts no
///    more; clients wait in the queues of the listeners, which both have.
/// 4. The one that ran sends `stateIsFree`, or closes the connection, when it changes nothing any more that the next one may hold. The next
///    one takes the path and accepts; the other ends when its connections have.
///
/// Both ends with SO_REUSEPORT would do without descriptors, and would lose clients: each socket has a queue of its own, over which the
/// system spreads them, and resets those that wait in one which is closed.
enum HandoverProtocol {
    static let version: UInt8 = 1
    static let taken: UInt8 = 2
    static let agreed: UInt8 = 3
    static let stateIsFree: UInt8 = 4

    /// How long either waits for what the other sends at once.
    static let patience = Duration.seconds(5)
}

/// What a listener is for.
enum ListenerRole: UInt8, Sendable {
    case clients = 1
    /// METRICS_ADDRESS.
    case operations = 2
}

/// Why a server is not handed over.
struct HandoverFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
