import NIOConcurrencyHelpers

/// What all event loops have counted of signaling, each for itself.
package final class SignalingMetrics: Sendable {
    /// In seconds since 1970 UTC.
    package let startedAt: Double
    private let shards = NIOLockedValueBox<[MetricsShard]>([])

    package init(startedAt: Double) { self.startedAt = startedAt }

    /// For one loop to count into.
    package func makeShard() -> MetricsShard {
        let shard = MetricsShard()
        self.shards.withLockedValue { $0.append(shard) }
        return shard
    }

    /// All loops' counts together.
    package var counts: MetricCounts {
        var sum = MetricCounts()
        for shard in self.shards.withLockedValue({ $0 }) { sum.add(shard.snapshot) }
        return sum
    }
}
