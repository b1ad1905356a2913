import ByteStreams
import ChannelTransport
import FairShares
import HTTPServer
import Logging
import NIOCore
import NetworkAddresses
import SocketTransport
import Synchronization
import TimeKeeping
import WebSocketCore
import WebSocketServer

/// What carries the connections.
enum Carrier: String, CaseIterable {
    #if os(Linux)
    case sockets
    #endif
    case channels
}

/// The server's HTTP and WebSocket connections without signaling: `GET /` opens a WebSocket on which every message is sent back, which is
/// what a WebSocket test suite wants to talk to.
struct EchoServer {
    private let transport: any Transport
    let port: Int

    /// Autobahn's largest messages have 16 MiB.
    private static let maxMessage = 32 << 20

    /// Listens on a free port of the loopback interface.
    init(on carrier: Carrier) async throws {
        let settings = TransportSettings(loops: 1, accepting: AcceptPolicy(limit: 1_000) { print("cannot accept: \($0)") })
        switch carrier {
        #if os(Linux)
        case .sockets: self.transport = try SocketLoops(settings)
        #endif
        case .channels: self.transport = try await ChannelLoops(settings)
        }
        let services = Self.services()
        let address = try await self.transport.listen(on: SocketAddress(ipAddress: "127.0.0.1", port: 0)) {
            HTTPConnection(services: services, context: $0)
        }
        guard let port = address.port else { throw ChannelError.unknownLocalAddress }
        self.port = port
    }

    private static func services() -> HTTPServices {
        let cors = CORSPolicy(dev: true, allowed: [])
        // A ping of the server's own between the frames of a case would look like a wrong echo.
        let settings = WebSocketSettings(
            heartbeat: .minutes(30), maxMessage: Self.maxMessage,
            shares: ClientShares(ShareBook(bounds: [.unfinishedBytes: 8 * Self.maxMessage])))
        let ids = ConnectionIDs()
        let echo = HTTPRoute("/", .upgrade) { request, _ throws(Problem) in
            .upgrade(
                HTTPUpgrade(
                    try WebSocketHandshake.accept(request.head), key: 0,
                    makeDriver: {
                        WebSocketConnection(id: ids.next(), sink: EchoSink(), client: request.client, context: $0, settings: settings)
                    },
                    abandoned: {}))
        }
        return HTTPServices(
            settings: HTTPSettings(
                readHeaderTimeout: .seconds(5), idleTimeout: .seconds(60), cors: cors, proxies: TrustedProxies(blocks: []),
                logsFullAddresses: false),
            routes: HTTPRoutes([echo], help: "the echo is at /"), metrics: HTTPMetrics(),
            logger: Logger(label: "conformance-echo") { _ in SwiftLogNoOpLogHandler() }, isEnding: { false })
    }

    func stop() async { await self.transport.stop() }
}

private final class ConnectionIDs: Sendable {
    private let last = Atomic<UInt64>(0)

    func next() -> ConnectionID { ConnectionID(self.last.wrappingAdd(1, ordering: .relaxed).newValue) }
}

/// Sends every message back.
private final class EchoSink: WebSocketSink {
    func opened(_ connection: WebSocketConnection) -> WebSocketOpening { .open(paused: false) }

    func received(_ messages: inout WebSocketMessages) {
        while let event = messages.next() {
            if case .message(let opcode) = event { messages.connection.send(messages.payload, opcode) }
        }
    }
}
