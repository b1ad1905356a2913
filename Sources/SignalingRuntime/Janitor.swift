import ByteStreams
package import TimeKeeping

/// Frees what has expired: one sweeper a kind, each costing what expired and not what is stored, a batch at a time so that no request
/// waits behind a burst.
package struct Janitor: Sendable {
    package static let interval = TimeSpan.milliseconds(500)

    private let codes: any CodePlace
    private let limits: ClientLimits
    private let rooms: RoomRegistry

    package init(codes: any CodePlace, limits: ClientLimits, rooms: RoomRegistry) {
        self.codes = codes
        self.limits = limits
        self.rooms = rooms
    }

    /// One batch of each kind; true while there is more to free at once.
    package func sweep(now: MonotonicTime) -> Bool {
        let codes = self.codes.sweep(now: now)
        let limits = self.limits.sweep(now: now)
        let rooms = self.rooms.sweep(now: now)
        return codes || limits || rooms
    }
}
