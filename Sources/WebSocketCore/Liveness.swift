package import TimeKeeping

/// When a connection is pinged, and when it is given up: for its silence, or because it takes nothing of what it is sent.
package struct Liveness: Sendable {
    /// What the connection's outbound side looks like when the timer runs.
    package struct Outbound: Sendable {
        /// Bytes the socket has taken since the connection began.
        package var flushed: Int
        /// Whether more are waiting.
        package var isPending: Bool

        package init(flushed: Int, isPending: Bool) {
            self.flushed = flushed
            self.isPending = isPending
        }
    }

    package enum Wake: Sendable, Equatable {
        case nothing
        case ping(token: UInt64)
        case close(CloseCode)
    }

    private struct Stall: Sendable {
        var since: MonotonicTime
        var flushed: Int
    }

    package let heartbeat: TimeSpan
    private var lastHeard: MonotonicTime
    private var nextPing: MonotonicTime
    private var stall: Stall?
    /// The ping under way. Pings carry a number so that a pong tells to which one it belongs.
    private var ping: (token: UInt64, sentAt: MonotonicTime)?
    private var lastToken: UInt64

    /// `seed` starts the pings' numbering: unknown to the client, so that it cannot send a pong before its ping.
    package init(heartbeat: TimeSpan, seed: UInt64, now: MonotonicTime) {
        self.heartbeat = heartbeat
        self.lastHeard = now
        self.nextPing = now + heartbeat
        self.lastToken = seed
    }

    /// Bytes came in.
    package mutating func heard(now: MonotonicTime) { self.lastHeard = now }

    /// A pong came in: the round trip, if it belongs to the ping under way.
    package mutating func pong(token: UInt64, now: MonotonicTime) -> TimeSpan? {
        guard let ping = self.ping, ping.token == token else { return nil }
        self.ping = nil
        return now - ping.sentAt
    }

    /// A ping out of turn, for a challenger's sake.
    package mutating func probe(now: MonotonicTime) -> UInt64 {
        self.lastToken &+= 1
        self.ping = (self.lastToken, now)
        self.nextPing = now + self.heartbeat
        return self.lastToken
    }

    /// The moment the connection must be looked at again: twice a heartbeat at the least, so that a stall is noticed soon after it began.
    package func nextWake(now: MonotonicTime) -> MonotonicTime {
        let silence = self.lastHeard + self.heartbeat * 2
        return min(self.nextPing, silence, now + TimeSpan(nanoseconds: self.heartbeat.nanoseconds / 2))
    }

    /// The timer ran. While the server itself does not read (`isPaused`), silence proves nothing.
    package mutating func wake(now: MonotonicTime, outbound: Outbound, isPaused: Bool) -> Wake {
        if outbound.isPending {
            if let stall = self.stall, stall.flushed == outbound.flushed {
                if now - stall.since >= self.heartbeat * 2 { return .close(.slowConsumer) }
            } else {
                self.stall = Stall(since: now, flushed: outbound.flushed)
            }
        } else {
            self.stall = nil
        }
        if isPaused { self.lastHeard = now }
        if now - self.lastHeard >= self.heartbeat * 2 { return .close(outbound.isPending ? .slowConsumer : .unresponsive) }
        guard now >= self.nextPing else { return .nothing }
        return .ping(token: self.probe(now: now))
    }
}
