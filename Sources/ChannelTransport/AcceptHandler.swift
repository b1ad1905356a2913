import ByteStreams
import NIOCore
import NetworkAddresses
import TimeKeeping

/// Holds a listening channel to the accept policy.
final class AcceptHandler: ChannelDuplexHandler {
    typealias InboundIn = Channel
    typealias OutboundIn = Never

    private let policy: AcceptPolicy
    private let open: OpenChannels
    private var context: ChannelHandlerContext?
    /// The channel was not allowed to accept when it asked, or has failed to.
    private var isResting = false
    private var retry: Scheduled<Void>?

    init(_ policy: AcceptPolicy, _ open: OpenChannels) {
        self.policy = policy
        self.open = open
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let eventLoop = context.eventLoop
        let handler = NIOLoopBound(self, eventLoop: eventLoop)
        self.policy.whenAcceptingGoesOn { eventLoop.execute { handler.value.goOn() } }
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.stop() }

    /// Accepts no more, whatever the policy says.
    func stop() {
        self.policy.whenAcceptingGoesOn(nil)
        self.retry?.cancel()
        // Fails where the listener is closed already.
        try? self.context?.channel.syncOptions?.setOption(.autoRead, value: false)
        self.context = nil
    }

    /// Asked for before each accept, as the listener takes one connection at a time.
    func read(context: ChannelHandlerContext) {
        self.isResting = !self.policy.mayAccept()
        if self.isResting { self.askForSpace() } else { context.read() }
    }

    /// Clients hold all there is: one whose connection nobody needs has to give it up.
    private func askForSpace() {
        if self.policy.askForSpace() { self.retryLater() }
    }

    private func retryLater() {
        guard self.retry == nil, let context = self.context else { return }
        self.retry = context.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(AcceptPolicy.pauseAfterFailure.nanoseconds)) {
            self.retry = nil
            self.goOn()
            if self.isResting { self.askForSpace() }
        }
    }

    /// Counted here, before another is accepted: the loop that the connection is for may be long in coming to it.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let policy = self.policy
        let channel = self.unwrapInboundIn(data)
        let peer = channel.remoteAddress.map(ClientAddress.init) ?? .v4(0)
        guard policy.opened(by: peer) else { return channel.close(promise: nil) }
        self.open.insert(channel) { policy.closed(by: peer) }
        context.fireChannelRead(data)
    }

    /// What could not be accepted still waits, so the socket stays readable, and NIO, left to itself, would try again without end. Only
    /// turning its automatic reading off makes it stop at this point.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // NIO goes on by itself. (After some of these errors it has closed the listener, whatever is done here.)
        if let error = error as? IOError, AcceptPolicy.concernsOneConnection(error.errnoCode) { return }
        try? context.channel.syncOptions?.setOption(.autoRead, value: false)
        self.isResting = true
        self.policy.failed(error)
        self.retryLater()
    }

    private func goOn() {
        guard self.isResting, let context = self.context, self.policy.mayAccept() else { return }
        self.isResting = false
        // Without effect unless accept had failed; otherwise this begins to read by itself. Both fail once the listener is closed, when
        // there is nothing to go on with.
        try? context.channel.syncOptions?.setOption(.autoRead, value: true)
        context.read()
    }
}
