package import ByteStreams
import SignalingCore
import SignalingRuntime
import Synchronization
package import TimeKeeping

/// A clock that stands still until it is told to go on.
package final class ManualClock: Sendable {
    private let nanoseconds: Atomic<Int64>
    private let unix: Double

    /// `start` is not zero, so that code which takes zero for "never" is found out.
    package init(start: MonotonicTime = MonotonicTime(nanoseconds: 1_000_000_000_000), unixSeconds: Double = 1_700_000_000) {
        self.nanoseconds = Atomic(start.nanoseconds)
        self.unix = unixSeconds
    }

    package var now: MonotonicTime { MonotonicTime(nanoseconds: self.nanoseconds.load(ordering: .acquiring)) }

    package func advance(by span: TimeSpan) { self.nanoseconds.add(span.nanoseconds, ordering: .acquiringAndReleasing) }

    package var serverClock: ServerClock {
        ServerClock(now: { self.now }, unixSeconds: { self.unix })
    }
}
