import NIOCore

/// The server's end of a connection, with the kernel's two buffers behind it. It behaves as a socket channel does: it reads only when
/// asked, writes what the send buffer takes, calls itself unwritable above a mark, and throws away what was not sent when it is closed.
///
/// `@unchecked Sendable`: see `SimulatedLoop`.
final class SimulatedChannel: Channel, ChannelCore, @unchecked Sendable {
    enum End: Equatable { case fin, reset }

    /// NIO's default marks.
    private static let highMark = 64 * 1024
    private static let lowMark = 32 * 1024

    private let loop: SimulatedLoop
    private let sendCapacity: Int
    private let closePromise: EventLoopPromise<Void>
    private var ownPipeline: ChannelPipeline?

    /// What has arrived and was not read by the server yet.
    private(set) var received = ByteBuffer()
    private(set) var bytesRead = 0
    private var wantsRead = false

    private var writes: CircularBuffer<(bytes: ByteBuffer, promise: EventLoopPromise<Void>?)> = []
    private var flushed = 0
    private var bufferedBytes = 0
    /// In the send buffer or on its way: the client has not read it.
    private(set) var sent = ByteBuffer()
    private(set) var bytesTaken = 0
    private(set) var sentEnd: End?

    private(set) var isActive = true
    private(set) var isWritable = true

    init(loop: SimulatedLoop, sendCapacity: Int) {
        self.loop = loop
        self.sendCapacity = sendCapacity
        self.closePromise = loop.makePromise()
        self.ownPipeline = ChannelPipeline(channel: self)
    }

    // MARK: - The network's side, each within the loop's turn

    /// Bytes arrive.
    func arrive(_ bytes: inout ByteBuffer, length: Int) {
        guard var slice = bytes.readSlice(length: length) else { return }
        self.received.writeBuffer(&slice)
    }

    /// Whether the server would take something now.
    var canRead: Bool { self.isActive && self.wantsRead && self.received.readableBytes > 0 }

    /// Whether something has arrived that the server does not want.
    var isHeldBack: Bool { self.isActive && !self.wantsRead && self.received.readableBytes > 0 }

    /// One read of the server: what has arrived, `most` at a time; does nothing while it does not want to.
    func read(most: Int) {
        guard self.canRead, let chunk = self.received.readSlice(length: min(most, self.received.readableBytes)) else { return }
        self.wantsRead = false
        self.handOn(chunk)
        self.pipeline.syncOperations.fireChannelReadComplete()
        if self.isActive { self.pipeline.syncOperations.read() }
    }

    /// One read before the end of the client's stream, which is noticed even while the server does not read.
    func readBeforeEnd() {
        guard self.isActive, let chunk = self.received.readSlice(length: min(65_536, self.received.readableBytes)) else { return }
        self.handOn(chunk)
        self.pipeline.syncOperations.fireChannelReadComplete()
    }

    /// The client's side of the connection ended; a reset throws away what was not read.
    func end(_ end: End) {
        guard self.isActive else { return }
        if end == .reset {
            self.received.clear()
            self.pipeline.syncOperations.fireErrorCaught(IOError(errnoCode: 104, reason: "read"))
        }
        self.close0(error: ChannelError.eof, mode: .all, promise: nil)
    }

    private func handOn(_ chunk: ByteBuffer) {
        self.bytesRead += chunk.readableBytes
        // Storage of its own, as every read of a socket has.
        self.pipeline.syncOperations.fireChannelRead(NIOAny(ByteBuffer(bytes: chunk.readableBytesView)))
        if self.received.readableBytes == 0 { self.received.clear() }
    }

    /// The client reads; room in the send buffer lets the server write on.
    func takeSent(most: Int) -> ByteBuffer {
        let slice = self.sent.readSlice(length: min(most, self.sent.readableBytes)) ?? ByteBuffer()
        self.sent.discardReadBytes()
        self.pushToKernel()
        return slice
    }

    private func pushToKernel() {
        while self.flushed > 0, self.isActive, self.sent.readableBytes < self.sendCapacity {
            guard var first = self.writes.first else { break }
            let room = self.sendCapacity - self.sent.readableBytes
            let length = min(room, first.bytes.readableBytes)
            if var part = first.bytes.readSlice(length: length) { self.sent.writeBuffer(&part) }
            self.bytesTaken += length
            self.bufferedBytes -= length
            guard first.bytes.readableBytes == 0 else {
                self.writes[self.writes.startIndex] = first
                break
            }
            self.writes.removeFirst()
            self.flushed -= 1
            first.promise?.succeed(())
        }
        if !self.isWritable, self.isActive, self.bufferedBytes < Self.lowMark {
            self.isWritable = true
            self.pipeline.syncOperations.fireChannelWritabilityChanged()
        }
    }

    // MARK: - ChannelCore

    func write0(_ data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard self.isActive, self.sentEnd == nil else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        let bytes = self.unwrapData(data, as: ByteBuffer.self)
        self.writes.append((bytes, promise))
        self.bufferedBytes += bytes.readableBytes
        if self.isWritable, self.bufferedBytes > Self.highMark {
            self.isWritable = false
            self.pipeline.syncOperations.fireChannelWritabilityChanged()
        }
    }

    func flush0() {
        self.flushed = self.writes.count
        self.pushToKernel()
    }

    func read0() { self.wantsRead = true }

    func close0(error: any Error, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard self.isActive else {
            promise?.fail(ChannelError.alreadyClosed)
            return
        }
        switch mode {
        case .output:
            self.sentEnd = self.sentEnd ?? .fin
            promise?.succeed(())
            self.pipeline.syncOperations.fireUserInboundEventTriggered(ChannelEvent.outputClosed)
        case .input:
            promise?.fail(ChannelError.operationUnsupported)
        case .all:
            self.isActive = false
            // A socket closed with unread input resets the connection instead of ending it.
            if self.sentEnd == nil { self.sentEnd = self.received.readableBytes > 0 ? .reset : .fin }
            for write in self.writes { write.promise?.fail(error) }
            self.writes = []
            self.flushed = 0
            self.bufferedBytes = 0
            promise?.succeed(())
            self.pipeline.syncOperations.fireChannelInactive()
            self.pipeline.syncOperations.fireChannelUnregistered()
            self.loop.execute {
                self.removeHandlers(pipeline: self.pipeline)
                self.closePromise.succeed(())
                // The two hold each other.
                self.ownPipeline = nil
            }
        }
    }

    func localAddress0() throws -> SocketAddress { throw ChannelError.operationUnsupported }
    func remoteAddress0() throws -> SocketAddress { throw ChannelError.operationUnsupported }
    func register0(promise: EventLoopPromise<Void>?) { promise?.succeed(()) }
    func registerAlreadyConfigured0(promise: EventLoopPromise<Void>?) { promise?.succeed(()) }
    func bind0(to: SocketAddress, promise: EventLoopPromise<Void>?) { promise?.fail(ChannelError.operationUnsupported) }
    func connect0(to: SocketAddress, promise: EventLoopPromise<Void>?) { promise?.fail(ChannelError.operationUnsupported) }
    func triggerUserOutboundEvent0(_ event: Any, promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.operationUnsupported)
    }
    func channelRead0(_ data: NIOAny) {}
    func errorCaught0(error: any Error) {}

    // MARK: - Channel

    var allocator: ByteBufferAllocator { ByteBufferAllocator() }
    var closeFuture: EventLoopFuture<Void> { self.closePromise.futureResult }
    var pipeline: ChannelPipeline {
        guard let pipeline = self.ownPipeline else { preconditionFailure("nobody asks a channel that has ended for its pipeline") }
        return pipeline
    }
    var localAddress: SocketAddress? { nil }
    var remoteAddress: SocketAddress? { nil }
    var parent: (any Channel)? { nil }
    var eventLoop: any EventLoop { self.loop }
    var _channelCore: any ChannelCore { self }
    var syncOptions: (any NIOSynchronousChannelOptions)? { Options(channel: self) }

    func setOption<Option: ChannelOption>(_ option: Option, value: Option.Value) -> EventLoopFuture<Void> {
        self.loop.makeFailedFuture(ChannelError.operationUnsupported)
    }

    func getOption<Option: ChannelOption>(_ option: Option) -> EventLoopFuture<Option.Value> {
        self.loop.makeFailedFuture(ChannelError.operationUnsupported)
    }

    /// The one option that the server asks for.
    private struct Options: NIOSynchronousChannelOptions {
        let channel: SimulatedChannel

        func setOption<Option: ChannelOption>(_ option: Option, value: Option.Value) throws {
            throw ChannelError.operationUnsupported
        }

        func getOption<Option: ChannelOption>(_ option: Option) throws -> Option.Value {
            guard option is ChannelOptions.Types.BufferedWritableBytesOption, let bytes = self.channel.bufferedBytes as? Option.Value else {
                throw ChannelError.operationUnsupported
            }
            return bytes
        }
    }
}
