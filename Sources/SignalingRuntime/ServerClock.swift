import NIOCore
import SignalingCore
package import TimeKeeping

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The two clocks a server needs, passed in so that tests own time.
package struct ServerClock: Sendable {
    /// Never goes back; deadlines are measured on it.
    package let now: @Sendable () -> MonotonicTime
    /// Seconds since 1970 UTC, for what people and dashboards read.
    package let unixSeconds: @Sendable () -> Double

    package init(now: @escaping @Sendable () -> MonotonicTime, unixSeconds: @escaping @Sendable () -> Double) {
        self.now = now
        self.unixSeconds = unixSeconds
    }

    package static let system = ServerClock(
        now: { MonotonicTime(nanoseconds: Int64(clamping: NIODeadline.now().uptimeNanoseconds)) },
        unixSeconds: {
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        })
}
