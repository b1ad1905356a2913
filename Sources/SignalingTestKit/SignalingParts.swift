package import AccessRuntime
package import ByteStreams
package import HTTPServer
package import Logging
package import NetworkAddresses
package import SignalingCore
package import SignalingHTTP
package import SignalingRuntime
package import SignalingSession
package import TimeKeeping
package import WebSocketServer

/// A server without a transport, put together as ServerApp does it: what tests and tools build on. What is not named has a value that no
/// test runs into.
package struct SignalingParts: Sendable {
    package var signaling: Signaling
    package var webSocket: WebSocketSettings
    package var sessions: SignalingSession.Services
    package var http: HTTPServices

    package struct Options: Sendable {
        package var maxRooms = 100_000
        package var roomTTL = TimeSpan.minutes(10)
        package var mailbox = Mailbox.Limits(messages: 1_000, bytes: 4 << 20)
        package var codes = CodeService.Settings(digits: 4, digitsMax: 4, ttl: .minutes(10))
        package var limits = ClientLimits.Settings(httpPerMinute: 0, wsPerMinute: 0, redeemFailuresPerMinute: 0)
        package var maxStoredBytes = 1 << 30
        package var maxWebSockets = 10_000
        package var clientConnections = 0
        package var clientCodes = 0
        package var messageTimeout = TimeSpan.seconds(30)
        package var tokens = SideTokens(key: Array(0..<32))
        package var rooms = SideAccess.Rooms.any
        package var ice = ICEServers.Settings()
        package var alias = RoomAlias(key: (1, 2))
        package var heartbeat = TimeSpan.seconds(20)
        package var maxMessage = 1 << 20
        package var metricsRoute: String? = "/metrics"
        package var cors = CORSPolicy(dev: true, allowed: [])
        package var proxies = TrustedProxies(blocks: [])
        package var files: [(label: String, files: [StaticFile])] = []
        package var random = RandomSource.system
        package var mailboxSeed: UInt64 = 1
        /// From which connections draw the numbers of their pings; nil: each from another.
        package var pingSeed: UInt64?
        /// Stands in for the log's view of rooms where it is set.
        package var observer: (any RoomObserver)?
        package var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        /// What has to outlive the server is written down by it.
        package var journal: Journal?
        /// What several servers have together, and where their rooms are.
        package var shared: SharedState?
        /// What says who may mint codes; nil: everybody.
        package var access: (@Sendable (Signaling) -> AccessControl)?
        package var places: (@Sendable (Signaling) -> any RoomPlaces)?
        /// Stands in for the WebSocket connections of signaling where it is set.
        package var makeWebSocket: UpgradeAPI.MakeDriver?

        package init() {}
    }

    /// The server takes on work when this returns.
    package init(clock: ServerClock, _ change: (inout Options) -> Void = { _ in }) {
        var options = Options()
        change(&options)
        let signaling = Signaling(
            .init(
                rooms: .init(roomTTL: options.roomTTL, mailbox: options.mailbox), codes: options.codes, limits: options.limits,
                bounds: .init(
                    connections: .max, webSockets: options.maxWebSockets, rooms: options.maxRooms, memory: options.maxStoredBytes,
                    clientConnections: options.clientConnections, clientCodes: options.clientCodes, proxies: options.proxies),
                access: SideAccess(tokens: options.tokens, rooms: options.rooms), ice: options.ice),
            clock: clock, random: options.random, mailboxSeed: options.mailboxSeed,
            observer: options.observer ?? RoomLog(options.logger, alias: options.alias), journal: options.journal,
            shared: options.shared)
        let sessions = SignalingSession.Services(
            rooms: signaling.rooms, admission: signaling.admission, logger: options.logger, alias: options.alias, logsFullAddresses: false)
        let webSocket = WebSocketSettings(
            heartbeat: options.heartbeat, maxMessage: options.maxMessage, messageTimeout: options.messageTimeout, shares: signaling.shares)
        let pingSeed = options.pingSeed
        let routes = SignalingRoutes(
            signaling: signaling, places: options.places?(signaling), access: options.access?(signaling), cors: options.cors,
            identity: ProcessIdentity(
                version: "test", instance: 0x6f1f_0a52_7a3c_4a51, heartbeat: options.heartbeat, sharesRooms: options.places != nil),
            logger: options.logger,
            webSocket: options.makeWebSocket ?? { request, context in
                SignalingSession.connection(
                    for: request, services: sessions, settings: webSocket, loop: signaling.loop(context),
                    pingSeed: pingSeed ?? .random(in: 0...(.max)))
            })
        let metrics = HTTPMetrics()
        let page = options.metricsRoute.map { path in
            (
                path: path,
                page: { @Sendable in
                    MetricsPage(signaling, http: metrics, openConnections: 0, droppedLogLines: 0, version: "test").render()
                }
            )
        }
        self.http = HTTPServices(
            settings: HTTPSettings(
                readHeaderTimeout: .seconds(5), idleTimeout: .seconds(60), cors: options.cors, proxies: options.proxies,
                logsFullAddresses: false),
            routes: routes.table(metrics: page, files: options.files), metrics: metrics, logger: options.logger,
            isEnding: { signaling.phase.isEnding })
        self.signaling = signaling
        self.webSocket = webSocket
        self.sessions = sessions
        signaling.phase.value = .ready
    }

    /// A session's connection, as an upgrade that was admitted makes it.
    package func connection(for request: ConnectionRequest, pingSeed: UInt64, on context: LoopContext) -> WebSocketConnection {
        SignalingSession.connection(
            for: request, services: self.sessions, settings: self.webSocket, loop: self.signaling.loop(context), pingSeed: pingSeed)
    }
}
