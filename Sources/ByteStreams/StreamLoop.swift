package import NIOCore
package import TimeKeeping

/// The thread that serves streams, as those who live on it see it. Each transport has its own kind.
package protocol StreamLoop: AnyObject, Sendable {
    /// Whether the caller runs on this loop.
    var isCurrent: Bool { get }

    /// Runs a task on the loop, after what the loop is doing and what it was given before. May be called from any thread. What a loop took
    /// before it was told to end is run; a loop that has ended runs nothing.
    ///
    /// A task that touches connections (`LoopContext.touch`) has to run `flushTouched` itself.
    func execute(_ task: @escaping @Sendable () -> Void)

    /// Rings once, when this time is over: not before, and after it as soon as the loop comes to it. A loop has one alarm: setting it
    /// replaces the one before, even if that one is due. Called on the loop; the alarm may be set anew while it rings.
    func setAlarm(after delay: TimeSpan, _ alarm: any LoopAlarm)

    /// An alarm that has not rung will not. Called on the loop.
    func cancelAlarm()

    /// Opens a connection to an IP or Unix socket, with TLS if there is some. Called on the loop.
    ///
    /// The driver hears `opened` once the connection is there, behind TLS once the handshake is over, and is then that of a stream like any
    /// other, whose peer is this address (0.0.0.0 for a Unix socket) and which counts for no `AcceptPolicy`. Or it hears `ended` alone, with
    /// a `ConnectError`: refused, unreachable, not there within this time. Neither comes from within this call.
    ///
    /// A loop that ends ends its attempts too. One that is begun while it does so comes to nothing, and the driver hears nothing.
    func connect(
        to address: SocketAddress, within limit: TimeSpan, tls: (any ClientTLS)?, driver: any StreamDriver
    ) -> any ConnectAttempt
}

/// What a loop's alarm calls, on the loop.
package protocol LoopAlarm: AnyObject {
    func ring()
}

extension StreamLoop {
    /// The same without TLS.
    package func connect(to address: SocketAddress, within limit: TimeSpan, driver: any StreamDriver) -> any ConnectAttempt {
        self.connect(to: address, within: limit, tls: nil, driver: driver)
    }

    /// Stops a debug build when what belongs to this loop is touched from elsewhere.
    package func assertIsCurrent() { assert(self.isCurrent, "called from outside the event loop") }
}
