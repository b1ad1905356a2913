import NIOConcurrencyHelpers
import NIOCore

/// What has arrived on a socket, and the one task that may be waiting for more.
final class SocketInbox: Sendable {
    private struct State {
        var bytes = ByteBuffer()
        var hasEnded = false
        /// Counts arrivals, so that none between a look and a wait is missed.
        var version = 0
        var waiter: (continuation: CheckedContinuation<Bool, Never>, timeout: Scheduled<Void>)?
    }
    private let state = NIOLockedValueBox(State())

    struct Look<Answer> {
        var answer: Answer?
        var hasEnded: Bool
        var version: Int
    }

    func look<Answer>(_ parse: (inout ByteBuffer) throws -> Answer?) rethrows -> Look<Answer> {
        try self.state.withLockedValue { state in
            let answer = try parse(&state.bytes)
            return Look(answer: answer, hasEnded: state.hasEnded, version: state.version)
        }
    }

    var unread: ByteBuffer { self.state.withLockedValue { $0.bytes } }

    /// False if the deadline passed first.
    func waitForChange(since version: Int, until deadline: NIODeadline, on loop: any EventLoop) async -> Bool {
        await withCheckedContinuation { continuation in
            let isOver = self.state.withLockedValue { state -> Bool in
                guard state.version == version else { return true }
                let timeout = loop.scheduleTask(deadline: deadline) { self.expire(version) }
                state.waiter = (continuation, timeout)
                return false
            }
            if isOver { continuation.resume(returning: true) }
        }
    }

    func receive(_ bytes: inout ByteBuffer) {
        self.change {
            if $0.bytes.readerIndex > 65_536 { $0.bytes.discardReadBytes() }
            $0.bytes.writeBuffer(&bytes)
        }
    }

    func end() { self.change { $0.hasEnded = true } }

    private func change(_ body: (inout State) -> Void) {
        let waiter = self.state.withLockedValue { state in
            body(&state)
            state.version += 1
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.timeout.cancel()
        waiter?.continuation.resume(returning: true)
    }

    private func expire(_ version: Int) {
        let waiter = self.state.withLockedValue { state in
            guard state.version == version else { return (CheckedContinuation<Bool, Never>, Scheduled<Void>)?.none }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.0.resume(returning: false)
    }
}

final class SocketInboxHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let inbox: SocketInbox

    init(_ inbox: SocketInbox) { self.inbox = inbox }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = self.unwrapInboundIn(data)
        self.inbox.receive(&bytes)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { self.inbox.end() }
    }

    func channelInactive(context: ChannelHandlerContext) { self.inbox.end() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.inbox.end()
        context.close(promise: nil)
    }
}
