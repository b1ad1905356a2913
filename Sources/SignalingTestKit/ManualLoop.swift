package import ByteStreams
import NIOConcurrencyHelpers
package import NIOCore
package import TimeKeeping

/// An event loop that runs when a test says so. What other loops hand it waits for its turn, which is how races between loops are played
/// out one order at a time.
///
/// `@unchecked Sendable`: a loop and all that belongs to it is used by one thread from its making to its end; but for `execute`, which takes
/// a lock.
package final class ManualLoop: StreamLoop, @unchecked Sendable {
    private let clock: ManualClock
    private let isStrict: Bool
    private let ready = NIOLockedValueBox<ContiguousArray<@Sendable () -> Void>>([])
    private var alarm: (deadline: MonotonicTime, target: any LoopAlarm)?
    private var isRunning = false
    /// Decides, from within `connect` or later, what comes of an attempt. Without it, each is refused.
    package var onConnect: (MemoryAttempt) -> Void = { $0.refuse() }

    /// `isStrict`: the loop counts as current within `turn` only, so that what is done to its connections from elsewhere is noticed.
    package init(_ clock: ManualClock, isStrict: Bool = false) {
        self.clock = clock
        self.isStrict = isStrict
    }

    // MARK: - For tests

    package var hasWork: Bool { self.ready.withLockedValue { !$0.isEmpty } }
    package var nextAlarm: MonotonicTime? { self.alarm?.deadline }

    /// Does something as this loop.
    package func turn<Result>(_ body: () throws -> Result) rethrows -> Result {
        precondition(!self.isRunning, "a loop cannot be in the midst of two things")
        self.isRunning = true
        defer { self.isRunning = false }
        return try body()
    }

    /// Runs what was handed over, and what that leads to; false if it does not come to an end. `afterEach` is called behind each task.
    package func runReady(afterEach: () -> Void = {}) -> Bool {
        var ran = 0
        self.turn {
            while ran < 100_000, self.hasWork {
                var tasks: ContiguousArray<@Sendable () -> Void> = []
                self.ready.withLockedValue { swap(&tasks, &$0) }
                for task in tasks {
                    task()
                    afterEach()
                }
                ran += tasks.count
            }
        }
        return ran < 100_000
    }

    /// Rings the alarm if it is due; false if it was not.
    package func ringIfDue() -> Bool {
        guard let alarm = self.alarm, alarm.deadline <= self.clock.now else { return false }
        self.alarm = nil
        self.turn { alarm.target.ring() }
        return true
    }

    /// The clock goes on, from one alarm to the next: each rings when it is due.
    package func advance(by span: TimeSpan) {
        let end = self.clock.now + span
        while self.clock.now < end {
            let next = min(end, self.alarm?.deadline ?? end)
            if next > self.clock.now { self.clock.advance(by: next - self.clock.now) }
            while self.ringIfDue() {}
            _ = self.runReady()
        }
    }

    // MARK: - StreamLoop

    package var isCurrent: Bool { self.isRunning || !self.isStrict }

    package func execute(_ task: @escaping @Sendable () -> Void) {
        self.ready.withLockedValue { $0.append(task) }
    }

    package func setAlarm(after delay: TimeSpan, _ alarm: any LoopAlarm) { self.alarm = (self.clock.now + delay, alarm) }

    package func cancelAlarm() { self.alarm = nil }

    package func connect(
        to address: SocketAddress, within limit: TimeSpan, tls: (any ClientTLS)?, driver: any StreamDriver
    ) -> any ConnectAttempt {
        let attempt = MemoryAttempt(to: address, within: limit, tls: tls, driver: driver, loop: self)
        self.onConnect(attempt)
        return attempt
    }
}
