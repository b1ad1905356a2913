package import Logging
import MetricsCore

/// What all HTTP connections share.
package final class HTTPServices: Sendable {
    package let settings: HTTPSettings
    package let routes: HTTPRoutes
    package let metrics: HTTPMetrics
    let logger: Logger
    let forwarding = ForwardingWatch()
    /// Whether the server is about to end: then each response is its connection's last.
    let isEnding: @Sendable () -> Bool

    package init(
        settings: HTTPSettings, routes: HTTPRoutes, metrics: HTTPMetrics, logger: Logger, isEnding: @escaping @Sendable () -> Bool
    ) {
        self.settings = settings
        self.routes = routes
        self.metrics = metrics
        self.logger = logger
        self.isEnding = isEnding
    }
}
