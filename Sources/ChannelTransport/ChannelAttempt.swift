import ByteStreams
import NIOCore
import NIOPosix
import NIOTLS
import TimeKeeping

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A channel that is to become a stream when it is connected, and TLS agreed on.
final class ChannelAttempt: ConnectAttempt {
    private let address: SocketAddress
    private let limit: TimeSpan
    private let loop: ChannelLoop
    /// Until it has heard what came of this.
    private var driver: (any StreamDriver)?
    /// Until then, too.
    private var context: LoopContext?
    private var channel: (any Channel)?
    private var deadline: ExpiryToken?

    init(to address: SocketAddress, within limit: TimeSpan, driver: (any StreamDriver)?, loop: ChannelLoop) {
        self.address = address
        self.limit = limit
        self.driver = driver
        self.loop = loop
    }

    func begin(_ tls: (any ClientTLS)?, _ context: LoopContext, _ open: OpenChannels, firstRead: Int) {
        self.context = context
        self.deadline = context.timers.schedule(self, at: context.clock.now() + self.limit)
        // A channel may fail from within the call.
        self.loop.eventLoop.assumeIsolated().execute {
            guard self.driver != nil else { return }
            switch tls {
            case nil: self.connect(nil, open, firstRead)
            case let tls as ChannelTLS: self.connect(tls, open, firstRead)
            default: self.fail(.lacksTLS)
            }
        }
    }

    private func connect(_ tls: ChannelTLS?, _ open: OpenChannels, _ firstRead: Int) {
        let attempt = NIOLoopBound(self, eventLoop: self.loop.eventLoop)
        ClientBootstrap(group: self.loop.eventLoop)
            // The limit is a deadline of the loop's; this one cannot be left out.
            .connectTimeout(.hours(24))
            .channelOption(.allowRemoteHalfClosure, value: tls == nil)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.socketOption(.so_rcvbuf), value: .init(ListenerOptions.mostUnread))
            .channelOption(.recvAllocator, value: ChannelLoops.readBuffers(first: firstRead))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    open.insert(channel) {}
                    try attempt.value.setUp(channel, tls)
                }
            }
            .connect(to: self.address).assumeIsolated().whenFailure { attempt.value.fail($0) }
    }

    private func setUp(_ channel: any Channel, _ tls: ChannelTLS?) throws {
        self.channel = channel
        // Frames are gathered here already; NIO does the same by default, and only for TCP. The other is unknown to some systems.
        if self.address.protocol != .unix {
            try? channel.syncOptions?.setOption(
                .tcpOption(NIOBSDSocket.Option(rawValue: TCP_NOTSENT_LOWAT)), value: Int(ListenerOptions.mostUnsent))
        }
        let pipeline = channel.pipeline.syncOperations
        if let tls { try pipeline.addHandler(tls.makeHandler()) }
        try pipeline.addHandler(ConnectHandler(self, waitsForTLS: tls != nil))
    }

    /// The connection is there.
    fileprivate func open(_ pipeline: ChannelPipeline.SynchronousOperations) {
        guard let (driver, context) = self.release() else { return }
        do { try pipeline.addHandler(ChannelStream(driver: driver, context: context)) } catch {
            // The channel is closed already.
            driver.ended(ConnectError(self.address, .failed("\(error)")))
        }
        context.flushTouched()
    }

    fileprivate func fail(_ error: any Error) {
        switch error {
        case let error as IOError: self.fail(.system(SystemCallError("connect", code: error.errnoCode)))
        default: self.fail(.failed("\(error)"))
        }
    }

    func fail(_ reason: ConnectError.Reason) {
        guard let (driver, context) = self.release() else { return }
        self.close()
        driver.ended(ConnectError(self.address, reason))
        context.flushTouched()
    }

    func cancel() {
        if self.release() != nil { self.close() }
    }

    private func release() -> (any StreamDriver, LoopContext)? {
        guard let driver = self.driver.take(), let context = self.context.take() else { return nil }
        if let deadline = self.deadline { context.timers.cancel(deadline) }
        self.loop.remove(self)
        return (driver, context)
    }

    /// At once, and from below TLS, whose own end waits for the other side's.
    private func close() {
        guard let channel = self.channel.take() else { return }
        if let tls = channel.pipeline.syncOperations.tls { tls.close(promise: nil) } else { channel.close(promise: nil) }
    }
}

extension ChannelAttempt: DeadlineTarget {
    func deadlineReached(now: MonotonicTime) { self.fail(.overLimit(self.limit)) }
}

/// Tells the attempt what becomes of its channel, and makes way for the stream.
private final class ConnectHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let attempt: ChannelAttempt
    private let waitsForTLS: Bool

    init(_ attempt: ChannelAttempt, waitsForTLS: Bool) {
        self.attempt = attempt
        self.waitsForTLS = waitsForTLS
    }

    func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        if !self.waitsForTLS { self.open(context) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        context.fireUserInboundEventTriggered(event)
        if let event = event as? TLSUserEvent, case .handshakeCompleted = event { self.open(context) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { self.attempt.fail(error) }

    func channelInactive(context: ChannelHandlerContext) {
        self.attempt.fail(.failed("the other side closed before TLS was agreed on"))
    }

    private func open(_ context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        // First: what the driver does may end the channel, which then tells all that are left.
        pipeline.removeHandler(self, promise: nil)
        self.attempt.open(pipeline)
    }
}
