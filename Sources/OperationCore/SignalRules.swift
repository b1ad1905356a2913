package import TimeKeeping

/// What a server does about the signals that it is sent.
package struct SignalRules: Sendable {
    package enum Signal: Sendable, Equatable {
        /// SIGTERM or SIGINT.
        case stop
        /// SIGHUP: somebody asks for a reload, or the terminal that the server was started in has gone.
        case hangUp(isTerminalGone: Bool)
    }

    package enum Action: Sendable, Equatable {
        case stop, endAtOnce, reload, nothing
    }

    /// A signal to stop that comes so soon after the first is the first once more: a service manager sends one to the server, and whoever
    /// started both sends another to all of their process group.
    package static let sameSignal = TimeSpan.seconds(1)

    private var stoppingSince: MonotonicTime?

    package init() {}

    package mutating func received(_ signal: Signal, at now: MonotonicTime) -> Action {
        switch signal {
        case .hangUp(isTerminalGone: false): return self.stoppingSince == nil ? .reload : .nothing
        // Without this, closing the window would leave a server behind that has the port.
        case .hangUp(isTerminalGone: true) where self.stoppingSince != nil: return .nothing
        case .hangUp(isTerminalGone: true), .stop:
            guard let stoppingSince else {
                self.stoppingSince = now
                return .stop
            }
            return now - stoppingSince < Self.sameSignal ? .nothing : .endAtOnce
        }
    }
}
