import HTTPServer
package import Logging
package import NIOCore
package import ServerConfiguration
import ServiceLifecycle
import SignalingCore
package import SignalingRuntime
import TimeKeeping
import WebSocketServer

/// The whole server, built from its settings: listens, serves, and drains when it is told to stop.
package final class SignalingServer: Service {
    package let hub: Hub
    private let settings: ServerSettings
    private let logger: Logger
    private let transport: any Transport

    /// Where the server listens: the real port where PORT was 0.
    package let address: SocketAddress?

    /// Binds the listener; the server is ready when this returns.
    package init(
        settings: ServerSettings, logger: Logger, clock: ServerClock = .system, droppedLogLines: @escaping @Sendable () -> Int = { 0 }
    ) async throws {
        self.settings = settings
        self.logger = logger
        let tls = try TLSSetup.context(settings)
        let loopCount = Self.loopCount(settings.eventLoops)
        let limits = ConnectionCount.Limits.derived(fromOpenFiles: OpenFileLimit.raise(), configured: settings.maxConnections)
        let hub = Hub(settings: .init(settings), maxConnections: limits, loops: loopCount, clock: clock)
        self.hub = hub
        let transport = try await TransportKind.preferred(withTLS: tls != nil).make(
            loops: loopCount, hub: hub, gatherSize: settings.wsWriteBuffer, firstRead: settings.wsReadBuffer, tls: tls)
        self.transport = transport
        let webSocketSettings = WebSocketSettings(settings)
        let services = HTTPServices(
            settings: HTTPSettings(settings), files: .embedded(demo: settings.demo), hub: hub, logger: logger,
            webSocket: { request, loop in
                WebSocketHandler(request: request, hub: hub, loop: loop, settings: webSocketSettings, logger: logger)
            },
            droppedLogLines: droppedLogLines)
        do {
            let address = try SocketAddress.makeAddressResolvingHost(settings.host, port: settings.port)
            self.address = try await transport.listen(
                on: address, makeDriver: { HTTPHandler(services: services, loop: $0) },
                report: { logger.warning("cannot accept connections; trying again", metadata: ["error": "\($0)"]) })
        } catch {
            await transport.stop()
            throw StartupError("HOST=\(settings.host) PORT=\(settings.port): cannot listen there: \(error)")
        }
        hub.phase = .ready
        if settings.maxConnections > limits.webSockets {
            logger.warning(
                "MAX_CONNECTIONS is more than the limit on open files allows; raise that one (ulimit -n, LimitNOFILE)",
                metadata: [
                    "max_connections": .stringConvertible(limits.webSockets), "asked_for": .stringConvertible(settings.maxConnections),
                ])
        }
        var metadata: Logger.Metadata = [
            "host": "\(settings.host)", "port": .stringConvertible(self.address?.port ?? settings.port),
            "tls": .stringConvertible(tls != nil), "event_loops": .stringConvertible(loopCount),
            "max_connections": .stringConvertible(limits.webSockets),
            "version": "\(BuildVersion.current)",
        ]
        if settings.demo { metadata["open"] = "\(self.pageURL)" }
        logger.info("listening", metadata: metadata)
    }

    /// Where a browser on this machine finds the page.
    private var pageURL: String {
        let scheme = self.settings.tlsCertificateFile == nil ? "http" : "https"
        let host =
            switch self.settings.host {
            case "0.0.0.0", "::": "localhost"
            case let host where host.contains(":"): "[\(host)]"
            case let host: host
            }
        return "\(scheme)://\(host):\(self.address?.port ?? self.settings.port)/"
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
        let janitor = self.startJanitor()
        // Ends also by cancellation; either way everybody is told.
        try? await gracefulShutdown()
        await self.drain()
        janitor.cancel()
        try await self.transport.onEach { $0.timers.stop() }
        await self.transport.stop()
    }

    private func startJanitor() -> RepeatedTask {
        let hub = self.hub
        let janitor = Janitor(hub)
        let loop = self.transport.first
        let interval = TimeAmount.nanoseconds(Janitor.interval.nanoseconds)
        let freed = NIOLoopBoundBox.makeBoxSendingValue(FreedMemory(), eventLoop: loop)
        @Sendable func sweep() {
            // One batch, then whatever else the loop has to do, then the next.
            if janitor.sweep(now: hub.clock.now()) { loop.execute { sweep() } }
        }
        return loop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            sweep()
            freed.value.observe(open: hub.connections.open)
        }
    }

    // MARK: - Stopping

    /// How long peers may still talk after `going_away`, for what is on its way.
    private static let longestNotice = Duration.milliseconds(500)

    private func drain() async {
        let end = ContinuousClock.now + self.settings.shutdownGrace
        self.hub.phase = .draining
        await self.transport.closeListener()
        let open = self.hub.connections.open
        self.logger.info(
            "shutting down",
            metadata: [
                "connections": .stringConvertible(open),
                "grace_ms": .stringConvertible(TimeSpan(self.settings.shutdownGrace).milliseconds),
            ])
        // Clients come back over a second for every thousand of them, 30 s at the most, so that they do not all return at once.
        let spread = 500...(500 + min(30_000, max(1000, open)))
        try? await self.transport.onEach { $0.connections.announceDrain(reconnectAfterMilliseconds: spread) }
        await self.waitForConnections(until: .now + min(Self.longestNotice, self.settings.shutdownGrace / 4))
        try? await self.transport.onEach { $0.connections.drain() }
        await self.waitForConnections(until: end)
        let left = self.hub.connections.open
        if left > 0 {
            self.logger.warning("closing connections that did not end in time", metadata: ["connections": .stringConvertible(left)])
        }
        try? await self.transport.onEach { $0.connections.abort() }
        await self.waitForConnections(until: .now + .seconds(1))
        self.logger.info("stopped")
    }

    private func waitForConnections(until deadline: ContinuousClock.Instant) async {
        while self.hub.connections.open > 0, ContinuousClock.now < deadline {
            // Cancellation must not turn this into a busy loop.
            guard (try? await Task.sleep(for: .milliseconds(10))) != nil else { return }
        }
    }
}
