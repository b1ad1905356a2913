package import NIOCore
package import TimeKeeping

/// A connection that a loop was asked to open (`StreamLoop.connect`), until its driver has heard what came of it. Used on the loop only.
package protocol ConnectAttempt: AnyObject {
    /// Gives it up: the driver hears nothing more. Without effect once the driver has heard `opened` or `ended`.
    func cancel()
}

/// What a connection that is opened from here speaks TLS with. Each transport has its own kind, and its loops take no other.
package protocol ClientTLS: AnyObject, Sendable {}

/// Why a connection did not come about.
package struct ConnectError: Error, CustomStringConvertible {
    package enum Reason: Sendable {
        /// Refused, unreachable, no descriptor left: what the system says.
        case system(SystemCallError)
        case overLimit(TimeSpan)
        case loopEnds
        /// TLS was asked of a loop that has none, or not of that kind.
        case lacksTLS
        /// What a library says, about a certificate for instance.
        case failed(String)
    }

    package let address: SocketAddress
    package let reason: Reason

    package init(_ address: SocketAddress, _ reason: Reason) {
        self.address = address
        self.reason = reason
    }

    package var description: String { "no connection to \(self.address): \(self.explanation)" }

    private var explanation: String {
        switch self.reason {
        case .system(let error): "\(error)"
        case .overLimit(let limit): "it was not there after \(limit.milliseconds) ms"
        case .loopEnds: "the event loop ends"
        case .lacksTLS: "this event loop does not speak that TLS"
        case .failed(let text): text
        }
    }
}
