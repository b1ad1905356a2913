/// A quantile of a histogram, over all its labels but the bounds: as Prometheus estimates it, with values spread evenly in a bucket.
package enum TopQuantile {
    /// Nil while nothing was counted. What is past the last bound counts as that bound.
    package static func of(_ page: MetricsPage, _ name: String, _ quantile: Double) -> Double? {
        var totals: [Double: Double] = [:]
        for sample in page.all(name + "_bucket") {
            guard let text = sample.labels["le"], let bound = text == "+Inf" ? .infinity : Double(text) else { continue }
            totals[bound, default: 0] += sample.value
        }
        let buckets = totals.sorted { $0.key < $1.key }
        guard let all = buckets.last?.value, all > 0 else { return nil }
        let rank = quantile * all
        var (lower, below) = (0.0, 0.0)
        for (bound, total) in buckets {
            if total >= rank {
                guard bound.isFinite, total > below else { return lower }
                return lower + (bound - lower) * (rank - below) / (total - below)
            }
            (lower, below) = (bound, total)
        }
        return lower
    }
}
