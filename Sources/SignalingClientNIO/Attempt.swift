import NIOConcurrencyHelpers
import NIOCore

/// Something that is waited for, once, and that cancelling the task gives up: with it the channels that it has opened.
///
/// A future of swift-nio cannot be left before it is fulfilled, and looking up a name may take long.
final class Attempt<Value: Sendable>: Sendable {
    private struct State: Sendable {
        var outcome: Result<Value, any Error>?
        var waiter: CheckedContinuation<Value, any Error>?
        /// One for each address that is tried.
        var channels: [any Channel] = []
    }

    private let state = NIOLockedValueBox(State())

    func value() async throws -> Value {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let outcome = self.state.withLockedValue { state in
                    if state.outcome == nil { state.waiter = continuation }
                    return state.outcome
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            self.fail(CancellationError())
        }
    }

    func succeed(_ value: Value) { _ = self.finish(.success(value)) }

    func fail(_ error: any Error) {
        guard self.finish(.failure(error)) else { return }
        for channel in self.state.withLockedValue({ $0.channels }) { channel.close(promise: nil) }
    }

    /// A channel that does not outlive a failure. False if that has come already.
    func adopt(_ channel: any Channel) -> Bool {
        self.state.withLockedValue { state in
            if case .failure = state.outcome { return false }
            state.channels.append(channel)
            return true
        }
    }

    private func finish(_ outcome: Result<Value, any Error>) -> Bool {
        let (isFirst, waiter) = self.state.withLockedValue { state in
            guard state.outcome == nil else { return (false, nil as CheckedContinuation<Value, any Error>?) }
            state.outcome = outcome
            defer { state.waiter = nil }
            return (true, state.waiter)
        }
        waiter?.resume(with: outcome)
        return isFirst
    }
}
