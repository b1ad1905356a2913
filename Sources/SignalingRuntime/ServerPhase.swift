import Synchronization

/// Whether the server takes on work.
package final class ServerPhase: Sendable {
    package enum Value: UInt8, AtomicRepresentable, Sendable {
        case starting, ready
        /// Everything is served as before, and whoever asks is told to send no more clients.
        case leaving
        /// Another process has the listener, and waits for what this one holds: until that is handed over, requests on connections that are
        /// open are served. WebSockets find the other one.
        case handingOver
        case draining
    }

    private let current = Atomic<Value>(.starting)

    package init() {}

    package var value: Value {
        get { self.current.load(ordering: .acquiring) }
        set { self.current.store(newValue, ordering: .releasing) }
    }

    /// Goes from `ready` to `leaving`; where another process has begun to take over, that goes on.
    package func leave() { _ = self.current.compareExchange(expected: .ready, desired: .leaving, ordering: .acquiringAndReleasing) }

    package var isDraining: Bool { self.value == .draining }

    /// Whether connections are to end: each response is its connection's last, and nobody gets a WebSocket.
    package var isEnding: Bool { self.value == .draining || self.value == .handingOver }
}
