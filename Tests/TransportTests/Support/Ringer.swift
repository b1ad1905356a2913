import ByteStreams
import TimeKeeping

/// What a test wants done when an alarm rings or a deadline comes.
final class Ringer: LoopAlarm, DeadlineTarget {
    private let body: () -> Void

    init(_ body: @escaping () -> Void) { self.body = body }

    func ring() { self.body() }
    func deadlineReached(now: MonotonicTime) { self.body() }
}
