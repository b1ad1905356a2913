import HTTPServer
import Logging
import NIOCore
import NIOPosix
import SignalingCore
import SignalingRuntime
import WebSocketServer

/// The server's own HTTP and WebSocket handlers, with every message sent back to whoever sent it: what a WebSocket test suite wants to
/// talk to.
struct EchoServer {
    private let group: MultiThreadedEventLoopGroup
    let port: Int

    /// Autobahn's largest messages have 16 MiB.
    private static let maxMessage = 32 << 20

    /// Listens on a free port of the loopback interface.
    init() throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        self.group = group
        let hub = Hub(
            settings: .init(
                rooms: .init(maxRooms: 1_000, roomTTL: .minutes(10), mailbox: .init(messages: 1, bytes: 1)),
                codes: .init(digits: 4, digitsMax: 4, ttl: .minutes(10)),
                limits: .init(httpPerMinute: 0, wsPerMinute: 0, redeemFailuresPerMinute: 0), maxStoredBytes: 4 * Self.maxMessage),
            maxConnections: .init(webSockets: 1_000, sockets: 1_000), loops: 1, clock: .system)
        let services = Self.services(hub)
        let loop = group.next()
        let context = try loop.submit {
            NIOLoopBound(LoopContext(eventLoop: loop, clock: hub.clock, metrics: hub.metricsShard(loop: 0)), eventLoop: loop)
        }.wait()
        let listener = try ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try HTTPHandler.install(in: channel.pipeline.syncOperations, services: services, loop: context.value)
                }
            }
            .bind(host: "127.0.0.1", port: 0).wait()
        guard let port = listener.localAddress?.port else { throw ChannelError.unknownLocalAddress }
        self.port = port
        hub.phase = .ready
    }

    private static func services(_ hub: Hub) -> HTTPServices {
        let logger = Logger(label: "conformance-echo") { _ in SwiftLogNoOpLogHandler() }
        // A ping of the server's own between the frames of a case would look like a wrong answer.
        var settings = WebSocketSettings(heartbeat: .minutes(30), maxMessage: Self.maxMessage, logsFullAddresses: false)
        settings.echoes = true
        return HTTPServices(
            settings: .init(
                readHeaderTimeout: .seconds(5), idleTimeout: .seconds(60), metricsRoute: nil, cors: CORSPolicy(dev: true, allowed: []),
                proxies: TrustedProxies(blocks: []), logsFullAddresses: false, version: "conformance"),
            hub: hub, logger: logger,
            webSocket: { [settings] request, loop in
                WebSocketHandler(request: request, hub: hub, loop: loop, settings: settings, logger: logger)
            },
            droppedLogLines: { 0 })
    }

    func stop() throws { try self.group.syncShutdownGracefully() }
}
