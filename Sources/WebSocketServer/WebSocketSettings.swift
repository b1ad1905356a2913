import Synchronization
package import TimeKeeping

package struct WebSocketSettings: Sendable {
    /// Pings are this far apart; a connection silent for twice as long is dropped.
    package var heartbeat: TimeSpan
    /// Bytes of one message.
    package var maxMessage: Int
    /// What all connections together may keep of messages that are not whole.
    package var partialMessages: SharedBytes
    /// How long a client has to respond to the server's close, and to take what was queued before it.
    package var closeTimeout: TimeSpan

    package init(heartbeat: TimeSpan, maxMessage: Int, partialMessages: SharedBytes, closeTimeout: TimeSpan = .seconds(5)) {
        self.heartbeat = heartbeat
        self.maxMessage = maxMessage
        self.partialMessages = partialMessages
        self.closeTimeout = closeTimeout
    }
}

/// Bytes that many connections hold together, and how many they may.
package final class SharedBytes: Sendable {
    package let limit: Int
    private let count = Atomic<Int>(0)

    package init(limit: Int) { self.limit = limit }

    package var held: Int { self.count.load(ordering: .relaxed) }

    /// One of them now holds this many bytes more (or fewer); false if all together hold too many. They are counted either way.
    package func change(by difference: Int) -> Bool {
        self.count.add(difference, ordering: .relaxed).newValue <= self.limit
    }
}
