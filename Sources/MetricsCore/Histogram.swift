/// Counts of observations by upper bound, like a Prometheus histogram.
package struct Histogram: Sendable {
    package let bounds: [Double]
    /// One count for each bound, and one for values beyond the last; not cumulative.
    package private(set) var counts: [Int]
    package private(set) var sum: Double = 0

    package init(bounds: [Double]) {
        self.bounds = bounds
        self.counts = Array(repeating: 0, count: bounds.count + 1)
    }

    package mutating func observe(_ value: Double) {
        var index = 0
        while index < self.bounds.count, value > self.bounds[index] { index += 1 }
        self.counts[index] += 1
        self.sum += value
    }

    /// `other` must have the same bounds.
    package mutating func add(_ other: Histogram) {
        for index in self.counts.indices { self.counts[index] += other.counts[index] }
        self.sum += other.sum
    }

    /// `count` bounds from `first`, each `factor` times the one before.
    package static func exponential(from first: Double, factor: Double, count: Int) -> Histogram {
        var bounds: [Double] = []
        var bound = first
        for _ in 0..<count {
            bounds.append(bound)
            bound *= factor
        }
        return Histogram(bounds: bounds)
    }
}
