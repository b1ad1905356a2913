/// Counts of observations by upper bound, like a Prometheus histogram.
@usableFromInline package struct Histogram: Sendable {
    @usableFromInline package let bounds: [Double]
    /// One count for each bound, and one for values beyond the last; not cumulative.
    @usableFromInline package internal(set) var counts: [Int]
    @usableFromInline package internal(set) var sum: Double = 0

    package init(bounds: [Double]) {
        self.bounds = bounds
        self.counts = Array(repeating: 0, count: bounds.count + 1)
    }

    @inlinable package mutating func observe(_ value: Double) { self.observe(value, at: self.place(of: value)) }

    /// Where a value is counted: the same in every histogram of these bounds.
    @inlinable package func place(of value: Double) -> Int {
        var index = 0
        while index < self.bounds.count, value > self.bounds[index] { index += 1 }
        return index
    }

    @inlinable package mutating func observe(_ value: Double, at place: Int) {
        self.counts[place] += 1
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
