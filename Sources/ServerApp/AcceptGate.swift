import Logging
import NIOConcurrencyHelpers
import NIOCore
import SignalingRuntime
import Synchronization

/// Stops accepting while as many connections are open as may be, or for a moment when the system has no descriptor left, and goes on when
/// one closes. Those that wait do so in the kernel's queue; nobody who is connected notices.
final class AcceptGate: Sendable {
    /// After accept failed, how long until it is tried again, unless a connection closes first.
    private static let pause = TimeAmount.milliseconds(200)

    private let connections: ConnectionCount
    private let logger: Logger
    private let isWaiting = Atomic<Bool>(false)
    private let listener = NIOLockedValueBox<(any Channel)?>(nil)

    init(connections: ConnectionCount, logger: Logger) {
        self.connections = connections
        self.logger = logger
    }

    var handler: any ChannelHandler { Handler(gate: self) }

    func opened() { self.connections.socketOpened() }

    /// Called on any loop.
    func closed() {
        self.connections.socketClosed()
        self.goOn()
    }

    private func goOn() {
        guard self.isWaiting.exchange(false, ordering: .acquiringAndReleasing), let listener = self.listener.withLockedValue({ $0 })
        else { return }
        // Without effect unless accept had failed. Both fail once the listener is closed, when there is nothing to go on with.
        _ = listener.setOption(.autoRead, value: true)
        listener.read()
    }

    private final class Handler: ChannelDuplexHandler {
        typealias InboundIn = Channel
        typealias OutboundIn = Never

        private let gate: AcceptGate
        private var isFailing = false

        init(gate: AcceptGate) { self.gate = gate }

        func handlerAdded(context: ChannelHandlerContext) { self.gate.listener.withLockedValue { $0 = context.channel } }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            self.isFailing = false
            context.fireChannelRead(data)
        }

        func read(context: ChannelHandlerContext) {
            if self.gate.connections.mayAccept { return context.read() }
            self.gate.isWaiting.store(true, ordering: .releasing)
            // One may have closed between the question and the note.
            if self.gate.connections.mayAccept, self.gate.isWaiting.exchange(false, ordering: .acquiringAndReleasing) { context.read() }
        }

        /// Accept failed, most likely for want of a descriptor. What could not be accepted still waits, so the socket stays readable, and
        /// NIO, left to itself, would try again without end. Only turning its automatic reading off makes it stop at this point.
        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            try? context.channel.syncOptions?.setOption(.autoRead, value: false)
            self.gate.isWaiting.store(true, ordering: .releasing)
            context.eventLoop.scheduleTask(in: AcceptGate.pause) { [gate = self.gate] in gate.goOn() }
            if !self.isFailing {
                self.gate.logger.warning("cannot accept connections; trying again", metadata: ["error": "\(error)"])
                self.isFailing = true
            }
        }
    }
}
