package import TimeKeeping

/// When a service manager is told what. A round begins when it is due; it is told of at the time at which all that serves has shown that it
/// does. What hangs ends no round, and then the manager hears nothing of this server.
package struct ManagerRounds: Sendable {
    package static let statusPause = TimeSpan.seconds(5)

    /// Half of the time after which the manager takes the server for hung; nil where it does not watch.
    private let watchdog: TimeSpan?
    private var nextWatchdog: MonotonicTime
    private var nextStatus: MonotonicTime
    private var told: String?

    package init(watchdog: TimeSpan?, now: MonotonicTime) {
        self.watchdog = watchdog
        // The manager counts from READY=1, which was sent a moment ago.
        self.nextWatchdog = watchdog.map { now + $0 } ?? now
        self.nextStatus = now
    }

    /// When the next round begins.
    package var next: MonotonicTime { self.watchdog == nil ? self.nextStatus : min(self.nextStatus, self.nextWatchdog) }

    /// The end of a round; nil where there is nothing to tell.
    ///
    /// - Parameter status: Nil where another server speaks for the service.
    package mutating func ended(at now: MonotonicTime, status: String?) -> ManagerNotice? {
        var lines: [String] = []
        if let watchdog, now >= self.nextWatchdog {
            self.nextWatchdog = now + watchdog
            lines.append("WATCHDOG=1")
        }
        if now >= self.nextStatus {
            self.nextStatus = now + Self.statusPause
            if let status, status != self.told {
                self.told = status
                lines.append("STATUS=\(status)")
            }
        }
        return lines.isEmpty ? nil : ManagerNotice(lines)
    }

    /// Half of WATCHDOG_USEC; nil where that is not set, or meant for another process, as WATCHDOG_PID says.
    package static func watchdog(microseconds: String?, process: String?, own: Int32) -> TimeSpan? {
        guard let microseconds = microseconds.flatMap({ Int64($0) }), (1...86_400_000_000).contains(microseconds),
            process == nil || process.flatMap({ Int32($0) }) == own
        else { return nil }
        // More often is of no use to anybody.
        return max(TimeSpan(nanoseconds: microseconds * 500), .milliseconds(10))
    }
}
