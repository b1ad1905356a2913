import ByteStreams
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import SignalingTestKit

extension StreamLoop {
    /// Does something on the loop and waits for it; throws if the loop does not come to it.
    func run<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async throws -> Result {
        let done = Outcome<Result>()
        self.execute { done.set(body()) }
        return try await done.value("a loop does what it is given")
    }
}

/// A value that comes once, and that one task may wait for.
final class Outcome<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var waiter: CheckedContinuation<Value?, Never>?
    }
    private let state = NIOLockedValueBox(State())

    var current: Value? { self.state.withLockedValue { $0.value } }

    /// Later ones than the first are ignored.
    func set(_ value: Value) {
        let waiter = self.state.withLockedValue { state in
            if state.value == nil { state.value = value }
            return state.waiter.take()
        }
        waiter?.resume(returning: value)
    }

    func value(_ what: String) async throws -> Value {
        let timeout = MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: SocketClient.patience) {
            self.state.withLockedValue { $0.waiter.take() }?.resume(returning: nil)
        }
        defer { timeout.cancel() }
        let value = await withCheckedContinuation { (waiter: CheckedContinuation<Value?, Never>) in
            let value = self.state.withLockedValue { state in
                if state.value == nil { state.waiter = waiter }
                return state.value
            }
            if let value { waiter.resume(returning: value) }
        }
        guard let value else { throw SocketFailure.unexpected("never came about: \(what)") }
        return value
    }
}
