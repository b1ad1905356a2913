import ByteStreams

/// What HTTP keeps for all its connections of one event loop. Used on its loop only.
final class HTTPLoop {
    /// The `Date` of responses.
    let dates = DateLine()
    let metrics: HTTPMetricsShard

    init(metrics: HTTPMetricsShard) { self.metrics = metrics }
}
