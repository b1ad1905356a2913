import ByteStreams

/// What the HTTP connections of one event loop share. Used on that loop only.
final class HTTPLoop {
    /// The `Date` of responses.
    let dates = DateLine()
    let metrics: HTTPMetricsShard

    init(metrics: HTTPMetricsShard) { self.metrics = metrics }
}
