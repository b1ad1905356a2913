import NIOCore
import NIOEmbedded
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import WebSocketServer

/// Notes that the handler let the channel read: only then does a socket hand over bytes.
private final class ReadGate: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    var isOpen = false

    func read(context: ChannelHandlerContext) {
        self.isOpen = true
        context.read()
    }
}

/// The far end of a connection, with a socket's buffer in between: what was sent arrives when the server reads, and as much of it as fits.
final class BenchClient {
    let side: Side
    let usesSID: Bool
    /// Bytes that a read hands over at most.
    var readSize = 4096
    /// Frames that reached the server, as RFC 6455 has them.
    private(set) var sent = ClientStream(maxMessage: Bench.maxMessage)
    private(set) var bytesDelivered = 0
    let log: DeliveryLog
    private(set) var isWritable = true

    private let channel: EmbeddedChannel
    private let gate = ReadGate()
    private var socket: ArraySlice<UInt8> = []
    private var output = ByteBuffer()

    init(
        _ handler: WebSocketHandler, side: Side, usesSID: Bool, context: LoopContext, loop: EmbeddedEventLoop, log: DeliveryLog
    ) throws {
        self.side = side
        self.log = log
        self.usesSID = usesSID
        self.channel = EmbeddedChannel(loop: loop)
        try self.channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 1)).wait()
        try self.channel.pipeline.syncOperations.addHandlers(self.gate, ChannelStream(driver: handler, loop: context))
        // What every channel does at first: ask for input.
        self.channel.pipeline.read()
    }

    var isOpen: Bool { self.channel.isActive }
    /// Bytes that the server does not want yet.
    var unread: Int { self.socket.count }

    func send(_ bytes: [UInt8]) throws {
        self.socket += bytes
        try self.pump()
    }

    /// Hands over what the server is willing to read.
    func pump() throws {
        while self.isOpen, self.gate.isOpen, !self.socket.isEmpty {
            let chunk = Array(self.socket.prefix(self.readSize))
            self.socket = self.socket.dropFirst(chunk.count)
            let known = self.sent.messages.count
            self.sent.append(chunk)
            for message in self.sent.messages[known...] { self.log.note(message, from: self.side) }
            self.bytesDelivered += chunk.count
            self.gate.isOpen = false
            try self.channel.writeInbound(ByteBuffer(bytes: chunk))
            self.channel.pipeline.read()
        }
    }

    func setWritable(_ isWritable: Bool) {
        guard self.isOpen, isWritable != self.isWritable else { return }
        self.isWritable = isWritable
        self.channel.isWritable = isWritable
        self.channel.pipeline.fireChannelWritabilityChanged()
    }

    /// The connection is gone without a word.
    func drop() { _ = self.channel.close() }

    func endInput() { self.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }

    /// All that the server wrote, as it stands.
    func allOutput() throws -> ByteBuffer {
        while var chunk = try self.channel.readOutbound(as: ByteBuffer.self) { self.output.writeBuffer(&chunk) }
        return self.output
    }

    func received() throws -> [ReceivedFrame] {
        let output = try self.allOutput()
        guard let frames = ReceivedFrame.frames(in: output) else {
            throw Finding("the server wrote what are no server's frames: \(shown(output.readableBytesView))")
        }
        return frames
    }
}
