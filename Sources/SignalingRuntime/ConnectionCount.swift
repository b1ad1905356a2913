import Synchronization

/// How many connections are open, and how many may be.
package final class ConnectionCount: Sendable {
    package struct Limits: Sendable, Equatable {
        /// WebSocket connections; a further upgrade is answered 503.
        package var webSockets: Int
        /// Connections of any kind: past it the server stops accepting until one closes.
        package var sockets: Int

        package init(webSockets: Int, sockets: Int) {
            self.webSockets = webSockets
            self.sockets = sockets
        }

        /// What the limit on open files allows. `reserve` descriptors are left for the listener, the loops, logs and health checks.
        package static func derived(fromOpenFiles limit: Int, configured: Int) -> Limits {
            let reserve = 64
            let sockets = max(16, limit - reserve)
            // A few sockets stay for HTTP, or a full server could not even say that it is.
            let spare = min(64, max(8, sockets / 16))
            let webSockets = max(1, sockets - spare)
            return Limits(webSockets: configured == 0 ? webSockets : min(configured, webSockets), sockets: sockets)
        }
    }

    package let limits: Limits
    private let sockets = Atomic<Int>(0)
    private let webSockets = Atomic<Int>(0)

    package init(_ limits: Limits) { self.limits = limits }

    package var open: Int { self.sockets.load(ordering: .relaxed) }
    package var openWebSockets: Int { self.webSockets.load(ordering: .relaxed) }

    package func socketOpened() { self.sockets.add(1, ordering: .relaxed) }
    package func socketClosed() { self.sockets.subtract(1, ordering: .relaxed) }
    package var mayAccept: Bool { self.open < self.limits.sockets }

    package var mayOpenWebSocket: Bool { self.openWebSockets < self.limits.webSockets }

    /// Takes a place for a WebSocket; false where all are taken. Given back with `webSocketClosed`.
    package func openWebSocket() -> Bool {
        let (_, count) = self.webSockets.add(1, ordering: .relaxed)
        if count <= self.limits.webSockets { return true }
        self.webSockets.subtract(1, ordering: .relaxed)
        return false
    }

    package func webSocketClosed() { self.webSockets.subtract(1, ordering: .relaxed) }
}
