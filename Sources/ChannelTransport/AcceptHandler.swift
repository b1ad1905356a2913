import ByteStreams
import NIOCore
import TimeKeeping

/// Holds a listening channel to the accept policy.
final class AcceptHandler: ChannelDuplexHandler {
    typealias InboundIn = Channel
    typealias OutboundIn = Never

    private let policy: AcceptPolicy

    init(_ policy: AcceptPolicy) { self.policy = policy }

    func handlerAdded(context: ChannelHandlerContext) {
        let listener = context.channel
        self.policy.whenAcceptingGoesOn { Self.goOn(listener) }
    }

    func read(context: ChannelHandlerContext) {
        if self.policy.mayAccept() { context.read() }
    }

    /// What could not be accepted still waits, so the socket stays readable, and NIO, left to itself, would try again without end. Only
    /// turning its automatic reading off makes it stop at this point.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        try? context.channel.syncOptions?.setOption(.autoRead, value: false)
        self.policy.failed(error)
        let listener = context.channel
        context.eventLoop.scheduleTask(in: .nanoseconds(AcceptPolicy.pauseAfterFailure.nanoseconds)) { Self.goOn(listener) }
    }

    private static func goOn(_ listener: any Channel) {
        // Without effect unless accept had failed. Both fail once the listener is closed, when there is nothing to go on with.
        _ = listener.setOption(.autoRead, value: true)
        listener.read()
    }
}
