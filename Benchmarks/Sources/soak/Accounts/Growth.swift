/// Whether memory grew once the load had become steady.
///
/// Two windows of the run are compared by their medians, which a burst of slow readers does not move. What is allowed covers the
/// allocator's own wandering: pages that it hands back late, and arenas that fill at their own pace.
struct Growth: Sendable, Codable {
    var earlyBytes: Int
    var lateBytes: Int
    var allowedBytes: Int
    /// The slope of a straight line through all samples after the warm-up.
    var bytesPerHour: Int

    var holds: Bool { self.lateBytes - self.earlyBytes <= self.allowedBytes }

    struct Sample: Sendable, Codable {
        var seconds: Double
        var residentBytes: Int
    }

    struct Allowance: Sendable {
        var share: Double
        var bytes: Int

        /// A long run has seen everything many times by the first window. In a short one, rare things (a slow reader, a full mailbox)
        /// happen for the first time after it, and each may raise the heap once.
        static func after(minutes: Double) -> Allowance {
            minutes >= 10 ? Allowance(share: 0.03, bytes: 2 << 20) : Allowance(share: 0.10, bytes: 6 << 20)
        }
    }

    /// Nil where there were too few samples.
    init?(_ samples: [Sample], seconds: Double, allowance: Allowance) {
        let early = samples.filter { (0.2 * seconds...0.4 * seconds).contains($0.seconds) }
        let late = samples.filter { (0.8 * seconds...seconds).contains($0.seconds) }
        guard early.count > 4, late.count > 4 else { return nil }
        self.earlyBytes = Self.median(early)
        self.lateBytes = Self.median(late)
        self.allowedBytes = Int(Double(self.earlyBytes) * allowance.share) + allowance.bytes
        self.bytesPerHour = Int(Self.slope(samples.filter { $0.seconds >= 0.2 * seconds && $0.seconds <= seconds }) * 3600)
    }

    private static func median(_ samples: [Sample]) -> Int {
        let sorted = samples.map(\.residentBytes).sorted()
        return sorted[sorted.count / 2]
    }

    /// Bytes a second, by least squares.
    private static func slope(_ samples: [Sample]) -> Double {
        let count = Double(samples.count)
        let meanTime = samples.reduce(0) { $0 + $1.seconds } / count
        let meanBytes = samples.reduce(0) { $0 + Double($1.residentBytes) } / count
        let covariance = samples.reduce(0) { $0 + ($1.seconds - meanTime) * (Double($1.residentBytes) - meanBytes) }
        let variance = samples.reduce(0) { $0 + ($1.seconds - meanTime) * ($1.seconds - meanTime) }
        return variance > 0 ? covariance / variance : 0
    }
}
