import SignalingCore
package import TimeKeeping

/// Frees what has expired: one sweeper a kind, each costing what expired and not what is stored, a batch at a time so that no request
/// waits behind a burst.
package struct Janitor: Sendable {
    package static let interval = TimeSpan.milliseconds(500)

    private let hub: Hub

    package init(_ hub: Hub) { self.hub = hub }

    /// One round; true while there is more to free at once.
    package func sweep(now: MonotonicTime) -> Bool {
        let codes = self.hub.codes.sweep(now: now)
        let limits = self.hub.limits.sweep(now: now)
        let rooms = self.hub.rooms.sweep(now: now)
        return codes || limits || rooms
    }
}
