import HTTPServer
import Logging
import NIOCore
import NetworkAddresses
import ServerApp
import SignalingCore
import SignalingRuntime
import TimeKeeping
import WebSocketServer

/// The server's own HTTP and WebSocket handlers, with every message sent back to whoever sent it: what a WebSocket test suite wants to
/// talk to.
struct EchoServer {
    private let transport: any Transport
    let port: Int

    /// Autobahn's largest messages have 16 MiB.
    private static let maxMessage = 32 << 20

    /// Listens on a free port of the loopback interface.
    init(on kind: TransportKind) async throws {
        let hub = Hub(
            settings: .init(
                rooms: .init(maxRooms: 1_000, roomTTL: .minutes(10), mailbox: .init(messages: 1, bytes: 1)),
                codes: .init(digits: 4, digitsMax: 4, ttl: .minutes(10)),
                limits: .init(httpPerMinute: 0, wsPerMinute: 0, redeemFailuresPerMinute: 0), maxStoredBytes: 4 * Self.maxMessage),
            maxConnections: .init(webSockets: 1_000, sockets: 1_000), loops: 1, clock: .system)
        let services = Self.services(hub)
        let transport = try await kind.make(loops: 1, hub: hub, gatherSize: 4096, firstRead: 4096)
        self.transport = transport
        let address = try await transport.listen(
            on: SocketAddress(ipAddress: "127.0.0.1", port: 0), makeDriver: { HTTPHandler(services: services, loop: $0) },
            report: { print("cannot accept: \($0)") })
        guard let port = address?.port else { throw ChannelError.unknownLocalAddress }
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

    func stop() async { await self.transport.stop() }
}
