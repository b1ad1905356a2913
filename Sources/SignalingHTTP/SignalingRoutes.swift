package import AccessRuntime
package import HTTPServer
package import Logging
import MetricsCore
import SignalingCore
package import SignalingRuntime
import SignalingWire

/// The server's table of routes.
package struct SignalingRoutes: Sendable {
    private let signaling: Signaling
    private let places: (any RoomPlaces)?
    private let cors: CORSPolicy
    private let access: AccessControl?
    private let identity: ProcessIdentity
    private let logger: Logger
    private let webSocket: UpgradeAPI.MakeDriver

    /// - Parameters:
    ///   - places: Nil where all rooms are here.
    ///   - access: Nil where everybody may mint codes.
    package init(
        signaling: Signaling, places: (any RoomPlaces)? = nil, access: AccessControl? = nil, cors: CORSPolicy, identity: ProcessIdentity,
        logger: Logger, webSocket: @escaping UpgradeAPI.MakeDriver
    ) {
        self.places = places
        self.signaling = signaling
        self.access = access
        self.cors = cors
        self.identity = identity
        self.logger = logger
        self.webSocket = webSocket
    }

    /// - Parameters:
    ///   - metrics: Where the metrics page is, and what makes it; nil if it is off.
    ///   - hasOwnOperations: Health and metrics have a listener of their own, and are not in this table.
    ///   - files: Files that are served, by their label. The metrics list a label without files, too.
    ///   - further: Rows behind all others.
    ///   - basePath: Everything is there below this path too.
    package func table(
        metrics: (path: String, page: @Sendable () -> String)?, hasOwnOperations: Bool = false,
        files: [(label: String, files: [StaticFile])] = [],
        further: [HTTPRoute] = [], basePath: String = ""
    ) -> HTTPRoutes {
        let signaling = self.signaling
        let tokens = signaling.access.tokens
        let rendezvous = RendezvousAPI(
            rendezvous: signaling.rendezvous, tokens: tokens, ice: signaling.ice,
            access: self.access.map { AccessGate(control: $0, tokens: tokens, logger: self.logger) }, logger: self.logger)
        let ice = ICEAPI(ice: signaling.ice, tokens: tokens, rendezvous: signaling.rendezvous)
        let upgrade = UpgradeAPI(
            admission: signaling.admission, places: self.places, access: signaling.access, cors: self.cors,
            webSocket: self.webSocket)
        let (cors, identity) = (self.cors, self.identity)
        var rows = [
            HTTPRoute("/rendezvous/code", .post) { request, context throws(Problem) in
                try cors.check(request)
                return try rendezvous.mint(request, signaling.loop(context))
            },
            HTTPRoute("/rendezvous/redeem", .post) { request, context throws(Problem) in
                try cors.check(request)
                return try rendezvous.redeem(request, signaling.loop(context))
            },
            HTTPRoute("/ws", .upgrade) { request, context throws(Problem) in
                try upgrade.admit(request, signaling.loop(context))
            },
            HTTPRoute("/rendezvous/ice", .get) { request, context throws(Problem) in
                try cors.check(request)
                return try ice.give(request, signaling.loop(context))
            },
            HTTPRoute("/rendezvous/server", .get) { request, context throws(Problem) in
                try cors.check(request)
                if let refusal = signaling.rendezvous.refusal(request.client, signaling.loop(context)) {
                    throw RendezvousAPI.problem(refusal)
                }
                return .respond(identity.response(to: request.client))
            },
        ]
        let operations = self.operations(metrics: metrics)
        if !hasOwnOperations { rows += operations.health }
        let help = Self.help(rows)
        if !hasOwnOperations { rows += operations.metrics }
        for (label, files) in files { rows += files.map { HTTPRoute($0, label: label) } }
        return HTTPRoutes(rows + further, labels: files.map(\.label), help: help, basePath: basePath)
    }

    /// The table of a listener for those who operate the server: health and metrics, and nothing else.
    package func operationsTable(metrics: (path: String, page: @Sendable () -> String)?) -> HTTPRoutes {
        let operations = self.operations(metrics: metrics)
        let rows = operations.health + operations.metrics
        return HTTPRoutes(rows, help: Self.help(rows))
    }

    private static func help(_ rows: [HTTPRoute]) -> String {
        "see " + rows.dropLast().map(\.path).joined(separator: ", ") + rows.suffix(1).map { " and " + $0.path }.joined()
    }

    private func operations(
        metrics: (path: String, page: @Sendable () -> String)?
    ) -> (health: [HTTPRoute], metrics: [HTTPRoute]) {
        let (phase, journal, places) = (self.signaling.phase, self.signaling.journal, self.places)
        let health = [
            HTTPRoute("/healthz", .page, isForAnyHost: true) { _, _ throws(Problem) in .respond(.json(.text(#"{"ok":true}"#))) },
            HTTPRoute("/readyz", .page, isForAnyHost: true) { _, _ throws(Problem) in
                switch phase.value {
                case .ready where journal?.isFailing == true, .handingOver where journal?.isFailing == true: throw .cannotStore
                // Whoever asks again finds the next one, which is.
                case .ready, .handingOver: return .respond(.json(.text(try places?.readiness() ?? #"{"ready":true}"#)))
                case .starting: throw .unavailable("the server is starting", retryAfter: 1)
                case .leaving, .draining: throw .unavailable("the server is shutting down", retryAfter: 1)
                }
            },
        ]
        let page = metrics.map { metrics in
            // No page of any origin has business with them.
            HTTPRoute(metrics.path, .page, label: "/metrics", isForPages: false) { _, _ throws(Problem) in
                .respond(HTTPResponse(.ok, contentType: PrometheusText.contentType, body: .text(metrics.page()), isStorable: true))
            }
        }
        return (health, page.map { [$0] } ?? [])
    }
}
