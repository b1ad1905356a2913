import ByteStreams
import NIOCore
import NetworkAddresses

/// A NIO channel as a byte stream: the last handler of its pipeline.
///
/// A channel tells at once, from within the call, what comes of a write or a flush: that it takes more again, or that it is broken, and what
/// had come in before that. The stream's driver is not to be called from within its own call. It sees for itself that it may write; the
/// rest it is told afterwards.
final class ChannelStream: ChannelDuplexHandler, ByteStream {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    private enum Ending {
        case none
        /// After what is written this direction ends: that waits for the channel to be active, is under way, or done.
        case outputIsDue, outputEnds, outputHasEnded
        /// After what is written the connection ends.
        case connection
    }

    private(set) var peer = ClientAddress.v4(0)

    private let shared: LoopContext
    private var driver: (any StreamDriver)?
    /// Until the driver is told of the end.
    private var context: ChannelHandlerContext?
    private var error: (any Error)?
    private var ending = Ending.none
    /// The channel asked for input while none was wanted.
    private var isReadPending = false
    /// A batch of events is under way, at whose end the driver is told that it was all.
    private var isInBatch = false
    private var owesCompletion = false
    /// A call of the driver's is under way that the channel may have something to tell of.
    private var isInCall = false
    /// What the channel told meanwhile, input and that it is closed, and the driver is yet to be told.
    private var isToSettle = false
    private var lateInput: [ByteBuffer] = []
    private var isBroken = false

    init(driver: any StreamDriver, context: LoopContext) {
        self.driver = driver
        self.shared = context
    }

    // MARK: - ByteStream

    var isWritable: Bool { !self.isBroken && self.context?.channel.isWritable ?? false }

    var unsentBytes: Int { (try? self.context?.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0 }

    var isReading = true {
        didSet {
            guard self.isReading, self.isReadPending, let context = self.context else { return }
            self.isReadPending = false
            self.call { context.read() }
        }
    }

    func write(_ bytes: ByteBuffer) {
        guard let context = self.context, case .none = self.ending, !self.isBroken else { return }
        self.call { context.write(self.wrapOutboundOut(bytes), promise: nil) }
    }

    func flush() {
        guard let context = self.context else { return }
        self.call { context.flush() }
    }

    func closeOutput() {
        guard let context = self.context, case .none = self.ending else { return }
        self.ending = .outputIsDue
        if context.channel.isActive { self.endOutput() }
    }

    private func endOutput() {
        guard let context = self.context, case .outputIsDue = self.ending else { return }
        self.ending = .outputEnds
        self.call {
            context.flush()
            context.close(mode: .output).assumeIsolated().whenComplete { result in
                // With everything out and the peer gone, the system refuses; then there is nothing to wait for.
                guard case .outputEnds = self.ending, case .success = result else { return self.close() }
                self.ending = .outputHasEnded
            }
        }
    }

    func closeWhenSent() {
        guard let context = self.context else { return }
        switch self.ending {
        case .connection: return
        case .outputHasEnded: self.close()
        // Leads to this end too.
        case .outputEnds: self.ending = .connection
        case .none, .outputIsDue:
            self.ending = .connection
            self.call {
                // An empty write is done when all before it are.
                context.writeAndFlush(self.wrapOutboundOut(ByteBuffer())).assumeIsolated().whenComplete { _ in self.close() }
            }
        }
    }

    func close() {
        guard let context = self.context else { return }
        self.call { context.close(promise: nil) }
        // Behind TLS the channel is open still, and reads the client's part of the end.
        if self.isReadPending { context.read() }
        self.finish()
    }

    func abort() {
        guard let context = self.context, let tls = context.pipeline.syncOperations.tls else { return self.close() }
        // From below TLS, whose own end waits for the client's.
        self.call { tls.close(promise: nil) }
        self.finish()
    }

    func handOver(key: UInt64?, unread: ByteBuffer, to make: @escaping @Sendable (LoopContext) -> any StreamDriver) {
        guard self.driver != nil, let context = self.context else { return }
        let driver = make(self.shared)
        self.driver = driver
        self.owesCompletion = true
        driver.opened(on: self)
        // That may have closed the stream, or passed it on.
        if unread.readableBytes > 0 { self.driver?.received(unread) }
        if !self.isInBatch { context.eventLoop.assumeIsolated().execute { self.endBatch() } }
    }

    // MARK: - Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.peer = context.remoteAddress.map(ClientAddress.init) ?? .v4(0)
        self.isInBatch = true
        self.owesCompletion = true
        self.driver?.opened(on: self)
        self.endBatch()
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.finish() }

    func channelActive(context: ChannelHandlerContext) {
        // Before the handshake has begun, TLS would let the connection end under it. It begins when all handlers have been told.
        if case .outputIsDue = self.ending { context.eventLoop.assumeIsolated().execute { self.endOutput() } }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = self.unwrapInboundIn(data)
        guard self.isInCall || self.isToSettle else { return self.receive(bytes) }
        self.lateInput.append(bytes)
        self.settleLater(context)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if !self.isInCall, !self.isToSettle { self.endBatch() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard !self.isInCall, self.isWritable else { return }
        self.driver?.becameWritable()
        self.finishBatch()
    }

    func read(context: ChannelHandlerContext) {
        if self.isReading || self.driver == nil { context.read() } else { self.isReadPending = true }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ClientIdentified { self.driver?.identified(as: event.client) }
        if let event = event as? ChannelEvent, event == .inputClosed {
            if self.driver?.inputEnded() == true {
                self.finishBatch()
            } else if self.driver?.outlivesInput == true {
                self.closeWhenSent()
            } else {
                self.close()
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset, or TLS gone wrong: there is nobody left to talk to.
        self.error = self.error ?? NotTLS(error) ?? error
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if self.isInCall || self.isToSettle {
            self.isBroken = true
            self.settleLater(context)
        } else {
            self.finish()
        }
        context.fireChannelInactive()
    }

    // MARK: -

    /// Does for the driver what the channel may have something to tell of at once, and tells the driver later.
    private func call(_ body: () -> Void) {
        guard !self.isInCall else { return body() }
        self.isInCall = true
        body()
        self.isInCall = false
    }

    private func settleLater(_ context: ChannelHandlerContext) {
        guard !self.isToSettle else { return }
        self.isToSettle = true
        context.eventLoop.assumeIsolated().execute { self.settle() }
    }

    private func settle() {
        self.isToSettle = false
        let input = self.lateInput
        self.lateInput = []
        for bytes in input { self.receive(bytes) }
        self.endBatch()
        if self.isBroken { self.finish() }
    }

    private func receive(_ bytes: ByteBuffer) {
        self.isInBatch = true
        self.owesCompletion = true
        self.driver?.received(bytes)
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
        self.shared.flushTouched()
        self.context?.flush()
    }

    private func finish() {
        guard let driver = self.driver else { return }
        self.driver = nil
        self.context = nil
        driver.ended(self.error)
        self.shared.flushTouched()
    }
}
