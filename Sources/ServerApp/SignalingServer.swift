package import ByteStreams
package import HTTPServer
package import Logging
package import NIOCore
package import ServerConfiguration
import ServiceLifecycle
import SignalingCore
import SignalingHTTP
package import SignalingRuntime
import SignalingSession
import TimeKeeping
import WebSocketServer

/// The whole server, built from its settings: listens, serves, and drains when it is told to stop.
package final class SignalingServer: Service {
    package let signaling: Signaling
    package let http: HTTPServices
    package let accepting: AcceptPolicy
    private let settings: ServerSettings
    private let logger: Logger
    private let transport: any Transport
    private let operations: OperationsListener?
    private let kept: KeptState?
    private let handover: HandoverListener?
    private let whenStateIsFree: @Sendable () async -> Void

    /// Where the server listens: with the real port if PORT was 0.
    package let address: SocketAddress
    /// Where health and metrics are served, if that is elsewhere.
    package var metricsAddress: SocketAddress? { self.operations?.address }

    /// Listens; the server is ready when this returns.
    ///
    /// - Parameters:
    ///   - inherited: The socket to listen on, if the service manager has opened it.
    ///   - whenStateIsFree: Called once, at the end: codes, rooms and mailboxes change no more in a way that counts. A server that takes over
    ///     from this one waits for it.
    package init(
        settings: ServerSettings, webFolder: WebFolder? = nil, inherited: ListeningSocket? = nil, logger: Logger,
        clock: ServerClock = .system, droppedLogLines: @escaping @Sendable () -> Int = { 0 },
        whenStateIsFree: @escaping @Sendable () async -> Void = {}
    ) async throws {
        self.settings = settings
        self.logger = logger
        self.whenStateIsFree = whenStateIsFree
        let tls = try TLSSetup.context(settings)
        let givenKey = try TokenKey.given(settings)
        try KeptState.check(settings)
        let listeners = try await Listeners.find(settings, inherited: inherited, logger)
        self.address = try listeners.clients.address()
        let loopCount = Self.loopCount(settings.eventLoops)
        let limits = ConnectionLimits.derived(fromOpenFiles: OpenFileLimit.raise(), configured: settings.maxConnections)
        let alias = RoomAlias(key: (.random(in: 0...(.max)), .random(in: 0...(.max))))
        // Behind the listeners: a server that hands its own over has let go of its file by now.
        let kept = try KeptState.open(settings, clock: clock, logger: logger)
        self.kept = kept
        let tokenKey = try givenKey ?? TokenKey.kept(kept)
        let signaling = Signaling(
            .init(settings, limits, tokenKey: tokenKey), clock: clock, observer: RoomLog(logger, alias: alias), journal: kept?.journal)
        self.signaling = signaling
        kept?.begin(signaling)
        let accepting = AcceptPolicy(limit: limits.sockets, shares: signaling.shares) {
            logger.warning("cannot accept connections; trying again", metadata: ["error": "\($0)"])
        }
        self.accepting = accepting
        let transport = try await TransportKind.preferred(withTLS: tls != nil).make(
            TransportSettings(
                loops: loopCount, clock: clock, accepting: accepting, gatherSize: settings.wsWriteBuffer, firstRead: settings.wsReadBuffer),
            tls: tls)
        self.transport = transport
        let (http, operations) = Self.http(settings, webFolder, signaling, alias, accepting, logger, droppedLogLines)
        self.http = http
        do {
            // They are the transports' below.
            let copies = try listeners.copies()
            try await transport.listen(on: listeners.clients) { HTTPConnection(services: http, context: $0) }
            self.operations =
                if let socket = listeners.operations {
                    try await OperationsListener(socket, services: operations, clock: clock, logger: logger)
                } else { nil }
            self.handover = try listeners.handover.map { try HandoverListener($0, copies, logger: logger) }
        } catch {
            await transport.stop()
            await kept?.end()
            throw error
        }
        signaling.phase.value = .ready
        self.logStart(limits, loopCount, listeners.origin, isSecure: tls != nil)
    }

    /// The services of all connections: HTTP, and signaling after an upgrade.
    private static func http(
        _ settings: ServerSettings, _ webFolder: WebFolder?, _ signaling: Signaling, _ alias: RoomAlias, _ accepting: AcceptPolicy,
        _ logger: Logger,
        _ droppedLogLines: @escaping @Sendable () -> Int
    ) -> (all: HTTPServices, operations: HTTPServices) {
        let sessions = SignalingSession.Services(
            rooms: signaling.rooms, admission: signaling.admission, logger: logger, alias: alias,
            logsFullAddresses: settings.logClientAddresses == .full)
        let webSocket = WebSocketSettings(settings, signaling.shares)
        let httpSettings = HTTPSettings(settings)
        let routes = SignalingRoutes(signaling: signaling, cors: httpSettings.cors, logger: logger) { request, context in
            SignalingSession.connection(for: request, services: sessions, settings: webSocket, loop: signaling.loop(context))
        }
        let metrics = HTTPMetrics()
        let page = settings.metricsRoute.map { path in
            (
                path: path,
                page: { @Sendable in
                    MetricsPage(
                        signaling, http: metrics, openConnections: accepting.open, droppedLogLines: droppedLogLines(),
                        version: BuildVersion.current
                    ).render()
                }
            )
        }
        let phase = signaling.phase
        let isEnding: @Sendable () -> Bool = { phase.isEnding }
        var operationsSettings = httpSettings
        operationsSettings.hosts = HostPolicy(allowed: settings.allowedHosts, addressesToo: true)
        (operationsSettings.isSecure, operationsSettings.strictTransport) = (false, nil)
        let all = HTTPServices(
            settings: httpSettings,
            routes: routes.table(
                metrics: page, hasOwnOperations: settings.metricsAddress != nil,
                files: webFolder == nil ? ServedFiles.embedded(demo: settings.demo) : ServedFiles.none,
                further: webFolder?.routes(demo: settings.demo) ?? []),
            metrics: metrics, logger: logger, isEnding: isEnding)
        let operations = HTTPServices(
            settings: operationsSettings, routes: routes.operationsTable(metrics: page), metrics: metrics, logger: logger,
            isEnding: isEnding)
        return (all, operations)
    }

    private func logStart(_ limits: ConnectionLimits, _ loopCount: Int, _ origin: Listeners.Origin, isSecure: Bool) {
        if self.settings.maxConnections > limits.webSockets {
            self.logger.warning(
                "MAX_CONNECTIONS is more than the limit on open files allows; raise that one (ulimit -n, LimitNOFILE)",
                metadata: [
                    "max_connections": .stringConvertible(limits.webSockets),
                    "asked_for": .stringConvertible(self.settings.maxConnections),
                ])
        }
        var metadata: Logger.Metadata = [
            "host": "\(self.host(origin))", "port": .stringConvertible(self.port),
            "tls": .stringConvertible(isSecure), "event_loops": .stringConvertible(loopCount),
            "max_connections": .stringConvertible(limits.webSockets),
            "version": "\(BuildVersion.current)",
        ]
        if origin != .settings { metadata["listener_from"] = "\(origin.rawValue)" }
        if let address = self.metricsAddress { metadata["metrics"] = "\(address.ipAddress ?? ""):\(address.port ?? 0)" }
        if self.settings.demo { metadata["open"] = "\(self.pageURL(host: self.host(origin)))" }
        self.logger.info("listening", metadata: metadata)
        for line in UnsafeSettings.warnings(self.settings, listeningOn: self.address) { self.logger.warning("\(line)") }
    }

    private var port: Int { self.address.port ?? self.settings.port }

    /// HOST is not asked for where the service manager listens.
    private func host(_ origin: Listeners.Origin) -> String {
        origin == .serviceManager ? self.address.ipAddress ?? "" : self.settings.host
    }

    /// Where a browser on this machine finds the page.
    private func pageURL(host: String) -> String {
        let scheme = self.settings.tlsCertificateFile == nil ? "http" : "https"
        let host =
            switch host {
            case "0.0.0.0", "::": "localhost"
            case let host where host.contains(":"): "[\(host)]"
            case let host: host
            }
        return "\(scheme)://\(host):\(self.port)/"
    }

    /// Half the cores, four at the most: a loop carries over 100,000 frames a second (docs/performance.md).
    private static func loopCount(_ setting: EventLoopCount) -> Int {
        switch setting {
        case .count(let count): count
        case .auto: max(1, min(4, System.coreCount / 2))
        }
    }

    // MARK: - Running

    package func run() async throws {
        let (janitor, accepting) = (self.signaling.janitor, self.accepting)
        try await self.transport.onFirst { JanitorRounds(janitor, accepting: accepting, on: $0).begin() }
        let successor = await self.waitForTheEnd()
        await self.drain(for: successor)
        await self.transport.stop()
        await self.operations?.stop()
        if successor == nil { await self.freeState() }
    }

    /// Returns when the server is told to stop, or when another has taken over from it, which is the result.
    private func waitForTheEnd() async -> Successor? {
        // Cancellation ends this wait too; in all cases all clients are told.
        guard let handover = self.handover else {
            try? await gracefulShutdown()
            return nil
        }
        let watcher = Task {
            try? await gracefulShutdown()
            handover.stop()
        }
        defer { watcher.cancel() }
        return await withTaskCancellationHandler {
            await handover.outcome()
        } onCancel: {
            handover.stop()
        }
    }

    // MARK: - Stopping

    /// What changes from now on outlives nothing.
    private func freeState() async {
        await self.kept?.end()
        await self.whenStateIsFree()
    }

    /// How long frames are still relayed after `going_away`, for those on their way.
    private static let longestNotice = Duration.milliseconds(500)

    private func drain(for successor: Successor?) async {
        let end = ContinuousClock.now + self.settings.shutdownGrace
        self.signaling.phase.value = successor == nil ? .draining : .handingOver
        await self.transport.closeListener()
        // The other one serves there, too.
        if successor != nil { await self.operations?.closeListener() }
        let open = self.accepting.open
        self.logger.info(
            successor == nil ? "shutting down" : "handing over",
            metadata: [
                "connections": .stringConvertible(open),
                "grace_ms": .stringConvertible(TimeSpan(self.settings.shutdownGrace).milliseconds),
            ])
        // Clients come back over a second for every thousand of them, 30 s at the most, so that they do not all return at once.
        let spread = 500...(500 + min(30_000, max(1000, open)))
        try? await self.transport.onEach { $0.connections.announceDrain(reconnectAfterMilliseconds: spread) }
        await self.waitForConnections(until: .now + min(Self.longestNotice, self.settings.shutdownGrace / 4))
        self.signaling.phase.value = .draining
        try? await self.transport.onEach { $0.connections.drain() }
        if let successor {
            // Whoever asked a loop for something before has had its turn, and was the last: the other server's clients wait no longer.
            await self.freeState()
            successor.stateIsFree()
        }
        await self.waitForConnections(until: end)
        let left = self.accepting.open
        if left > 0 {
            self.logger.warning("closing connections that did not end in time", metadata: ["connections": .stringConvertible(left)])
        }
        try? await self.transport.onEach { $0.connections.abort() }
        await self.waitForConnections(until: .now + .seconds(1))
        self.logger.info("stopped")
    }

    private func waitForConnections(until deadline: ContinuousClock.Instant) async {
        while self.accepting.open > 0, ContinuousClock.now < deadline {
            // Cancellation must not turn this into a busy loop.
            guard (try? await Task.sleep(for: .milliseconds(10))) != nil else { return }
        }
    }
}
