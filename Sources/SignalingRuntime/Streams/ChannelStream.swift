package import NIOCore
package import NetworkAddresses
import SignalingCore

/// A NIO channel as a byte stream: the last handler of its pipeline.
package final class ChannelStream: ChannelDuplexHandler, ByteStream {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundIn = Never
    package typealias OutboundOut = ByteBuffer

    package private(set) var peer = ClientAddress.v4(0)

    private let loop: LoopContext
    private var driver: (any StreamDriver)?
    private var context: ChannelHandlerContext?
    private var error: (any Error)?
    /// The channel asked for input while none was wanted.
    private var isReadPending = false
    /// Nothing that is written from here on goes out.
    private var isOutputEnding = false
    /// The whole connection ends after what is written; an end of this direction alone would cut that off where the client has ended its own.
    private var isClosingWhenSent = false
    /// A batch of events is under way, at whose end the driver is told that it was all.
    private var isInBatch = false
    private var owesCompletion = false

    package init(driver: any StreamDriver, loop: LoopContext) {
        self.driver = driver
        self.loop = loop
    }

    // MARK: - ByteStream

    package var isWritable: Bool { self.context?.channel.isWritable ?? false }

    package var unsentBytes: Int {
        // A socket channel has this option; an embedded one takes everything at once.
        (try? self.context?.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    package var isReading = true {
        didSet {
            guard self.isReading, self.isReadPending else { return }
            self.isReadPending = false
            self.context?.read()
        }
    }

    package func write(_ bytes: ByteBuffer) {
        if !self.isOutputEnding { self.context?.write(self.wrapOutboundOut(bytes), promise: nil) }
    }

    package func flush() { self.context?.flush() }

    package func closeOutput() {
        guard let context = self.context, !self.isClosingWhenSent else { return }
        self.isOutputEnding = true
        context.flush()
        // With everything out and the peer gone, the system refuses; then there is nothing to wait for.
        context.close(mode: .output).assumeIsolated().whenFailure { _ in context.close(promise: nil) }
    }

    package func closeWhenSent() {
        guard let context = self.context else { return }
        self.isOutputEnding = true
        self.isClosingWhenSent = true
        context.flush()
        if self.unsentBytes == 0 { return context.close(promise: nil) }
        // An empty write is done when all before it are.
        context.writeAndFlush(self.wrapOutboundOut(ByteBuffer())).assumeIsolated().whenComplete { _ in context.close(promise: nil) }
    }

    package func close() { self.context?.close(promise: nil) }

    package func handOver(key: UInt64, unread: ByteBuffer, to make: @escaping @Sendable (LoopContext) -> any StreamDriver) {
        guard self.driver != nil, let context = self.context else { return }
        let driver = make(self.loop)
        self.driver = driver
        self.owesCompletion = true
        driver.opened(on: self)
        // That may have closed the stream, or passed it on.
        if unread.readableBytes > 0 { self.driver?.received(unread) }
        if !self.isInBatch { context.eventLoop.assumeIsolated().execute { self.endBatch() } }
    }

    // MARK: - Channel events

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.peer = context.remoteAddress.flatMap(ClientAddress.init) ?? .v4(0)
        self.isInBatch = true
        self.owesCompletion = true
        self.driver?.opened(on: self)
        self.endBatch()
    }

    package func handlerRemoved(context: ChannelHandlerContext) { self.finish() }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.isInBatch = true
        self.owesCompletion = true
        self.driver?.received(self.unwrapInboundIn(data))
    }

    package func channelReadComplete(context: ChannelHandlerContext) { self.endBatch() }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { self.driver?.becameWritable() }
        self.finishBatch()
    }

    package func read(context: ChannelHandlerContext) {
        if self.isReading { context.read() } else { self.isReadPending = true }
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed {
            if self.driver?.outlivesInput == true { self.closeWhenSent() } else { context.close(promise: nil) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset, or TLS gone wrong: there is nobody left to talk to.
        self.error = self.error ?? error
        context.close(promise: nil)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        self.finish()
        context.fireChannelInactive()
    }

    private func finish() {
        guard let driver = self.driver else { return }
        self.driver = nil
        driver.ended(self.error)
        self.context = nil
        self.finishBatch()
    }

    private func endBatch() {
        // The driver may hand over to another when it is told, which is to be told as well.
        while self.owesCompletion, let driver = self.driver {
            self.owesCompletion = false
            driver.readCompleted()
        }
        self.isInBatch = false
        self.finishBatch()
    }

    /// Whoever got something from these events is woken, and what was written goes out.
    private func finishBatch() {
        self.loop.flushTouched()
        self.context?.flush()
    }
}

extension ClientAddress {
    /// The address of a socket's peer; nil for a Unix domain socket.
    init?(_ address: SocketAddress) {
        guard let text = address.ipAddress else { return nil }
        // A link-local IPv6 peer comes with its zone, which names an interface of this machine and says nothing about the client.
        self.init(text.prefix { $0 != "%" })
    }
}
