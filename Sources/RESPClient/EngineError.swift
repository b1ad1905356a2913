package import RESPCore

/// Why a call has no result.
package enum EngineError: Error, Equatable, Sendable, CustomStringConvertible {
    /// There is no connection: nothing was sent.
    case down
    /// More waits than may: nothing was sent.
    case busy
    /// The connection ended before the reply came: whether the script ran, nobody knows.
    case lost
    /// The engine's own error. What the script had done before it, is done.
    case replied(RESPError)

    package var description: String {
        switch self {
        case .down: "the engine is not connected"
        case .busy: "too much waits for the engine"
        case .lost: "the connection to the engine ended before its reply came"
        case .replied(let error): error.description
        }
    }
}

extension RESPError {
    /// The engine is not one to go on with: it is no primary any more, has lost the scripts, or does not serve. Finding it anew may help.
    var endsConnection: Bool {
        switch self.code {
        case "READONLY", "LOADING", "MASTERDOWN", "NOSCRIPT", "CLUSTERDOWN": true
        default: false
        }
    }
}
