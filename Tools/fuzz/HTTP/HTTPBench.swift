import ByteStreams
import HTTPServer
import NIOCore
import NetworkAddresses
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import TimeKeeping
import WebSocketServer

/// The server from a connection's first byte on: real HTTP and WebSocket connections on a stream in memory.
final class HTTPBench {
    static let codeTTL = TimeSpan.minutes(10)
    static let unixSeconds = 1_769_860_800.0
    static let allowedOrigins = ["https://app.example:8443", "pages.example", "kiosk.example"]

    let clock = ManualClock(unixSeconds: HTTPBench.unixSeconds)
    let loop: ManualLoop
    let context: LoopContext
    private let server: SignalingParts
    private let manner: MemoryStream.Manner
    private let random = SeededRandom(seed: 2802)

    /// `dev`: any web page may use the server; otherwise those of `allowedOrigins`, and the streams are like those of the other transport.
    init(dev: Bool) {
        self.manner = dev ? .channel : .socket
        let random = self.random.source
        self.loop = ManualLoop(self.clock)
        self.context = LoopContext(loop: self.loop, clock: self.clock.serverClock)
        self.server = SignalingParts(clock: self.clock.serverClock) {
            $0.maxRooms = 8
            $0.roomTTL = Bench.roomTTL
            $0.mailbox = Bench.mailbox
            $0.codes = .init(digits: 4, digitsMax: 4, ttl: Self.codeTTL)
            $0.maxStoredBytes = Bench.maxStored
            $0.maxWebSockets = 16
            $0.maxMessage = Bench.maxMessage
            $0.cors = CORSPolicy(dev: dev, allowed: dev ? [] : Self.allowedOrigins)
            $0.proxies = TrustedProxies(blocks: [AddressBlock("127.0.0.0/8"), AddressBlock("::1")].compactMap(\.self))
            $0.random = random
            $0.mailboxSeed = 0
            $0.pingSeed = 1
        }
    }

    var signaling: Signaling { self.server.signaling }

    func connect() -> HTTPClient {
        let stream = MemoryStream(context: self.context, peer: .v4(0x7F00_0001), manner: self.manner)
        stream.begin(HTTPConnection(services: self.server.http, context: self.context))
        return HTTPClient(stream: stream, context: self.context, loop: self.loop)
    }

    func advance(by span: TimeSpan) { self.loop.advance(by: span) }

    /// With the connection gone and every time to live over, nothing is left of it.
    func expectNothingLeft() throws {
        _ = self.loop.runReady()
        self.advance(by: Self.codeTTL + .seconds(1))
        while self.signaling.janitor.sweep(now: self.clock.now) {}
        let left = self.signaling.rooms.totals.snapshot
        try expect(left.isEmpty, "when all were gone, this was left: \(left)")
        try expect(self.context.timers.count == 0, "when all were gone, \(self.context.timers.count) timers were left")
        try expect(self.context.connections.count == 0, "when all were gone, \(self.context.connections.count) connections were left")
        try expect(self.signaling.admission.open == 0, "when all were gone, WebSockets were counted")
        try expect(self.signaling.codes.gauges(now: self.clock.now)?.live == 0, "when all had expired, codes were left")
        // The next input gets the same codes, or nobody could tell by an input what it had led to.
        self.random.restart()
    }
}

/// The far end of a connection.
struct HTTPClient {
    let stream: MemoryStream
    let context: LoopContext
    let loop: ManualLoop

    /// Whether the server has not ended the connection, or its direction of it.
    var isOpen: Bool { self.stream.isOpen && self.stream.sentEnd == nil }

    /// What comes behind the server's end of its direction goes on its way too.
    func send(_ bytes: some Collection<UInt8>) {
        guard self.stream.isOpen, !bytes.isEmpty else { return }
        self.stream.receive(ByteBuffer(bytes: bytes))
        self.context.flushTouched()
        _ = self.loop.runReady()
    }

    /// Everything the server wrote since this was asked last.
    func received() -> [UInt8] { Array(self.stream.takeSent().readableBytesView) }

    func drop() { self.stream.end(.reset) }
}
