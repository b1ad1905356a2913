import Logging
import NIOCore
import NIOEmbedded
import NetworkAddresses
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing
import TimeKeeping
import WebSocketCore
import WebSocketServer

/// A hub with one event loop, whose time goes on only when told.
final class ServerRig {
    let loop = EmbeddedEventLoop()
    let clock = ManualClock()
    let hub: Hub
    let context: LoopContext
    let settings: WebSocketSettings

    init(
        maxRooms: Int = 1_000, messages: Int = 1_000, bytes: Int = 4 << 20, maxMessage: Int = 1 << 20, heartbeat: TimeSpan = .seconds(20),
        maxStored: Int = 1 << 30, echoes: Bool = false, gatherSize: Int = 4096
    ) {
        self.hub = Hub(
            settings: .init(
                rooms: .init(maxRooms: maxRooms, roomTTL: .minutes(10), mailbox: .init(messages: messages, bytes: bytes)),
                codes: .init(digits: 4, digitsMax: 4, ttl: .minutes(10)),
                limits: .init(httpPerMinute: 0, wsPerMinute: 0, redeemFailuresPerMinute: 0), maxStoredBytes: maxStored),
            maxConnections: .init(webSockets: 1_000, sockets: 1_000), loops: 1, clock: self.clock.serverClock)
        self.context = LoopContext(
            eventLoop: self.loop, clock: self.clock.serverClock, metrics: self.hub.metricsShard(loop: 0), gatherSize: gatherSize)
        var settings = WebSocketSettings(heartbeat: heartbeat, maxMessage: maxMessage, logsFullAddresses: false)
        settings.echoes = echoes
        self.settings = settings
    }

    static let room = RoomID(high: 0xc0ff_ee00_1234_4abc, low: 0x8def_0123_4567_89ab)

    /// An upgraded connection.
    func connect(_ side: Side, sid: String? = nil, room: RoomID = ServerRig.room) throws -> Client {
        let request = ConnectionRequest(room: room, side: side, sid: sid, client: .v4(0xC000_0201))
        #expect(self.hub.connections.openWebSocket())
        let client = try Client(
            WebSocketHandler(
                request: request, hub: self.hub, loop: self.context, settings: self.settings,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, pingSeed: 0x0102_0304_0506_0707),
            context: self.context, loop: self.loop)
        // What every channel does at first: ask for input.
        client.askToRead()
        return client
    }

    /// Two connections that know of each other.
    func pair() throws -> (a: Client, b: Client) {
        let a = try self.connect(.a)
        let b = try self.connect(.b)
        #expect(try a.received() == [.roomFull])
        #expect(try b.received() == [.roomFull])
        return (a, b)
    }

    /// The clocks go on in steps small enough for every timer to fire about when it is due.
    func advance(by span: TimeSpan) {
        var rest = span.nanoseconds
        while rest > 0 {
            let step = min(rest, 50_000_000)
            self.clock.advance(by: TimeSpan(nanoseconds: step))
            self.loop.advanceTime(by: .nanoseconds(step))
            rest -= step
        }
    }

    var counts: MetricCounts { self.hub.counts }
    func closed(_ code: Int) -> Int { self.counts.wsClosed[ClosedLabel(code)] }
}

/// Counts the reads that reach the socket.
private final class ReadCounter: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    private(set) var reads = 0

    func read(context: ChannelHandlerContext) {
        self.reads += 1
        context.read()
    }
}

/// The far end of a connection.
final class Client {
    let handler: WebSocketHandler
    private let channel: EmbeddedChannel
    private let counter = ReadCounter()

    init(_ handler: WebSocketHandler, context: LoopContext, loop: EmbeddedEventLoop) throws {
        self.handler = handler
        self.channel = EmbeddedChannel(loop: loop)
        try self.channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 1)).wait()
        try self.channel.pipeline.syncOperations.addHandlers(self.counter, ChannelStream(driver: handler, loop: context))
    }

    var isOpen: Bool { self.channel.isActive }

    func send(_ frames: ClientFrame...) throws { try self.send(bytes: frames.bytes) }
    func send(text: String) throws { try self.send(.text(text)) }
    func send(bytes: some Sequence<UInt8>) throws { try self.channel.writeInbound(ByteBuffer(bytes: Array(bytes))) }

    /// What has arrived since the last time.
    func received() throws -> [ReceivedFrame] {
        var bytes = ByteBuffer()
        while var chunk = try self.channel.readOutbound(as: ByteBuffer.self) { bytes.writeBuffer(&chunk) }
        return try #require(ReceivedFrame.frames(in: bytes))
    }

    /// The same, one element a write to the socket, with the size of the buffer that was written from.
    func receivedWrites() throws -> [(frames: [ReceivedFrame], capacity: Int)] {
        var writes: [(frames: [ReceivedFrame], capacity: Int)] = []
        while let bytes = try self.channel.readOutbound(as: ByteBuffer.self) {
            let frames = try #require(ReceivedFrame.frames(in: bytes))
            writes.append((frames: frames, capacity: bytes.storageCapacity))
        }
        return writes
    }

    func receivedTexts() throws -> [String] { try self.received().map(\.text) }

    /// The payload of the one ping that has arrived.
    func receivedPing() throws -> [UInt8] {
        let frames = try self.received()
        #expect(frames.count == 1 && frames.first?.opcode == .ping)
        return frames.first?.payload ?? []
    }

    /// The channel asks for input, as it does whenever it has handed on what came.
    func askToRead() { self.channel.pipeline.read() }
    /// Reads that reached the socket.
    var reads: Int { self.counter.reads }

    /// Whether the socket takes what is written.
    func setWritable(_ isWritable: Bool) {
        self.channel.isWritable = isWritable
        self.channel.pipeline.fireChannelWritabilityChanged()
    }

    /// The connection is gone without a word.
    func drop() { _ = self.channel.close() }
    func endInput() { self.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }
}

extension ReceivedFrame {
    static func item(_ seq: Int, _ payload: String, _ type: String = "send") -> ReceivedFrame {
        .text(#"{"type":"\#(type)","seq":\#(seq),"payload":\#(payload)}"#)
    }

    /// The `id` of a mailbox frame.
    var mailboxID: String? { PlainJSON(self.payload)?["id"]?.text }

    /// The `ref` of an error frame.
    var errorRef: UInt64? { PlainJSON(self.payload)?["ref"]?.integer() }

    /// The `code` of an error frame.
    var errorCode: String? {
        let head = #"{"type":"error","code":""#
        guard self.text.hasPrefix(head) else { return nil }
        return String(self.text.dropFirst(head.count).prefix { $0 != "\"" })
    }
}
