import SignalingCore
package import TimeKeeping

package struct WebSocketSettings: Sendable {
    /// Pings are this far apart; a connection silent for twice as long is dropped.
    package var heartbeat: TimeSpan
    /// Bytes of one message.
    package var maxMessage: Int
    /// How long a client has to answer the server's close, and to take what was queued before it.
    package var closeTimeout: TimeSpan
    /// Whether log lines carry whole client addresses.
    package var logsFullAddresses: Bool
    /// Every message goes back to its sender instead of to a room. For the conformance suite; no configuration sets it.
    package var echoes = false

    package init(heartbeat: TimeSpan, maxMessage: Int, closeTimeout: TimeSpan = .seconds(5), logsFullAddresses: Bool) {
        self.heartbeat = heartbeat
        self.maxMessage = maxMessage
        self.closeTimeout = closeTimeout
        self.logsFullAddresses = logsFullAddresses
    }
}
