package import MetricsCore
import NIOConcurrencyHelpers
import TimeKeeping

/// Requests counted since the start.
package struct HTTPCounts: Sendable {
    /// By the route's label.
    package fileprivate(set) var requests: [(label: String, counts: Counts<HTTPStatus>)]
    /// From a request's head to its response.
    package fileprivate(set) var duration = Histogram.exponential(from: 0.000_1, factor: 4, count: 9)

    fileprivate init(labels: [String]) { self.requests = labels.map { ($0, Counts()) } }

    /// By label, as not all listeners have the same routes.
    fileprivate mutating func add(_ other: HTTPCounts) {
        for (label, counts) in other.requests {
            if let index = self.requests.firstIndex(where: { $0.label == label }) {
                self.requests[index].counts.add(counts)
            } else {
                self.requests.append((label, counts))
            }
        }
        self.duration.add(other.duration)
    }
}

/// The counts of all event loops. Each loop has its own.
package final class HTTPMetrics: Sendable {
    private let shards = NIOLockedValueBox<[HTTPMetricsShard]>([])

    package init() {}

    /// The counts of one more loop.
    func makeShard(labels: [String]) -> HTTPMetricsShard {
        let shard = HTTPMetricsShard(labels: labels)
        self.shards.withLockedValue { $0.append(shard) }
        return shard
    }

    /// All loops' counts together; without labels before the first connection.
    package var counts: HTTPCounts {
        let shards = self.shards.withLockedValue { $0 }
        var sum = HTTPCounts(labels: shards.first?.labels ?? [])
        for shard in shards { sum.add(shard.snapshot) }
        return sum
    }
}

/// One event loop's counts. Only that loop writes, so it waits for the lock only while the metrics page is read.
final class HTTPMetricsShard: Sendable {
    fileprivate let labels: [String]
    private let counts: NIOLockedValueBox<HTTPCounts>

    fileprivate init(labels: [String]) {
        self.labels = labels
        self.counts = NIOLockedValueBox(HTTPCounts(labels: labels))
    }

    fileprivate var snapshot: HTTPCounts { self.counts.withLockedValue { $0 } }

    /// `duration` is nil if there was no readable head.
    func responded(_ label: Int, _ status: HTTPStatus, duration: TimeSpan?) {
        self.counts.withLockedValue {
            $0.requests[label].counts[status] += 1
            if let duration { $0.duration.observe(duration.seconds) }
        }
    }
}
