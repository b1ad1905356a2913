import ByteStreams
import SignalingRuntime
import TimeKeeping

/// Runs the janitor regularly on one loop, until that loop's timers stop. Used on its loop only.
final class JanitorRounds: DeadlineTarget {
    private let context: LoopContext
    private let janitor: Janitor
    private let accepting: AcceptPolicy
    private var freed = FreedMemory()

    init(_ janitor: Janitor, accepting: AcceptPolicy, on context: LoopContext) {
        self.context = context
        self.janitor = janitor
        self.accepting = accepting
    }

    func begin() { _ = self.context.timers.schedule(self, at: self.context.clock.now() + Janitor.interval) }

    func deadlineReached(now: MonotonicTime) {
        Self.sweep(self.janitor, self.context.clock, self.context.loop)
        self.freed.observe(open: self.accepting.open)
        self.begin()
    }

    /// Sweeps one batch, lets the loop do its other work, then sweeps the next.
    private static func sweep(_ janitor: Janitor, _ clock: ServerClock, _ loop: any StreamLoop) {
        if janitor.sweep(now: clock.now()) { loop.execute { Self.sweep(janitor, clock, loop) } }
    }
}
