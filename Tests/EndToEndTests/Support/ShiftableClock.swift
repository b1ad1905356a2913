import ByteStreams
import SignalingCore
import SignalingRuntime
import Synchronization
import TimeKeeping

/// The system's monotonic clock and a calendar that begins at noon of 31 January 2026; both can be moved on.
final class ShiftableClock: Sendable {
    private let shift = Atomic<Int64>(0)

    /// 2026-01-31T12:00:00Z
    private static let noon: Double = 1_769_860_800

    func advance(by time: TimeSpan) { self.shift.add(time.nanoseconds, ordering: .relaxed) }

    /// The calendar moves only when it is moved, so that dates in answers are known in full.
    var serverClock: ServerClock {
        ServerClock(
            now: { ServerClock.system.now() + self.offset },
            unixSeconds: { Self.noon + self.offset.seconds })
    }

    private var offset: TimeSpan { TimeSpan(nanoseconds: self.shift.load(ordering: .relaxed)) }
}
