import ByteStreams
import NIOCore
import SignalingTestKit
import SignalingWire
import WebSocketServer

/// The far end of a connection, with a socket's buffer in between: what was sent arrives when the server reads, and as much of it as fits.
final class BenchClient {
    let side: Side
    let usesSID: Bool
    /// Bytes that a read hands over at most.
    var readSize = 4096
    /// Frames that reached the server, as RFC 6455 has them.
    private(set) var sent: ClientStream
    private(set) var bytesDelivered = 0
    let log: DeliveryLog
    private(set) var isWritable = true

    private let stream: MemoryStream
    private var socket: ArraySlice<UInt8> = []
    private var output = ByteBuffer()

    init(_ connection: WebSocketConnection, side: Side, usesSID: Bool, context: LoopContext, log: DeliveryLog) {
        self.side = side
        self.log = log
        self.usesSID = usesSID
        self.sent = ClientStream(maxMessage: Bench.maxMessage)
        // The mark is low, so that inputs get past it.
        self.stream = MemoryStream(context: context, mostWaiting: 0)
        self.stream.begin(connection)
    }

    /// Whether the server has not ended the connection, or its direction of it.
    var isOpen: Bool { self.stream.isOpen && self.stream.sentEnd == nil }
    /// Bytes that the server does not want yet.
    var unread: Int { self.socket.count }

    func send(_ bytes: [UInt8]) throws {
        self.socket += bytes
        try self.pump()
    }

    /// Hands over what the server is willing to read. An end of the server's is answered by the client's.
    func pump() throws {
        while self.stream.isOpen, self.stream.isReading, !self.socket.isEmpty { self.deliver(self.readSize) { self.stream.read() } }
        if self.stream.sentEnd != nil { self.stream.end(.fin) }
    }

    private func deliver(_ most: Int, _ read: () -> Void) {
        let chunk = Array(self.socket.prefix(most))
        self.socket = self.socket.dropFirst(chunk.count)
        let known = self.sent.messages.count
        self.sent.append(chunk)
        for message in self.sent.messages[known...] { self.log.note(message, from: self.side) }
        self.bytesDelivered += chunk.count
        self.stream.arrive(ByteBuffer(bytes: chunk))
        read()
    }

    /// Whether the client reads, and so the server can write.
    func setWritable(_ isWritable: Bool) {
        guard self.isOpen, isWritable != self.isWritable else { return }
        self.isWritable = isWritable
        self.stream.sendCapacity = isWritable ? .max : 0
        if isWritable { self.output.writeImmutableBuffer(self.stream.takeSent()) }
    }

    /// The connection is gone without a word.
    func drop() { self.stream.end(.reset) }

    /// The client ends its direction, behind all it has sent: the server reads that, whether it wanted to or not.
    func endInput() { self.deliver(.max) { self.stream.end(.fin) } }

    /// All that the server wrote, as it stands.
    func allOutput() throws -> ByteBuffer {
        self.output.writeImmutableBuffer(self.stream.takeSent())
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
