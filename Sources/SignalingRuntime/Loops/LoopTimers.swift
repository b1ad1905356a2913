import NIOCore
import SignalingCore
package import TimeKeeping

/// Something that asked to be woken at a deadline.
package protocol DeadlineTarget: AnyObject {
    func deadlineReached(now: MonotonicTime)
}

/// One timing wheel for all deadlines of an event loop, instead of a scheduled task for each connection: filing a deadline anew costs
/// no allocation, and the loop wakes once a tick at the most.
package final class LoopTimers {
    private static let granularity = TimeSpan.milliseconds(50)

    private let eventLoop: any EventLoop
    private let clock: ServerClock
    private var wheel = ExpiryWheel<any DeadlineTarget>(granularity: LoopTimers.granularity, horizon: .minutes(2))
    private var armed: (deadline: MonotonicTime, task: Scheduled<Void>)?
    var afterFiring: () -> Void = {}

    init(eventLoop: any EventLoop, clock: ServerClock) {
        self.eventLoop = eventLoop
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
        self.armed?.task.cancel()
        self.armed = nil
        self.wheel = ExpiryWheel(granularity: Self.granularity, horizon: .minutes(2))
    }

    private func arm(_ deadline: MonotonicTime) {
        let now = self.clock.now()
        // At least a tick away, so that deadlines falling due one after the other are served together.
        let delay = max(deadline - now, Self.granularity)
        if let armed = self.armed {
            // Compared with when this one could be served: a stream of near deadlines must not put off the next tick for ever.
            if armed.deadline <= now + delay { return }
            armed.task.cancel()
        }
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
        let task = self.eventLoop.scheduleTask(in: .nanoseconds(delay.nanoseconds)) { bound.value.fire() }
        self.armed = (now + delay, task)
    }

    private func fire() {
        self.armed = nil
        let now = self.clock.now()
        while let target = self.wheel.popExpired(now: now) { target.deadlineReached(now: now) }
        self.afterFiring()
        if let next = self.wheel.nextDeadline { self.arm(next) }
    }
}
