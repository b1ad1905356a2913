import ByteStreams
import NIOConcurrencyHelpers
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import TimeKeeping

/// A journal, and a loop that records changes and hears what became of them. Used by one test.
final class JournalRig {
    let journal = Journal()
    let waiter = Waiter()
    private let loop = QueueLoop()
    private let signaling: SignalingLoop

    final class Waiter: JournalWaiter {
        private let outcome = NIOLockedValueBox(JournalOutcome())
        var last: JournalOutcome { self.outcome.withLockedValue { $0 } }
        func settled(_ outcome: JournalOutcome, _ loop: SignalingLoop) { self.outcome.withLockedValue { $0 = outcome } }
    }

    init() {
        self.signaling = SignalingLoop(LoopContext(loop: self.loop, clock: .system), metrics: MetricsShard(), observer: nil)
    }

    /// Records a change that is waited for, as the only thing that the loop has to do now.
    @discardableResult
    func record(_ change: StoredChange) -> JournalPosition? {
        defer { self.signaling.context.flushTouched() }
        return self.journal.record(change, for: self.waiter, self.signaling)
    }

    func note(_ change: StoredChange) { self.journal.note(change, now: ServerClock.system.now()) }

    /// Lets the loop hear what there is to hear.
    func listen() { self.loop.run() }

    /// Until everything is written.
    func settle() async throws {
        try await eventually("all is written") {
            self.listen()
            return self.journal.figures.pending == 0
        }
    }
}
