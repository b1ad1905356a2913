import ByteStreams
import HTTPServer
import Logging
import NIOCore
import NetworkAddresses
import PassThrough
import SignalingTestKit
import TimeKeeping

/// A node that passes every upgrade on, with a client and a home in memory.
///
/// `@unchecked Sendable`: all of it is used by one thread, the loop's.
final class PassBench: @unchecked Sendable {
    private static let home = "h"
    private static let node = "n"
    private static let credentials = NodeCredentials(key: [1])
    private static let settings = PassThroughSettings(heartbeat: .seconds(30))
    private static let fields =
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    private static let address = Result { try SocketAddress(ipAddress: "10.0.0.5", port: 1) }

    private let loop: ManualLoop
    private let context: LoopContext
    private var attempt: MemoryAttempt?
    private var isConnected = false
    private var connectionsOver = 0

    private init() {
        let clock = ManualClock()
        self.loop = ManualLoop(clock)
        self.context = LoopContext(loop: self.loop, clock: clock.serverClock)
        self.loop.onConnect = { [unowned self] in self.attempt = $0 }
    }

    private func connection(_ respond: @escaping @Sendable (HTTPRequest, LoopContext) throws(Problem) -> HTTPOutcome) -> HTTPConnection {
        let services = HTTPServices(
            settings: HTTPSettings(
                readHeaderTimeout: .seconds(5), idleTimeout: .seconds(60), cors: CORSPolicy(dev: true, allowed: []),
                proxies: TrustedProxies(blocks: []), logsFullAddresses: false),
            routes: HTTPRoutes([HTTPRoute("/", .upgrade, respond: respond)], help: ""), metrics: HTTPMetrics(),
            logger: Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() }, isEnding: { false })
        return HTTPConnection(services: services, context: self.context)
    }

    /// A client whose connections belong to the home.
    private func client(_ address: SocketAddress, _ request: [UInt8]) -> MemoryStream {
        let client = MemoryStream(context: self.context)
        let home = HomeNode(Self.home, at: address)
        client.begin(
            self.connection { request, context throws(Problem) in
                _ = try WebSocketHandshake.accept(request.head)
                return .later(
                    PassedUpgrade(
                        request, by: Self.node, to: home, Self.credentials, Self.settings, context,
                        judge: { outcome in
                            if case .connected = outcome { self.isConnected = true }
                            return nil
                        }, whenOver: { _ in self.connectionsOver += 1 }))
            })
        client.receive(ByteBuffer(bytes: request))
        return client
    }

    /// Whatever a client sends, its home knows who sent it, and for whom.
    static func request(_ bytes: [UInt8]) throws {
        let bench = PassBench()
        // An alarm that has not rung holds its loop.
        defer { bench.context.timers.stop() }
        let client = bench.client(
            try self.address.get(), Array("GET /?\(bytes.count) HTTP/1.1\r\nHost: a\r\n".utf8) + bytes + Array(self.fields.utf8))
        // What is open holds who drives it, and the other way round.
        defer { client.end(.reset) }
        guard let attempt = bench.attempt else { return }
        let stream = attempt.accept(in: bench.context)
        _ = bench.loop.runReady()
        let passed = stream.takeSent()
        let verdict = Verdict()
        let home = MemoryStream(context: bench.context, peer: .v4(0x0A00_0001))
        home.begin(
            bench.connection { request, _ throws(Problem) in
                verdict.all.append(Self.credentials.verdict(on: request.head, home: Self.home))
                return .respond(.json(.text("")))
            })
        defer { home.end(.reset) }
        home.receive(passed)
        // It may be too long for the home, with what was added.
        let isRead = !verdict.all.isEmpty || String(buffer: home.takeSent()).hasPrefix("HTTP/1.1 431 ")
        try expect(
            isRead && verdict.all.allSatisfy { $0 == .passed(client.peer, by: Self.node) }, "\(shown(bytes)) is passed as \(verdict.all)")
        try expect(verdict.all.count <= 1, "\(shown(bytes)) is passed as \(verdict.all.count) requests")
    }

    private final class Verdict: @unchecked Sendable {
        // Of the one thread that there is.
        var all: [NodeCredentials.Verdict] = []
    }

    /// A home that sends anything, and clients and homes that end at any time.
    static func run(_ cursor: inout InputCursor) throws {
        let bench = PassBench()
        let client = bench.client(try self.address.get(), Array("GET / HTTP/1.1\r\nHost: a\r\n\(self.fields)".utf8))
        try expect(bench.attempt != nil, "a request for an upgrade is not passed on")
        guard let home = bench.attempt?.accept(in: bench.context) else { return }
        _ = bench.loop.runReady()
        var (sent, received): ([UInt8], [UInt8]) = ([], [])
        while !cursor.isAtEnd {
            switch cursor.number(below: 8) {
            case 0: client.end(cursor.pick([.fin, .reset]))
            case 1: home.end(cursor.pick([.fin, .reset]))
            case 2: client.receive(ByteBuffer(bytes: cursor.block()))
            case 3: bench.loop.advance(by: .milliseconds(Int64(cursor.byte()) * 20))
            default:
                let block = cursor.block()
                if home.isOpen { sent += block }
                home.receive(ByteBuffer(bytes: block))
            }
            received += client.takeSent().readableBytesView
            _ = home.takeSent()
        }
        for stream in [client, home] where stream.isOpen { stream.end(.reset) }
        received += client.takeSent().readableBytesView
        let shownReceived = received
        if bench.isConnected, client.bytesTaken > 0, !received.starts(with: Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)) {
            try expect(
                sent.indices.contains { sent[$0...].starts(with: shownReceived) }, "of \(shown(sent)) arrives \(shown(shownReceived))")
        }
        bench.loop.advance(by: .seconds(400))
        try expect(bench.connectionsOver == (bench.isConnected ? 1 : 0), "\(bench.connectionsOver) of \(bench.isConnected) are over")
        try expect(bench.context.connections.count == 0, "\(bench.context.connections.count) connections are left behind")
        try expect(bench.context.timers.count == 0, "\(bench.context.timers.count) deadlines are left behind")
    }
}
