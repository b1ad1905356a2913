import SignalingWire
package import TimeKeeping

/// What the peers report about their connection. Each pairing counts once, however many report.
extension RoomState {
    /// For the first report that ICE connected: the time from `room_full` until now. Nil for every further report.
    package mutating func established(now: MonotonicTime) -> TimeSpan? {
        guard let pairing = self.pairing, !pairing.isEstablished else { return nil }
        self.pairing?.isEstablished = true
        return now - pairing.since
    }

    /// Whether this is the pairing's first report of failure.
    package mutating func failed() -> Bool {
        guard let pairing = self.pairing, !pairing.isFailed else { return false }
        self.pairing?.isFailed = true
        return true
    }
}
