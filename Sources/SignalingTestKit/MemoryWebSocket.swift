package import ByteStreams
import NIOCore
import NetworkAddresses
package import TimeKeeping
import WebSocketCore
package import WebSocketServer

/// WebSocket connections in memory, all of one loop, whose time goes on only when told.
package final class MemoryNetwork {
    package let clock = ManualClock()
    package let loop: ManualLoop
    package let context: LoopContext
    /// What is over, and held by nobody else, is gone.
    private var streams: [WeakStream] = []

    package init(gatherSize: Int = 4096) {
        self.loop = ManualLoop(self.clock)
        self.context = LoopContext(loop: self.loop, clock: self.clock.serverClock, gatherSize: gatherSize)
    }

    /// A connection whose opening handshake is done. `unread` came in together with the handshake.
    package func connect(_ connection: WebSocketConnection, unread: [UInt8] = []) -> MemoryWebSocket {
        let socket = MemoryWebSocket(connection, unread: unread, on: self)
        self.streams.append(WeakStream(stream: socket.stream))
        self.settle()
        return socket
    }

    /// Does something as the loop, and what follows from it.
    package func turn(_ body: () -> Void) {
        body()
        self.context.flushTouched()
        self.settle()
    }

    package func advance(by span: TimeSpan) {
        self.loop.advance(by: span)
        self.settle()
    }

    /// Whatever has arrived is read, wherever it is wanted.
    private func settle() {
        var isSettled = false
        while !isSettled {
            isSettled = true
            _ = self.loop.runReady()
            for case let stream? in self.streams.map(\.stream) where stream.canRead {
                stream.read()
                isSettled = false
            }
        }
    }
}

private struct WeakStream {
    weak var stream: MemoryStream?
}

/// The far end of a WebSocket connection in memory.
package final class MemoryWebSocket {
    package let connection: WebSocketConnection
    package let stream: MemoryStream
    private let tap: StreamTap
    private let network: MemoryNetwork

    fileprivate init(_ connection: WebSocketConnection, unread: [UInt8], on network: MemoryNetwork) {
        self.connection = connection
        self.network = network
        self.stream = MemoryStream(context: network.context)
        self.tap = StreamTap(connection, unread: ByteBuffer(bytes: unread))
        self.stream.begin(self.tap)
    }

    package var isOpen: Bool { self.stream.isOpen }
    /// Whether the server wants to read what this one sends.
    package var isReadFrom: Bool { self.stream.isReading }

    // MARK: - Sending

    package func send(_ frames: ClientFrame...) { self.send(bytes: frames.bytes) }
    package func send(text: String) { self.send(.text(text)) }
    package func send(bytes: some Sequence<UInt8>) {
        self.network.turn { self.stream.arrive(ByteBuffer(bytes: Array(bytes))) }
    }

    /// The connection is gone without a word.
    package func drop() { self.network.turn { self.stream.end(.reset) } }
    package func endInput() { self.network.turn { self.stream.end(.fin) } }

    // MARK: - Receiving

    /// Everything that has arrived since the last time.
    package func received() throws -> [ReceivedFrame] {
        self.tap.writes = []
        return try Self.frames(in: self.stream.takeSent())
    }

    package func receivedTexts() throws -> [String] { try self.received().map(\.text) }

    /// The payload of the one frame that has arrived, a ping.
    package func receivedPing() throws -> [UInt8] {
        let frames = try self.received()
        guard frames.count == 1, frames[0].opcode == .ping else { throw SocketFailure.unexpected("no ping: \(frames)") }
        return frames[0].payload
    }

    /// What has arrived, one element a write, with the size of the buffer that was written from.
    package func receivedWrites() throws -> [(frames: [ReceivedFrame], capacity: Int)] {
        let writes = self.tap.writes
        _ = try self.received()
        return try writes.map { (try Self.frames(in: $0.bytes), $0.capacity) }
    }

    private static func frames(in bytes: ByteBuffer) throws -> [ReceivedFrame] {
        guard let frames = ReceivedFrame.frames(in: bytes) else { throw SocketFailure.unexpected("frames that no server may send") }
        return frames
    }

    /// Whether the stream takes more: false stands for a client that does not read, for so long that everything in between is full.
    package func setWritable(_ isWritable: Bool) {
        self.network.turn { self.tap.setWritable(isWritable) }
    }
}

/// Between a stream and its driver: says for a test that the stream is behind, and keeps what was written, a buffer a write.
private final class StreamTap: StreamDriver, ByteStream {
    private let driver: any StreamDriver
    private let unread: ByteBuffer
    private var stream: (any ByteStream)?
    private var takesMore = true
    var writes: [(bytes: ByteBuffer, capacity: Int)] = []

    init(_ driver: any StreamDriver, unread: ByteBuffer) {
        self.driver = driver
        self.unread = unread
    }

    func setWritable(_ isWritable: Bool) {
        guard self.stream != nil, isWritable != self.takesMore else { return }
        self.takesMore = isWritable
        if isWritable { self.driver.becameWritable() }
    }

    // MARK: StreamDriver

    func opened(on stream: any ByteStream) {
        self.stream = stream
        self.driver.opened(on: self)
        if self.unread.readableBytes > 0 { self.driver.received(self.unread) }
    }

    func received(_ bytes: ByteBuffer) { self.driver.received(bytes) }
    func inputEnded() -> Bool { self.driver.inputEnded() }
    func readCompleted() { self.driver.readCompleted() }
    func becameWritable() { if self.takesMore { self.driver.becameWritable() } }
    var outlivesInput: Bool { self.driver.outlivesInput }

    func ended(_ error: (any Error)?) {
        self.stream = nil
        self.driver.ended(error)
    }

    // MARK: ByteStream

    var peer: ClientAddress { self.stream?.peer ?? .v4(0) }
    var isWritable: Bool { self.takesMore && self.stream?.isWritable == true }
    var unsentBytes: Int { self.stream?.unsentBytes ?? 0 }
    var isReading: Bool {
        get { self.stream?.isReading ?? false }
        set { self.stream?.isReading = newValue }
    }

    func write(_ bytes: ByteBuffer) {
        // A copy: a buffer that somebody else reads is not used again.
        self.writes.append((ByteBuffer(bytes: bytes.readableBytesView), bytes.storageCapacity))
        self.stream?.write(bytes)
    }

    func flush() { self.stream?.flush() }
    func closeOutput() { self.stream?.closeOutput() }
    func closeWhenSent() { self.stream?.closeWhenSent() }
    func close() { self.stream?.close() }

    func handOver(key: UInt64?, unread: ByteBuffer, to make: @escaping @Sendable (LoopContext) -> any StreamDriver) {
        self.stream?.handOver(key: key, unread: unread, to: make)
    }
}
