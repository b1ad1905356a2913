package import TimeKeeping

/// How often one connection may report telemetry: reports change metrics, and no client needs this many.
package struct TelemetryAllowance: Sendable {
    package static let perMinute = 60

    private var windowEnd = MonotonicTime(nanoseconds: .min)
    private var count = 0

    package init() {}

    package mutating func admit(now: MonotonicTime) -> Bool {
        if now >= self.windowEnd {
            self.windowEnd = now + .minutes(1)
            self.count = 0
        }
        guard self.count < Self.perMinute else { return false }
        self.count += 1
        return true
    }
}
