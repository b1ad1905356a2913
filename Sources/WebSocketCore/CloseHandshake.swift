package import TimeKeeping

/// The close handshake (RFC 6455 section 7) from the moment in which this side sends its close frame.
package struct CloseHandshake: Sendable, Equatable {
    /// What of the client is still waited for.
    private enum Stage: Sendable {
        case awaitsClose
        /// Its close frame is in.
        case received
        /// It broke the protocol: nothing it sends is understood any more, its close frame included.
        case violated
        /// The stream is being ended.
        case ending
    }

    /// How the stream ends once everything is sent.
    package enum Ending: Sendable, Equatable {
        /// Both directions.
        case connection
        /// This direction only, upon which the client ends the other. A whole close would reset a client that is still sending, and the
        /// reset can overtake the close frame.
        case output
    }

    /// What the connection is said to have ended with: the first reason counts.
    package let code: UInt16
    /// When the stream is cut off, done or not.
    package private(set) var deadline: MonotonicTime
    private var stage: Stage

    /// This side closes, because of a violation or for a reason of its own.
    package init(code: UInt16, afterViolation: Bool, deadline: MonotonicTime) {
        self.code = code
        self.deadline = deadline
        self.stage = afterViolation ? .violated : .awaitsClose
    }

    /// This side responds to the client's close.
    package init(respondingTo code: UInt16?, deadline: MonotonicTime) {
        // 1005 stands for a close without a code.
        self.code = code ?? 1005
        self.deadline = deadline
        self.stage = .received
    }

    package mutating func closeReceived() {
        if self.stage == .awaitsClose { self.stage = .received }
    }

    package mutating func violated() {
        if self.stage == .awaitsClose { self.stage = .violated }
    }

    /// The client has until then, if it had longer.
    package mutating func shorten(to deadline: MonotonicTime) { self.deadline = min(self.deadline, deadline) }

    /// Everything that was queued is with the stream. How that ends now; nil while there is something to wait for, or when it was said.
    package mutating func sent() -> Ending? {
        switch self.stage {
        case .awaitsClose, .ending: return nil
        case .received:
            self.stage = .ending
            return .connection
        case .violated:
            self.stage = .ending
            return .output
        }
    }
}
