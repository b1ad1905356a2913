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
    private let isWaiting = Atomic<Bool>(false)
    private let listener = NIOLockedValueBox<(any Channel)?>(nil)

    init(connections: ConnectionCount) { self.connections = connections }

    /// Stands in the listener's pipeline; `report` is told when accepting begins to fail.
    func handler(report: @escaping @Sendable (any Error) -> Void) -> any ChannelHandler { Handler(gate: self, report: report) }

    func opened() { self.connections.socketOpened() }

    /// Called on any loop.
    func closed() {
        self.connections.socketClosed()
        // Against the one in `read`: either this sees that accepting waits, or that sees that there is room.
        atomicMemoryFence(ordering: .sequentiallyConsistent)
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
        private let report: @Sendable (any Error) -> Void
        private var isFailing = false

        init(gate: AcceptGate, report: @escaping @Sendable (any Error) -> Void) {
            self.gate = gate
            self.report = report
        }

        func handlerAdded(context: ChannelHandlerContext) { self.gate.listener.withLockedValue { $0 = context.channel } }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            self.isFailing = false
            context.fireChannelRead(data)
        }

        func read(context: ChannelHandlerContext) {
            if self.gate.connections.mayAccept { return context.read() }
            self.gate.isWaiting.store(true, ordering: .releasing)
            atomicMemoryFence(ordering: .sequentiallyConsistent)
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
                self.report(error)
                self.isFailing = true
            }
        }
    }
}
