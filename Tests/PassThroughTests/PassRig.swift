import ByteStreams
import HTTPServer
import Logging
import NIOCore
import NetworkAddresses
import PassThrough
import SignalingTestKit
import Testing
import TimeKeeping

/// A node on one event loop, all of whose upgrades belong to another one, and that one's far ends.
final class PassRig {
    static let home = "00000000000000a1"
    static let credentials = NodeCredentials(key: Array(0..<32))
    static let heartbeat = TimeSpan.seconds(30)

    static let ask =
        "GET /ws?appID=1&side=A HTTP/1.1\r\nHost: a.example\r\nOrigin: https://p.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    static let granted =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"

    let clock = ManualClock(unixSeconds: 1_769_860_800)
    let context: LoopContext
    let seen = Seen()
    private let loop: ManualLoop
    private let services: HTTPServices

    init() throws {
        self.loop = ManualLoop(self.clock)
        self.context = LoopContext(loop: self.loop, clock: self.clock.serverClock)
        let seen = self.seen
        self.services = PassRig.services(
            to: HomeNode(Self.home, at: try SocketAddress(ipAddress: "10.0.0.5", port: 1234)), judge: { seen.judge($0) },
            whenOver: { seen.over.append($0) }, whenRead: { seen.head = $0 })
        self.loop.onConnect = { seen.attempts.append($0) }
    }

    static func services(
        to home: HomeNode, judge: @escaping @Sendable (HomeOutcome) -> HTTPOutcome?,
        whenOver: @escaping @Sendable (PassThrough.Summary) -> Void, whenRead: @escaping @Sendable (RequestHead) -> Void = { _ in }
    ) -> HTTPServices {
        HTTPServices(
            settings: HTTPSettings(
                readHeaderTimeout: .seconds(5), idleTimeout: .seconds(60), cors: CORSPolicy(dev: true, allowed: []),
                proxies: TrustedProxies(blocks: []), logsFullAddresses: false),
            routes: HTTPRoutes(
                [
                    HTTPRoute("/ws", .upgrade) { request, context throws(Problem) in
                        _ = try WebSocketHandshake.accept(request.head)
                        return .later(
                            PassedUpgrade(
                                request, by: "n", to: home, Self.credentials, PassThroughSettings(heartbeat: Self.heartbeat), context,
                                judge: judge, whenOver: whenOver))
                    },
                    HTTPRoute("/read", .page) { request, _ throws(Problem) in
                        whenRead(request.head)
                        return .respond(.json(.text("{}")))
                    },
                ], help: "see the tests"),
            metrics: HTTPMetrics(), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, isEnding: { false })
    }

    // MARK: - What happens

    /// A client that has sent its request.
    func ask(_ text: String = ask, sendCapacity: Int = .max) -> MemoryStream {
        let client = MemoryStream(context: self.context, sendCapacity: sendCapacity, manner: .socket)
        client.begin(HTTPConnection(services: self.services, context: self.context))
        client.receive(ByteBuffer(string: text))
        return client
    }

    func accept(sendCapacity: Int = .max) throws -> MemoryStream {
        let home = try #require(self.seen.attempts.last).accept(in: self.context, sendCapacity: sendCapacity, manner: .socket)
        self.run()
        return home
    }

    /// A client and a home between which bytes go.
    func connect(clientTakes: Int = .max, homeTakes: Int = .max) throws -> (client: MemoryStream, home: MemoryStream) {
        let client = self.ask(sendCapacity: clientTakes)
        let home = try self.accept(sendCapacity: homeTakes)
        _ = home.takeAll()
        home.send(Self.granted)
        try #require(client.text() == Self.granted)
        return (client, home)
    }

    func run() { #expect(self.loop.runReady()) }
    func advance(by span: TimeSpan) { self.loop.advance(by: span) }

    var connections: LoopConnections { self.context.connections }

    /// Nothing is kept of anybody.
    var isEmpty: Bool { self.connections.count == 0 && self.context.timers.count == 0 }

    /// The head of a request as the server has read it.
    func head(_ target: String, _ fields: String) throws -> RequestHead {
        let client = self.ask("GET \(target) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
        client.close()
        defer { self.seen.head = nil }
        return try #require(self.seen.head)
    }
}

/// `@unchecked Sendable`: all of it is used by one thread, the loop's.
final class Seen: @unchecked Sendable {
    var attempts: [MemoryAttempt] = []
    var outcomes: [String] = []
    var over: [PassThrough.Summary] = []
    var head: RequestHead?
    /// What becomes of a request instead of what the outcome says.
    var choice: HTTPOutcome?

    func judge(_ outcome: HomeOutcome) -> HTTPOutcome? {
        self.outcomes.append(outcome.shown)
        return self.choice.take()
    }

    var endings: [String] { self.over.map { $0.ending.shown } }
}

extension HomeOutcome {
    var shown: String {
        switch self {
        case .connected: "connected"
        case .refused(let refusal): "refused \(refusal.status.code)"
        case .unreachable: "unreachable"
        case .garbled(let fault): "garbled \(fault)"
        case .tooSlow: "too slow"
        case .clientLeft: "client left"
        case .draining: "draining"
        }
    }
}

extension PassThrough.Ending {
    var shown: String {
        switch self {
        case .closed: "closed"
        case .broken: "broken"
        case .silent: "silent"
        case .tooMuchWaits: "too much waits"
        case .aborted: "aborted"
        }
    }
}

extension MemoryStream {
    func send(_ text: some StringProtocol) { self.receive(ByteBuffer(string: String(text))) }

    /// Everything that is on its way to the far end.
    func takeAll() -> ByteBuffer {
        var all = ByteBuffer()
        while self.sent.readableBytes > 0 { all.writeImmutableBuffer(self.takeSent()) }
        return all
    }

    func text() -> String { String(buffer: self.takeAll()) }
}

extension ByteBuffer {
    /// Bytes in which every displacement shows, unless it is by a multiple of a large prime.
    static func pattern(_ count: Int, seed: UInt64 = 1) -> ByteBuffer {
        var random = SplitMix64(seed: seed)
        let block = random.bytes(min(count, 16_381))
        var buffer = ByteBuffer()
        buffer.reserveCapacity(count)
        while buffer.readableBytes < count { buffer.writeBytes(block.prefix(count - buffer.readableBytes)) }
        return buffer
    }
}
