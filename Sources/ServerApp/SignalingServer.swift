import HTTPServer
package import Logging
package import NIOCore
import NIOPosix
import NIOSSL
package import ServerConfiguration
import ServiceLifecycle
import SignalingCore
package import SignalingRuntime
import WebSocketServer

/// The whole server, built from its settings: listens, serves, and drains when it is told to stop.
package final class SignalingServer: Service {
    package let hub: Hub
    private let settings: ServerSettings
    private let logger: Logger
    private let loops: EventLoops
    private let gate: AcceptGate
    private let listener: any Channel

    /// Where the server listens: the real port where PORT was 0.
    package var address: SocketAddress? { self.listener.localAddress }

    /// Binds the listener; the server is ready when this returns.
    package init(
        settings: ServerSettings, logger: Logger, clock: ServerClock = .system, droppedLogLines: @escaping @Sendable () -> Int = { 0 }
    ) async throws {
        self.settings = settings
        self.logger = logger
        let tls = try TLSSetup.context(settings)
        let loopCount = EventLoops.count(settings.eventLoops)
        let limits = ConnectionCount.Limits.derived(fromOpenFiles: OpenFileLimit.raise(), configured: settings.maxConnections)
        let hub = Hub(settings: .init(settings), maxConnections: limits, loops: loopCount, clock: clock)
        self.hub = hub
        let loops = try await EventLoops(count: loopCount, hub: hub, gatherSize: settings.wsWriteBuffer)
        self.loops = loops
        let gate = AcceptGate(connections: hub.connections, logger: logger)
        self.gate = gate
        let webSocketSettings = WebSocketSettings(settings)
        let services = HTTPServices(
            settings: HTTPSettings(settings), hub: hub, logger: logger,
            webSocket: { request, loop in
                WebSocketHandler(request: request, hub: hub, loop: loop, settings: webSocketSettings, logger: logger)
            },
            droppedLogLines: droppedLogLines)
        do {
            self.listener = try await Self.bind(settings, loops: loops, gate: gate, tls: tls, services: services)
        } catch {
            try? await loops.group.shutdownGracefully()
            throw StartupError("HOST=\(settings.host) PORT=\(settings.port): cannot listen there: \(error)")
        }
        hub.phase = .ready
        logger.info(
            "listening",
            metadata: [
                "host": "\(settings.host)", "port": .stringConvertible(self.listener.localAddress?.port ?? settings.port),
                "tls": .stringConvertible(tls != nil), "event_loops": .stringConvertible(loopCount),
                "max_connections": .stringConvertible(limits.webSockets),
                "version": "\(BuildVersion.current)",
            ])
    }

    private static func bind(
        _ settings: ServerSettings, loops: EventLoops, gate: AcceptGate, tls: NIOSSLContext?, services: HTTPServices
    ) async throws -> any Channel {
        return try await ServerBootstrap(group: loops.group)
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    UnsentBytes.limit(on: channel)
                    try channel.pipeline.syncOperations.addHandler(gate.handler)
                }
            }
            .childChannelOption(.recvAllocator, value: self.readBuffers(first: settings.wsReadBuffer))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    gate.opened()
                    channel.closeFuture.whenComplete { _ in gate.closed() }
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
                    try HTTPHandler.install(in: pipeline, services: services, loop: loops.context(of: channel.eventLoop))
                }
            }
            .bind(host: settings.host, port: settings.port).get()
    }

    /// What sockets are read into: a buffer of that size at first, then of as much as they turn out to bring.
    package static func readBuffers(first size: Int) -> AdaptiveRecvByteBufferAllocator {
        AdaptiveRecvByteBufferAllocator(minimum: min(512, size), initial: size, maximum: max(65_536, size))
    }

    // MARK: - Running

    package func run() async throws {
        let janitor = self.startJanitor()
        // Ends also by cancellation; either way everybody is told.
        try? await gracefulShutdown()
        await self.drain()
        janitor.cancel()
        try await self.loops.onEach { $0.timers.stop() }
        try await self.loops.group.shutdownGracefully()
    }

    private func startJanitor() -> RepeatedTask {
        let janitor = Janitor(self.hub)
        let clock = self.hub.clock
        let loop = self.loops.first
        let interval = TimeAmount.nanoseconds(Janitor.interval.nanoseconds)
        @Sendable func sweep() {
            // One batch, then whatever else the loop has to do, then the next.
            if janitor.sweep(now: clock.now()) { loop.execute { sweep() } }
        }
        return loop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in sweep() }
    }

    // MARK: - Stopping

    /// How long peers may still talk after `going_away`, for what is on its way.
    private static let longestNotice = Duration.milliseconds(500)

    private func drain() async {
        let end = ContinuousClock.now + self.settings.shutdownGrace
        self.hub.phase = .draining
        try? await self.listener.close()
        let open = self.hub.connections.open
        self.logger.info(
            "shutting down",
            metadata: [
                "connections": .stringConvertible(open),
                "grace_ms": .stringConvertible(TimeSpan(self.settings.shutdownGrace).milliseconds),
            ])
        // Clients come back over a second for every thousand of them, 30 s at the most, so that they do not all return at once.
        let spread = 500...(500 + min(30_000, max(1000, open)))
        try? await self.loops.onEach { loop in
            for connection in loop.connections.all { connection.announceDrain(reconnectAfterMilliseconds: .random(in: spread)) }
        }
        await self.waitForConnections(until: .now + min(Self.longestNotice, self.settings.shutdownGrace / 4))
        try? await self.loops.onEach { loop in
            for connection in loop.connections.all { connection.drain() }
        }
        await self.waitForConnections(until: end)
        let left = self.hub.connections.open
        if left > 0 {
            self.logger.warning("closing connections that did not end in time", metadata: ["connections": .stringConvertible(left)])
        }
        try? await self.loops.onEach { loop in
            for connection in loop.connections.all { connection.abort() }
        }
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
