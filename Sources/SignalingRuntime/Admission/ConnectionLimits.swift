/// How many connections there may be, as far as the limit on open files allows.
package struct ConnectionLimits: Sendable, Equatable {
    /// WebSocket connections; a further upgrade is refused with 503.
    package var webSockets: Int
    /// Connections of any kind: past it the server stops accepting until one closes.
    package var sockets: Int
    /// How many of those clients share. A few more are accepted, as whose a connection is shows only then.
    package var shared: Int { self.sockets - min(16, self.sockets / 8) }

    package init(webSockets: Int, sockets: Int) {
        self.webSockets = webSockets
        self.sockets = sockets
    }

    /// `reserve` descriptors are left for the listener, the loops, logs and health checks.
    package static func derived(fromOpenFiles limit: Int, configured: Int) -> ConnectionLimits {
        let reserve = 64
        let sockets = max(16, limit - reserve)
        // A few sockets stay for HTTP, or a full server could not even say that it is.
        let spare = min(64, max(8, sockets / 16))
        let webSockets = max(1, sockets - spare)
        return ConnectionLimits(webSockets: configured == 0 ? webSockets : min(configured, webSockets), sockets: sockets)
    }
}
