/// The few sums a report needs.
enum Statistics {
    /// Between the two in the middle where there is no middle; nil of nothing.
    static func median(_ values: [Double]) -> Double? {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }

    /// Nil where nothing was done.
    static func perUnit(_ seconds: Double, _ units: Int) -> Double? { units > 0 ? seconds * 1e6 / Double(units) : nil }
}
