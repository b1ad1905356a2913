import Logging
import NIOCore
import NIOEmbedded
import NetworkAddresses
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import TimeKeeping

@testable import HTTPServer

/// A server on one event loop of its own. Connections of one test share it: making one takes a debug build milliseconds.
final class HTTPRig {
    let hub: Hub
    let clock = ManualClock(unixSeconds: 1_769_860_800)
    let loop = EmbeddedEventLoop()
    let context: LoopContext
    private let services: HTTPServices
    private let upgraded: NIOLoopBoundBox<UpgradedHandler>

    init(files: [StaticFile] = []) {
        let hub = Hub(
            settings: .init(
                rooms: .init(maxRooms: 10, roomTTL: .minutes(10), mailbox: .init(messages: 10, bytes: 1000)),
                codes: .init(digits: 4, digitsMax: 4, ttl: .minutes(10)),
                limits: .init(httpPerMinute: 0, wsPerMinute: 0, redeemFailuresPerMinute: 0), maxStoredBytes: 1000),
            maxConnections: .init(webSockets: 1000, sockets: 1000), loops: 1, clock: self.clock.serverClock)
        hub.phase = .ready
        self.hub = hub
        let upgraded = NIOLoopBoundBox(UpgradedHandler(), eventLoop: self.loop)
        self.upgraded = upgraded
        self.context = LoopContext(eventLoop: self.loop, clock: self.clock.serverClock, metrics: hub.metricsShard(loop: 0))
        self.services = HTTPServices(
            settings: .init(
                readHeaderTimeout: .seconds(5), idleTimeout: .seconds(60), metricsRoute: "/metrics",
                cors: CORSPolicy(dev: true, allowed: []),
                proxies: TrustedProxies(blocks: []), logsFullAddresses: false, version: "test"),
            files: StaticFiles(files), hub: hub, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            webSocket: { request, _ in
                upgraded.value.request = request
                return upgraded.value
            },
            droppedLogLines: { 0 })
    }

    func connect() throws -> Connection {
        let upgraded = UpgradedHandler()
        self.upgraded.value = upgraded
        let channel = EmbeddedChannel(loop: self.loop)
        let driver = HTTPHandler(services: self.services, loop: self.context)
        try channel.pipeline.syncOperations.addHandler(ChannelStream(driver: driver, loop: self.context))
        try channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 4711)).wait()
        return Connection(channel: channel, upgraded: upgraded)
    }

    /// A connection on a stream whose every move is seen.
    func open() -> (HTTPHandler, RecordingStream) {
        let stream = RecordingStream(loop: self.context)
        let driver = HTTPHandler(services: self.services, loop: self.context)
        stream.driver = driver
        driver.opened(on: stream)
        driver.readCompleted()
        return (driver, stream)
    }

    func advance(by time: TimeSpan) {
        self.clock.advance(by: time)
        self.loop.advanceTime(by: .nanoseconds(time.nanoseconds))
    }
}

struct Connection {
    let channel: EmbeddedChannel
    let upgraded: UpgradedHandler

    /// Everything the server wrote since this was asked last.
    func output() throws -> String {
        var text = ""
        while let buffer = try self.channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: buffer) }
        return text
    }

    func send(_ text: some StringProtocol) throws { try self.channel.writeInbound(ByteBuffer(string: String(text))) }
}

/// Stands in for the WebSocket handler and keeps what reaches it.
final class UpgradedHandler: StreamDriver {
    var request: ConnectionRequest?
    var bytes = ByteBuffer()

    /// As the one it stands in for does: the answer to the upgrade waits for it.
    func opened(on stream: any ByteStream) { stream.flush() }
    func received(_ bytes: ByteBuffer) { self.bytes.writeImmutableBuffer(bytes) }
    func readCompleted() {}
    func becameWritable() {}
    let outlivesInput = false
    func ended(_ error: (any Error)?) {}
}

/// A stream in memory that keeps what is done with it.
final class RecordingStream: ByteStream {
    enum Event: Equatable { case flushed(String), closedOutput, closed, handedOver(unread: String) }

    let peer = ClientAddress.v4(0xC000_0201)
    var isWritable = true
    /// Bytes that stay behind at each flush.
    var unsentBytes = 0
    var isReading = true
    private(set) var events: [Event] = []
    weak var driver: HTTPHandler?
    private let loop: LoopContext
    private var written = ByteBuffer()

    init(loop: LoopContext) { self.loop = loop }

    func read(_ texts: String...) {
        for text in texts { self.driver?.received(ByteBuffer(string: text)) }
        self.driver?.readCompleted()
    }

    /// What happened since this was asked last.
    func takeEvents() -> [Event] {
        defer { self.events = [] }
        return self.events
    }

    func write(_ bytes: ByteBuffer) { self.written.writeImmutableBuffer(bytes) }

    func flush() {
        self.events.append(.flushed(String(buffer: self.written)))
        self.written = ByteBuffer()
    }

    func closeOutput() { self.events.append(.closedOutput) }

    func closeWhenSent() { self.close() }

    func close() {
        self.events.append(.closed)
        self.driver?.ended(nil)
        self.driver = nil
    }

    func handOver(key: UInt64, unread: ByteBuffer, to make: @escaping @Sendable (LoopContext) -> any StreamDriver) {
        self.events.append(.handedOver(unread: String(buffer: unread)))
        self.driver = nil
        let driver = make(self.loop)
        driver.opened(on: self)
        driver.received(unread)
    }
}
