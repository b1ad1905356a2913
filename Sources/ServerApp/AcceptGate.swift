import NIOConcurrencyHelpers
import NIOCore
import SignalingRuntime
import Synchronization

/// Stops accepting while as many connections are open as may be, and goes on when one closes. Those that wait do so in the kernel's
/// queue; nobody who is connected notices.
final class AcceptGate: Sendable {
    private let connections: ConnectionCount
    private let isWaiting = Atomic<Bool>(false)
    private let listener = NIOLockedValueBox<(any Channel)?>(nil)

    init(connections: ConnectionCount) { self.connections = connections }

    var handler: any ChannelHandler { Handler(gate: self) }

    func opened() { self.connections.socketOpened() }

    /// Called on any loop.
    func closed() {
        self.connections.socketClosed()
        if self.isWaiting.exchange(false, ordering: .acquiringAndReleasing) { self.listener.withLockedValue { $0 }?.read() }
    }

    private final class Handler: ChannelDuplexHandler {
        typealias InboundIn = Channel
        typealias OutboundIn = Never

        private let gate: AcceptGate

        init(gate: AcceptGate) { self.gate = gate }

        func handlerAdded(context: ChannelHandlerContext) { self.gate.listener.withLockedValue { $0 = context.channel } }

        func read(context: ChannelHandlerContext) {
            if self.gate.connections.mayAccept { return context.read() }
            self.gate.isWaiting.store(true, ordering: .releasing)
            // One may have closed between the question and the note.
            if self.gate.connections.mayAccept, self.gate.isWaiting.exchange(false, ordering: .acquiringAndReleasing) { context.read() }
        }
    }
}
