package import TimeKeeping

/// Something that asked to be woken at a deadline.
package protocol DeadlineTarget: AnyObject {
    func deadlineReached(now: MonotonicTime)
}

/// One timing wheel for all deadlines of an event loop, instead of a scheduled task for each connection: filing a deadline anew costs
/// no allocation, and the loop wakes once a tick at the most.
package final class LoopTimers {
    private static let granularity = TimeSpan.milliseconds(50)

    private let loop: any StreamLoop
    private let clock: ServerClock
    private var wheel = ExpiryWheel<any DeadlineTarget>(granularity: LoopTimers.granularity, horizon: .minutes(2))
    /// When the loop's alarm rings.
    private var alarm: MonotonicTime?
    var afterFiring: () -> Void = {}

    init(loop: any StreamLoop, clock: ServerClock) {
        self.loop = loop
        self.clock = clock
    }

    package var count: Int { self.wheel.count }

    package func schedule(_ target: any DeadlineTarget, at deadline: MonotonicTime) -> ExpiryToken {
        let token = self.wheel.schedule(target, at: deadline, now: self.clock.now())
        self.arm(deadline)
        return token
    }

    /// False if the deadline was reached or cancelled before.
    package func reschedule(_ token: ExpiryToken, at deadline: MonotonicTime) -> Bool {
        guard self.wheel.reschedule(token, at: deadline) else { return false }
        self.arm(deadline)
        return true
    }

    package func cancel(_ token: ExpiryToken) { self.wheel.cancel(token) }

    /// Drops every deadline: the loop is about to end.
    package func stop() {
        self.loop.cancelAlarm()
        self.alarm = nil
        self.wheel = ExpiryWheel(granularity: Self.granularity, horizon: .minutes(2))
    }

    private func arm(_ deadline: MonotonicTime) {
        let now = self.clock.now()
        // At least a tick away, so that deadlines falling due one after the other are served together.
        let delay = max(deadline - now, Self.granularity)
        // Compared with when this one could be served: a stream of near deadlines must not put off the next tick for ever.
        if let alarm = self.alarm, alarm <= now + delay { return }
        self.alarm = now + delay
        self.loop.setAlarm(after: delay, self)
    }
}

extension LoopTimers: LoopAlarm {
    package func ring() {
        self.alarm = nil
        let now = self.clock.now()
        while let target = self.wheel.popExpired(now: now) { target.deadlineReached(now: now) }
        self.afterFiring()
        if let next = self.wheel.nextDeadline { self.arm(next) }
    }
}
