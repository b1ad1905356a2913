import NIOConcurrencyHelpers
import NIOCore
import SignalingClient

/// A WebSocket on a channel. Nothing is read from the network before it is asked for.
final class NIOSocket: SignalingSocket {
    struct State: Sendable {
        var messages = CircularBuffer<SocketMessage>()
        var waiter: CheckedContinuation<SocketMessage, any Error>?
        /// What whoever asks after the last message is told.
        var end: SocketMessage?
    }

    private static let closeLimit = TimeAmount.seconds(2)

    private let channel: any Channel
    private let state = NIOLockedValueBox(State())

    init(_ channel: any Channel) { self.channel = channel }

    func receive() async throws -> SocketMessage {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let message: SocketMessage? = self.state.withLockedValue { state in
                    if let message = state.messages.popFirst() ?? state.end { return message }
                    state.waiter = continuation
                    return nil
                }
                if let message { return continuation.resume(returning: message) }
                // The handler below may have run before there was anybody to wake.
                if Task.isCancelled { return self.stopWaiting() }
                self.channel.read()
            }
        } onCancel: {
            self.stopWaiting()
        }
    }

    private func stopWaiting() {
        let waiter = self.state.withLockedValue { state in
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(throwing: CancellationError())
    }

    func send(_ text: [UInt8]) async throws {
        // The system has taken it when this returns, so that no more than one message waits here.
        try await self.channel.writeAndFlush(SocketHandler.Command.text(text)).get()
    }

    func close(code: UInt16) async {
        self.channel.writeAndFlush(SocketHandler.Command.close(code: code, waits: true), promise: nil)
        let end = self.channel.eventLoop.scheduleTask(in: Self.closeLimit) { [channel] in channel.close(promise: nil) }
        // It ends within the limit, whatever the other end does, so it need not be left earlier.
        try? await self.channel.closeFuture.get()
        end.cancel()
    }

    func abort() { self.channel.writeAndFlush(SocketHandler.Command.close(code: 1000, waits: false), promise: nil) }

    func deliver(_ message: SocketMessage) {
        let waiter = self.state.withLockedValue { state -> CheckedContinuation<SocketMessage, any Error>? in
            guard state.end == nil else { return nil }
            if case .closed = message { state.end = message }
            guard let waiter = state.waiter else {
                if state.end == nil { state.messages.append(message) }
                return nil
            }
            state.waiter = nil
            return waiter
        }
        waiter?.resume(returning: message)
    }

    var isWaitedFor: Bool { self.state.withLockedValue { $0.waiter != nil } }
}
