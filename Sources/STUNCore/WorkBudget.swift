package import TimeKeeping

/// What may be done in each tick: so many datagrams, and no more of the time than its share. Past either, work rests until the next tick,
/// and whatever comes meanwhile is the kernel's to drop.
///
/// The share holds however slow the machine is. Work goes on in batches, whose last may take more time than is left; what it took too much
/// is missing in the ticks behind.
package struct WorkBudget: Sendable {
    package let tick: TimeSpan
    package let datagrams: Int
    package let share: TimeSpan

    private var start = MonotonicTime(nanoseconds: .min / 2)
    private var read = 0
    private var worked = TimeSpan(nanoseconds: 0)

    package init(tick: TimeSpan, datagrams: Int, share: TimeSpan) {
        precondition(datagrams > 0 && share.nanoseconds > 0 && tick > share)
        self.tick = tick
        self.datagrams = datagrams
        self.share = share
    }

    /// How many datagrams may be read now; if none, not before ``nextTick``.
    package mutating func left(now: MonotonicTime) -> Int {
        if now >= self.nextTick { self.beginTick(now) }
        return self.worked < self.share ? self.datagrams - self.read : 0
    }

    package mutating func spend(datagrams: Int, time: TimeSpan) {
        self.read = min(self.datagrams, self.read + datagrams)
        self.worked = self.worked + max(time, TimeSpan(nanoseconds: 0))
    }

    package var nextTick: MonotonicTime { self.start + self.tick }

    private mutating func beginTick(_ now: MonotonicTime) {
        let passed = (now - self.start).nanoseconds / self.tick.nanoseconds
        let owed = self.worked.nanoseconds - self.share.nanoseconds * min(passed, self.worked.nanoseconds / self.share.nanoseconds + 1)
        self.worked = TimeSpan(nanoseconds: max(0, owed))
        self.read = 0
        self.start = now
    }
}
