package import MetricsCore
import NIOConcurrencyHelpers
import TimeKeeping

/// What has been counted of HTTP since the start.
package struct HTTPCounts: Sendable {
    /// By label of the route.
    package fileprivate(set) var requests: [(label: String, counts: Counts<HTTPStatus>)]
    /// From a request's head to its response.
    package fileprivate(set) var duration = Histogram.exponential(from: 0.000_1, factor: 4, count: 9)

    fileprivate init(labels: [String]) { self.requests = labels.map { ($0, Counts()) } }

    fileprivate mutating func add(_ other: HTTPCounts) {
        for index in self.requests.indices { self.requests[index].counts.add(other.requests[index].counts) }
        self.duration.add(other.duration)
    }
}

/// What all event loops have counted, each for itself.
package final class HTTPMetrics: Sendable {
    private let shards = NIOLockedValueBox<[HTTPMetricsShard]>([])

    package init() {}

    /// For one loop to count into; every loop's has the same labels.
    func makeShard(labels: [String]) -> HTTPMetricsShard {
        let shard = HTTPMetricsShard(labels: labels)
        self.shards.withLockedValue { $0.append(shard) }
        return shard
    }

    /// Nothing before the first connection.
    package var counts: HTTPCounts {
        let shards = self.shards.withLockedValue { $0 }
        var sum = HTTPCounts(labels: shards.first?.labels ?? [])
        for shard in shards { sum.add(shard.snapshot) }
        return sum
    }
}

/// One event loop's counts. Only its loop writes, so its lock is never waited for but while the metrics page is read.
final class HTTPMetricsShard: Sendable {
    fileprivate let labels: [String]
    private let counts: NIOLockedValueBox<HTTPCounts>

    fileprivate init(labels: [String]) {
        self.labels = labels
        self.counts = NIOLockedValueBox(HTTPCounts(labels: labels))
    }

    fileprivate var snapshot: HTTPCounts { self.counts.withLockedValue { $0 } }

    /// `duration` is nil where no head was understood.
    func responded(_ label: Int, _ status: HTTPStatus, duration: TimeSpan?) {
        self.counts.withLockedValue {
            $0.requests[label].counts[status] += 1
            if let duration { $0.duration.observe(duration.seconds) }
        }
    }
}
