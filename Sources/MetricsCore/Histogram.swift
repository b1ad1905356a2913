/// Counts of observations by upper bound, as Prometheus' histograms have them.
package struct Histogram: Sendable {
    package let bounds: [Double]
    /// One count a bound and one for what is beyond the last; not cumulative.
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

    /// `other` has the same bounds.
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
