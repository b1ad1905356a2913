/// Durations in nanoseconds, in buckets whose width grows with the value: no percentile is off by more than one part in 128.
///
/// Up to 255 each value has a bucket of its own; beyond, each power of two is divided into 128 buckets.
package struct LatencyHistogram: Sendable {
    private var buckets: [Int]
    package private(set) var count = 0
    package private(set) var max: UInt64 = 0

    private static let bits = 7
    /// About 19 hours; longer ones are counted there.
    private static let longest: UInt64 = 1 << 46

    package init() { self.buckets = [Int](repeating: 0, count: Self.index(of: Self.longest) + 1) }

    package mutating func record(_ nanoseconds: UInt64) {
        self.buckets[Self.index(of: min(nanoseconds, Self.longest))] += 1
        self.count += 1
        self.max = Swift.max(self.max, nanoseconds)
    }

    package mutating func add(_ other: LatencyHistogram) {
        for index in self.buckets.indices { self.buckets[index] += other.buckets[index] }
        self.count += other.count
        self.max = Swift.max(self.max, other.max)
    }

    /// The value that this share of all values does not pass, rounded up to its bucket's end; 0 where nothing was recorded.
    package func percentile(_ percent: Double) -> UInt64 {
        let rank = Swift.max(1, Int((Double(self.count) * percent / 100).rounded(.up)))
        var seen = 0
        for (index, count) in self.buckets.enumerated() where count > 0 {
            seen += count
            if seen >= rank { return min(Self.end(of: index), self.max) }
        }
        return 0
    }

    private static func index(of value: UInt64) -> Int {
        let shift = Swift.max(0, 64 - value.leadingZeroBitCount - (self.bits + 1))
        return shift << self.bits + Int(value >> UInt64(shift))
    }

    private static func end(of index: Int) -> UInt64 {
        guard index >= 2 << self.bits else { return UInt64(index) }
        let shift = index >> self.bits - 1
        return UInt64(index - shift << self.bits + 1) << UInt64(shift) - 1
    }
}
