import ByteStreams
import NIOConcurrencyHelpers
import SignalingCore

/// A wall clock that a test sets; what is monotonic is the system's.
final class WallClock: Sendable {
    private let milliseconds = NIOLockedValueBox<UnixMilliseconds>(1_700_000_000_000)

    var now: UnixMilliseconds { self.milliseconds.withLockedValue { $0 } }
    func set(_ time: UnixMilliseconds) { self.milliseconds.withLockedValue { $0 = time } }
    func move(by time: Int64) { self.milliseconds.withLockedValue { $0 += time } }

    var serverClock: ServerClock { ServerClock(now: ServerClock.system.now, unixSeconds: { Double(self.now) / 1000 }) }
}
