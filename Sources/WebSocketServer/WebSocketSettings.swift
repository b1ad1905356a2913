package import FairShares
package import TimeKeeping

package struct WebSocketSettings: Sendable {
    /// Pings are this far apart; a connection silent for twice as long is dropped.
    package var heartbeat: TimeSpan
    /// Bytes of one message.
    package var maxMessage: Int
    /// How long a message may take to arrive, from its first byte on.
    package var messageTimeout: TimeSpan
    /// What connections hold of unfinished messages, and of output that waits, counts there.
    package var shares: ClientShares
    /// How long a client has to respond to the server's close, and to take what was queued before it.
    package var closeTimeout: TimeSpan

    package init(
        heartbeat: TimeSpan, maxMessage: Int, messageTimeout: TimeSpan = .seconds(30), shares: ClientShares,
        closeTimeout: TimeSpan = .seconds(5)
    ) {
        self.heartbeat = heartbeat
        self.maxMessage = maxMessage
        self.messageTimeout = messageTimeout
        self.shares = shares
        self.closeTimeout = closeTimeout
    }
}
