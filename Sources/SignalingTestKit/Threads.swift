import NIOConcurrencyHelpers
import NIOCore
import ServerThreads

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Threads that run at the same time, and may block, as tasks may not.
package enum Threads {
    /// Runs `body` on so many threads, each with its number, and waits for all; throws what the first one threw.
    package static func run(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) async throws {
        let state = NIOLockedValueBox((left: count, failure: (any Error)?.none))
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            for number in 0..<count {
                startThread {
                    let result = Result { try body(number) }
                    let end = state.withLockedValue { state in
                        if case .failure(let error) = result, state.failure == nil { state.failure = error }
                        state.left -= 1
                        return state.left == 0 ? state : nil
                    }
                    guard let end else { return }
                    if let failure = end.failure { done.resume(throwing: failure) } else { done.resume() }
                }
            }
        }
    }

    package static func giveWay() { sched_yield() }

    /// A moment's work, of which the compiler knows nothing.
    @inline(never) @_optimize(none) package static func pause() {}

    /// Waits without sleeping; throws if the condition never comes about.
    package static func wait(_ what: String, _ condition: () -> Bool) throws {
        let end = ContinuousClock.now + .nanoseconds(SocketClient.patience.nanoseconds)
        var looks = 0
        while !condition() {
            looks += 1
            if looks.isMultiple(of: 1_000), ContinuousClock.now > end { throw SocketFailure.unexpected("never came about: \(what)") }
            self.giveWay()
        }
    }
}
