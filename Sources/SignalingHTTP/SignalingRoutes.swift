package import HTTPServer
package import Logging
import MetricsCore
package import SignalingRuntime
import SignalingWire

/// The server's table of routes.
package struct SignalingRoutes: Sendable {
    private let signaling: Signaling
    private let cors: CORSPolicy
    private let logger: Logger
    private let webSocket: UpgradeAPI.MakeDriver

    package init(signaling: Signaling, cors: CORSPolicy, logger: Logger, webSocket: @escaping UpgradeAPI.MakeDriver) {
        self.signaling = signaling
        self.cors = cors
        self.logger = logger
        self.webSocket = webSocket
    }

    /// - Parameters:
    ///   - metrics: Where the metrics page is, and what makes it; nil if it is off.
    ///   - files: Files that are served, by their label. The metrics list a label without files, too.
    ///   - further: Rows behind all others.
    package func table(
        metrics: (path: String, page: @Sendable () -> String)?, files: [(label: String, files: [StaticFile])] = [],
        further: [HTTPRoute] = []
    ) -> HTTPRoutes {
        let signaling = self.signaling
        let rendezvous = RendezvousAPI(rendezvous: signaling.rendezvous, logger: self.logger)
        let upgrade = UpgradeAPI(admission: signaling.admission, cors: self.cors, webSocket: self.webSocket)
        let phase = signaling.phase
        var rows = [
            HTTPRoute("/rendezvous/code", .post) { request, context throws(Problem) in
                try rendezvous.mint(request, signaling.loop(context))
            },
            HTTPRoute("/rendezvous/redeem", .post) { request, context throws(Problem) in
                try rendezvous.redeem(request, signaling.loop(context))
            },
            HTTPRoute("/ws", .upgrade) { request, context throws(Problem) in
                try upgrade.admit(request, signaling.loop(context))
            },
            HTTPRoute("/healthz", .page) { _, _ throws(Problem) in .respond(.json(.text(#"{"ok":true}"#))) },
            HTTPRoute("/readyz", .page) { _, _ throws(Problem) in
                switch phase.value {
                case .ready: return .respond(.json(.text(#"{"ready":true}"#)))
                case .starting: throw .unavailable("the server is starting", retryAfter: 1)
                case .draining: throw .unavailable("the server is shutting down", retryAfter: 1)
                }
            },
        ]
        let help = "see " + rows.dropLast().map(\.path).joined(separator: ", ") + rows.suffix(1).map { " and " + $0.path }.joined()
        if let metrics {
            rows.append(
                HTTPRoute(metrics.path, .page, label: "/metrics") { _, _ throws(Problem) in
                    .respond(
                        HTTPResponse(.ok, contentType: PrometheusText.contentType, body: .text(metrics.page()), isStorable: true))
                })
        }
        for (label, files) in files { rows += files.map { HTTPRoute($0, label: label) } }
        return HTTPRoutes(rows + further, labels: files.map(\.label), help: help)
    }
}
