package import TimeKeeping

/// How often one connection may do something, in windows of a minute that begin with what it did first.
package struct MinuteAllowance: Sendable {
    /// Reports change metrics, and no client needs more of them.
    package static let telemetry = 60
    /// Frames that were refused: a client that does not understand its mistake by then never will, and each costs more to refuse than to send.
    package static let refusals = 600

    private let perMinute: Int
    private var windowEnd = MonotonicTime(nanoseconds: .min)
    private var count = 0

    package init(perMinute: Int) { self.perMinute = perMinute }

    package mutating func admit(now: MonotonicTime) -> Bool {
        if now >= self.windowEnd {
            self.windowEnd = now + .minutes(1)
            self.count = 0
        }
        guard self.count < self.perMinute else { return false }
        self.count += 1
        return true
    }
}
