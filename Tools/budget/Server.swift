import HTTPServer
import Logging
import NIOCore
import NIOEmbedded
import NetworkAddresses
import ServerLogging
import SignalingCore
import SignalingRuntime
import TimeKeeping
import WebSocketServer

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The server with everything on and at its defaults, short of sockets: HTTP and WebSocket drivers, rooms, codes, metrics, the log.
final class Server {
    let context: LoopContext
    private let hub: Hub
    private let services: HTTPServices

    init() {
        let clock = ServerClock.system
        let hub = Hub(
            settings: .init(
                rooms: .init(maxRooms: 100_000, roomTTL: .minutes(10), mailbox: .init(messages: 1_000, bytes: 4 << 20)),
                codes: .init(digits: 4, digitsMax: 4, ttl: .minutes(10)),
                limits: .init(httpPerMinute: 0, wsPerMinute: 0, redeemFailuresPerMinute: 30), maxStoredBytes: 256 << 20),
            maxConnections: .init(webSockets: 10_000, sockets: 10_000), loops: 1, clock: clock)
        hub.phase = .ready
        self.hub = hub
        self.context = LoopContext(eventLoop: EmbeddedEventLoop(), clock: clock, metrics: hub.metricsShard(loop: 0))
        // Lines are built as they are on a server; a sink that is closed throws them away.
        let sink = LogSink(descriptor: STDERR_FILENO)
        sink.close(timeout: .seconds(1))
        let logger = makeLogger(label: "budget", format: .json, level: .info, sink: sink)
        let webSocket = WebSocketSettings(heartbeat: .seconds(20), maxMessage: 1 << 20, logsFullAddresses: false)
        self.services = HTTPServices(
            settings: .init(
                readHeaderTimeout: .seconds(5), idleTimeout: .seconds(60), metricsRoute: "/metrics",
                cors: CORSPolicy(dev: true, allowed: []), proxies: TrustedProxies(blocks: []), logsFullAddresses: false, version: "budget"),
            hub: hub, logger: logger,
            webSocket: { request, loop in
                WebSocketHandler(request: request, hub: hub, loop: loop, settings: webSocket, logger: logger)
            },
            droppedLogLines: { 0 })
    }

    func connect() -> MemoryStream {
        let driver = Meter.measure { HTTPHandler(services: self.services, loop: self.context) }
        return MemoryStream(driver, loop: self.context)
    }
}
