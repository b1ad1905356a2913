import HTTPServer
import Logging
import NIOCore
import NIOEmbedded
import NetworkAddresses
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import TimeKeeping
import WebSocketServer

/// The server from a connection's first byte on: real HTTP and WebSocket handlers on a channel in memory.
final class HTTPBench {
    static let codeTTL = TimeSpan.minutes(10)
    static let unixSeconds = 1_769_860_800.0
    static let allowedOrigins = ["https://app.example:8443", "pages.example", "kiosk.example"]

    let loop = EmbeddedEventLoop()
    let clock = ManualClock(unixSeconds: HTTPBench.unixSeconds)
    let hub: Hub
    let context: LoopContext
    private let services: HTTPServices
    private let random = SeededRandom(seed: 2802)

    /// `dev`: any web page may use the server; otherwise those of `allowedOrigins`.
    init(dev: Bool) {
        let hub = Hub(
            settings: .init(
                rooms: .init(maxRooms: 8, roomTTL: Bench.roomTTL, mailbox: Bench.mailbox),
                codes: .init(digits: 4, digitsMax: 4, ttl: Self.codeTTL),
                limits: .init(httpPerMinute: 0, wsPerMinute: 0, redeemFailuresPerMinute: 0), maxStoredBytes: Bench.maxStored),
            maxConnections: .init(webSockets: 16, sockets: 16), loops: 1, clock: self.clock.serverClock,
            random: self.random.source, mailboxSeed: 0)
        hub.phase = .ready
        self.hub = hub
        self.context = LoopContext(eventLoop: self.loop, clock: self.clock.serverClock, metrics: hub.metricsShard(loop: 0))
        let logger = Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() }
        let webSocket = WebSocketSettings(heartbeat: .seconds(20), maxMessage: Bench.maxMessage, logsFullAddresses: false)
        let loopback = [AddressBlock("127.0.0.0/8"), AddressBlock("::1")].compactMap(\.self)
        self.services = HTTPServices(
            settings: .init(
                readHeaderTimeout: .seconds(5), idleTimeout: .seconds(60), metricsRoute: "/metrics",
                cors: CORSPolicy(dev: dev, allowed: dev ? [] : Self.allowedOrigins), proxies: TrustedProxies(blocks: loopback),
                logsFullAddresses: false, version: "fuzz"),
            hub: hub, logger: logger,
            webSocket: { request, loop in
                WebSocketHandler(request: request, hub: hub, loop: loop, settings: webSocket, logger: logger, pingSeed: 1)
            },
            droppedLogLines: { 0 })
    }

    func connect() throws -> HTTPClient {
        let channel = EmbeddedChannel(loop: self.loop)
        let driver = HTTPHandler(services: self.services, loop: self.context)
        try channel.pipeline.syncOperations.addHandler(ChannelStream(driver: driver, loop: self.context))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 4711)).wait()
        return HTTPClient(channel: channel, loop: self.loop)
    }

    func advance(by span: TimeSpan) {
        self.clock.advance(by: span)
        self.loop.advanceTime(by: .nanoseconds(span.nanoseconds))
    }

    /// With the connection gone and every time to live over, nothing is left of it.
    func expectNothingLeft() throws {
        self.loop.run()
        self.advance(by: Self.codeTTL + .seconds(1))
        while Janitor(self.hub).sweep(now: self.clock.now) {}
        let left = self.hub.rooms.totals.snapshot
        try expect(left.isEmpty, "when all were gone, this was left: \(left)")
        try expect(self.context.timers.count == 0, "when all were gone, \(self.context.timers.count) timers were left")
        try expect(self.context.connections.count == 0, "when all were gone, \(self.context.connections.count) connections were left")
        try expect(self.hub.connections.openWebSockets == 0, "when all were gone, WebSockets were counted")
        try expect(self.hub.codes.gauges(now: self.clock.now).live == 0, "when all had expired, codes were left")
        // The next input gets the same codes, or nobody could tell by an input what it had led to.
        self.random.restart()
    }
}

/// The far end of a connection.
struct HTTPClient {
    let channel: EmbeddedChannel
    let loop: EmbeddedEventLoop

    var isOpen: Bool { self.channel.isActive }

    func send(_ bytes: some Collection<UInt8>) throws {
        guard self.isOpen, !bytes.isEmpty else { return }
        // A channel hands its pipeline's unhandled errors back: the server handles each that input can cause.
        try self.channel.writeInbound(ByteBuffer(bytes: bytes))
        self.loop.run()
    }

    /// Everything the server wrote since this was asked last.
    func received() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let buffer = try self.channel.readOutbound(as: ByteBuffer.self) { bytes += buffer.readableBytesView }
        return bytes
    }

    func drop() { _ = self.channel.close() }
}
