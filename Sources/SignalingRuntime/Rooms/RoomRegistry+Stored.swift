package import ByteStreams
import NIOConcurrencyHelpers
package import SignalingCore
import SignalingWire
import TimeKeeping

/// What a store has of rooms: how they stand between items, and what a server begins with that was started anew.
extension RoomRegistry {
    /// How a room stands, as far as a store has to know; nil for one that it does not hold.
    struct Standing: Equatable {
        let isDeserted: Bool
        let lockedSides: Set<Side>
    }

    func standing(of state: RoomState) -> Standing? {
        guard self.hasJournal, state.wasUsed || self.isForgottenElsewhere else { return nil }
        return Standing(isDeserted: state.isDeserted, lockedSides: state.lockedSides)
    }

    /// Somebody came or left.
    func noteStanding(of state: RoomState, in room: RoomID, after before: Standing?, isArrival: Bool, _ loop: SignalingLoop) {
        guard let before, let now = self.standing(of: state) else { return }
        // Whoever follows every room expects each that comes.
        guard now != before || isArrival && self.isForgottenElsewhere else { return }
        let clock = loop.clock
        let since = now.isDeserted ? clock.unixMilliseconds(at: state.lastActivity) : nil
        self.journal?.note(
            .roomStands(state.mailboxID, RoomStanding(desertedSince: since, lockedSides: now.lockedSides)), in: room, now: clock.now())
    }

    /// Takes rooms over from the process before, in which nobody is: each is kept for as long as it would have been there. Called before the
    /// first client comes, so no bound is asked: what was accepted is kept, and counts for those who come.
    package func adopt(_ stored: [StoredRoom], clock: ServerClock) {
        let now = clock.now()
        for room in stored {
            let lastActivity = room.standing.desertedSince.map { clock.time(at: $0) } ?? now
            let state = RoomState(room, mailboxLimits: self.limits.mailbox, lastActivity: min(lastActivity, now))
            let kept = Room(id: room.name.id, owner: room.name.owner, state: state, totals: self.totals)
            if !self.insert(kept, state, now: now) { self.journal?.note(.forgotten(room.name.mailbox), in: room.name.id, now: now) }
        }
    }
}

extension ServerClock {
    /// The wall clock's time at a moment of the monotonic clock.
    func unixMilliseconds(at time: MonotonicTime) -> UnixMilliseconds {
        UnixMilliseconds(self.unixSeconds() * 1000) - (self.now() - time).milliseconds
    }

    /// The monotonic clock's time at a moment of the wall clock, as both are now.
    func time(at unix: UnixMilliseconds) -> MonotonicTime {
        // Stores hold times of this century; what they hold else must not overflow.
        let distance = max(-Self.longest, min(Self.longest, unix &- UnixMilliseconds(self.unixSeconds() * 1000)))
        return self.now() + .milliseconds(distance)
    }

    /// A hundred years in milliseconds.
    private static var longest: Int64 { 3_155_760_000_000 }
}
