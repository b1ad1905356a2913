import AccessRuntime
package import ByteStreams
import ChannelTransport
package import HTTPServer
package import Logging
package import NIOCore
import NetworkAddresses
import NodeRuntime
import NodeServer
import OperationCore
import OutgoingHTTP
import STUNServer
package import ServerConfiguration
package import ServerLogging
import ServiceLifecycle
import SetupCore
import SignalingCore
import SignalingHTTP
package import SignalingRuntime
import SignalingSession
import Synchronization
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
    private let nodeParts: NodeParts?
    private let places: NodeRooms?
    private let ice: ICEParts
    private let outgoing: OutgoingHTTP?
    private let handover: HandoverListener?
    /// With STUN_PORT.
    private let stun: STUNService?
    private let whenStateIsFree: @Sendable () async -> Void
    package let reloader: Reloader
    private let manager: ServiceManager?

    /// Where the server listens: with the real port if PORT was 0.
    package let address: SocketAddress
    /// Where health and metrics are served, if that is elsewhere.
    package var metricsAddress: SocketAddress? { self.operations?.address }
    /// Where STUN requests are answered; nil as long as they are not.
    package var stunPort: Int? { self.stun?.port }

    /// Listens; the server is ready when this returns.
    ///
    /// - Parameters:
    ///   - inherited: The socket to listen on, if the service manager has opened it.
    ///   - manager: Told when the server is ready, and how it is.
    ///   - threshold: What the logger goes by, so that a reload can change it.
    ///   - whenStateIsFree: Called once, at the end: codes, rooms and mailboxes change no more in a way that counts. A server that takes over
    ///     from this one waits for it.
    package convenience init(
        settings: ServerSettings, webFolder: WebFolder? = nil, inherited: ListeningSocket? = nil,
        manager: ServiceManager? = nil, logger: Logger,
        threshold: LogThreshold = LogThreshold(.info), clock: ServerClock = .system, droppedLogLines: @escaping @Sendable () -> Int = { 0 },
        whenStateIsFree: @escaping @Sendable () async -> Void = {}
    ) async throws {
        // Before any of them is read.
        let files = FileStamps(settings)
        let outgoing = try OutgoingHTTP.needed(by: settings)
        let stunPort = AnsweredPort()
        let ownSTUNPort: @Sendable () -> Int? = { stunPort.value }
        do {
            // Before anything is taken over from a server that serves clients: a provider may take its time.
            let ice = try await ICEParts.open(
                settings, http: outgoing, ownSTUNPort: settings.stunPort == 0 ? nil : ownSTUNPort, clock: clock, logger: logger)
            try await self.init(
                settings, webFolder, inherited, manager, logger, threshold, clock, droppedLogLines, whenStateIsFree, files: files,
                outgoing: outgoing,
                ice: ice, stunPort: stunPort)
        } catch {
            await outgoing?.stop()
            throw error
        }
    }

    private init(
        _ settings: ServerSettings, _ webFolder: WebFolder?, _ inherited: ListeningSocket?, _ manager: ServiceManager?, _ logger: Logger,
        _ threshold: LogThreshold, _ clock: ServerClock, _ droppedLogLines: @escaping @Sendable () -> Int,
        _ whenStateIsFree: @escaping @Sendable () async -> Void, files: FileStamps,
        outgoing: OutgoingHTTP?, ice: ICEParts, stunPort: AnsweredPort
    ) async throws {
        self.outgoing = outgoing
        self.ice = ice
        self.settings = settings
        self.logger = logger
        self.manager = manager
        self.whenStateIsFree = whenStateIsFree
        let identity = try TLSSetup.identity(settings)
        let tls = identity.map { ServerTLS($0.context) }
        let givenKey = try TokenKey.given(settings)
        let accessSetup = try AccessSetup(settings)
        try KeptState.check(settings)
        let listeners = try await Listeners.find(settings, inherited: inherited, logger)
        self.address = try listeners.clients.address()
        let loopCount = Self.loopCount(settings.eventLoops)
        let openFiles = OpenFileLimit.raise()
        let limits = ConnectionLimits.derived(fromOpenFiles: openFiles, configured: settings.maxConnections)
        let alias = RoomAlias(key: (.random(in: 0...(.max)), .random(in: 0...(.max))))
        // Behind the listeners: a server that hands its own over has let go of its file by now.
        let kept = try KeptState.open(settings, clock: clock, logger: logger)
        self.kept = kept
        let nodeParts = try await NodeParts.open(settings, tokenKey: givenKey, clock: clock, logger: logger)
        self.nodeParts = nodeParts
        let tokenKey = try givenKey ?? nodeParts?.tokenKey ?? TokenKey.kept(kept)
        let signaling = Signaling(
            .init(settings, limits, tokenKey: tokenKey, ice: ice.settings), clock: clock, observer: RoomLog(logger, alias: alias),
            journal: kept?.journal,
            shared: nodeParts?.shared)
        self.signaling = signaling
        kept?.begin(signaling)
        let places = try await nodeParts?.begin(signaling, clock: clock)
        self.places = places
        let access = accessSetup?.control(signaling, outgoing, clock: clock, logger)
        let accepting = AcceptPolicy(limit: limits.sockets, shares: signaling.shares) {
            logger.warning("cannot accept connections; trying again", metadata: ["error": "\($0)"])
        }
        self.accepting = accepting
        let transport = try await TransportKind.preferred(withTLS: tls != nil || settings.nodeAddress?.usesTLS == true).make(
            TransportSettings(
                loops: loopCount, clock: clock, accepting: accepting, gatherSize: settings.wsWriteBuffer, firstRead: settings.wsReadBuffer,
                proxyHeaders: ProxyHeaders(settings, logger)),
            tls: tls)
        self.transport = transport
        let stun = try Self.stun(settings, listeningOn: self.address, stunPort, logger)
        self.stun = stun
        let figures = ReloadFigures(certificateEnd: identity?.notAfter)
        let (http, operations) = Self.http(
            settings, webFolder, self.address, signaling, access, nodeParts, places, alias, accepting, stun, figures, logger,
            droppedLogLines)
        self.http = http
        self.reloader = Reloader(
            settings, files,
            .init(
                signaling: signaling, cors: http.settings.cors, access: access, tls: tls, openFiles: openFiles, threshold: threshold),
            figures, manager, logger: logger)
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
            await stun?.stop()
            await transport.stop()
            await kept?.end()
            await nodeParts?.end(within: .seconds(1))
            throw error
        }
        signaling.phase.value = .ready
        self.logStart(limits, loopCount, listeners.origin, isSecure: tls != nil)
        manager?.ready(isSuccessor: listeners.origin == .predecessor)
    }

    /// At the address of the listener, whoever has opened that.
    private static func stun(
        _ settings: ServerSettings, listeningOn address: SocketAddress, _ answered: AnsweredPort, _ logger: Logger
    ) throws -> STUNService? {
        guard settings.stunPort > 0 else { return nil }
        var address = address
        address.port = settings.stunPort
        return try STUNService(at: address, answered: answered, logger: logger)
    }

    /// The services of all connections: HTTP, and signaling after an upgrade.
    private static func http(
        _ settings: ServerSettings, _ webFolder: WebFolder?, _ address: SocketAddress, _ signaling: Signaling, _ access: AccessControl?,
        _ nodeParts: NodeParts?,
        _ places: NodeRooms?, _ alias: RoomAlias, _ accepting: AcceptPolicy, _ stun: STUNService?, _ figures: ReloadFigures,
        _ logger: Logger, _ droppedLogLines: @escaping @Sendable () -> Int
    ) -> (all: HTTPServices, operations: HTTPServices) {
        let sessions = SignalingSession.Services(
            rooms: signaling.rooms, admission: signaling.admission, logger: logger, alias: alias,
            logsFullAddresses: settings.logClientAddresses == .full)
        let webSocket = WebSocketSettings(settings, signaling.shares)
        let httpSettings = HTTPSettings(settings)
        let routes = SignalingRoutes(
            signaling: signaling, places: places, access: access, cors: httpSettings.cors,
            identity: ProcessIdentity(
                version: BuildVersion.current, instance: .random(in: 0 ... .max), heartbeat: webSocket.heartbeat,
                sharesRooms: places != nil),
            logger: logger
        ) { request, context in
            SignalingSession.connection(for: request, services: sessions, settings: webSocket, loop: signaling.loop(context))
        }
        let metrics = HTTPMetrics()
        let page = settings.metricsRoute.map { path in
            (
                path: path,
                page: { @Sendable in
                    MetricsPage(
                        signaling, node: places.flatMap { nodeParts?.figures($0) }, http: metrics, stun: stun?.figures,
                        operation: figures.current, openConnections: accepting.open, droppedLogLines: droppedLogLines(),
                        version: BuildVersion.current
                    ).render()
                }
            )
        }
        let pageSettings = PageSettings.route(settings, listening: address, label: ServedFiles.demoLabel)
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
                further: (settings.demo ? [pageSettings] + ServedFiles.redirects(settings) : [])
                    + (webFolder?.routes(demo: settings.demo, basePath: settings.basePath) ?? []),
                basePath: settings.basePath),
            metrics: metrics, logger: logger, isEnding: isEnding)
        let operations = HTTPServices(
            settings: operationsSettings, routes: routes.operationsTable(metrics: page), metrics: metrics, logger: logger,
            isEnding: isEnding)
        return (all, operations)
    }

    private func logStart(_ limits: ConnectionLimits, _ loopCount: Int, _ origin: Listeners.Origin, isSecure: Bool) {
        if self.settings.maxConnections > limits.webSockets {
            self.logger.warning(
                "\(DescriptorRules.tooFew.line)",
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
        if let port = self.stunPort { metadata["stun_port"] = .stringConvertible(port) }
        if let address = self.metricsAddress { metadata["metrics"] = "\(address.ipAddress ?? ""):\(address.port ?? 0)" }
        if self.settings.demo { metadata["open"] = "\(self.pageURL(host: self.host(origin)))" }
        self.logger.info("listening", metadata: metadata)
        for finding in UnsafeSettings.findings(self.settings, listeningOn: self.address) { self.logger.warning("\(finding.line)") }
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
        return "\(scheme)://\(host):\(self.port)\(self.settings.basePath)/"
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
        let (janitor, accepting, places) = (self.signaling.janitor, self.accepting, self.places)
        try await self.transport.onFirst { JanitorRounds(janitor, accepting: accepting, on: $0).begin() }
        if let places {
            let isFirst = Atomic<Bool>(true)
            try await self.transport.onEach { context in
                NodeRounds(places, checksReach: isFirst.exchange(false, ordering: .relaxed), on: context).begin()
            }
        }
        let ice = self.ice
        let provider = Task { await ice.run() }
        let reloader = self.reloader
        let certificate = self.settings.tlsCertificateFile == nil ? nil : Task { await reloader.watchCertificate() }
        let reports = self.manager.map { manager in Task { await self.report(to: manager) } }
        let successor = await self.waitForTheEnd()
        certificate?.cancel()
        if successor != nil { self.manager?.handedOver() }
        self.nodeParts?.node.drain()
        await self.drain(for: successor)
        await self.nodeParts?.end(within: Self.longestFarewell)
        reports?.cancel()
        await self.transport.stop()
        await self.operations?.stop()
        provider.cancel()
        await provider.value
        await self.outgoing?.stop()
        if successor == nil { await self.freeState() }
    }

    /// Returns when the server is told to stop, or when another has taken over from it, which is the result.
    private func waitForTheEnd() async -> Successor? {
        // Cancellation ends this wait too; in all cases all clients are told.
        guard let handover = self.handover else {
            await self.waitUntilToldToStop()
            return nil
        }
        let watcher = Task {
            await self.waitUntilToldToStop()
            handover.stop()
        }
        defer { watcher.cancel() }
        return await withTaskCancellationHandler {
            await handover.outcome()
        } onCancel: {
            handover.stop()
        }
    }

    /// Until SHUTDOWN_DELAY is over, too, in which another may still take over.
    private func waitUntilToldToStop() async {
        guard (try? await gracefulShutdown()) != nil else { return }
        self.manager?.stopping()
        guard self.settings.shutdownDelay > .zero else { return }
        self.signaling.phase.leave()
        self.logger.info(
            "shutting down after the delay",
            metadata: ["delay_ms": .stringConvertible(TimeSpan(self.settings.shutdownDelay).milliseconds)])
        try? await Task.sleep(for: self.settings.shutdownDelay)
    }

    private func report(to manager: ServiceManager) async {
        await manager.tellRegularly {
            // Each loop that serves clients has taken up this: one that hangs does not.
            try await self.transport.onEach { _ in }
        } status: {
            self.status.text
        }
    }

    private var status: ServerStatus {
        let phase: ServerStatus.Phase =
            switch self.signaling.phase.value {
            case .starting, .ready: .serving
            case .leaving: .leaving
            case .handingOver, .draining: .ending
            }
        return ServerStatus(
            phase, connections: self.accepting.open, rooms: self.signaling.rooms.totals.snapshot.rooms,
            codes: self.signaling.codes.gauges(now: self.signaling.clock.now())?.live)
    }

    // MARK: - Stopping

    /// What changes from now on outlives nothing.
    private func freeState() async {
        await self.kept?.end()
        await self.whenStateIsFree()
    }

    /// How long a node has to give back rooms that nobody is in any more.
    private static let longestFarewell = TimeSpan.seconds(3)

    /// How long frames are still relayed after `going_away`, for those on their way.
    private static let longestNotice = Duration.milliseconds(500)

    private func drain(for successor: Successor?) async {
        let end = ContinuousClock.now + self.settings.shutdownGrace
        self.signaling.phase.value = successor == nil ? .draining : .handingOver
        // The other one serves there as soon as the port is free.
        await self.stun?.stop(isFollowed: successor != nil)
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
        self.signaling.codes.processEnds(now: self.signaling.clock.now())
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
