import NIOConcurrencyHelpers

/// Lets so many tests run at a time: Swift Testing starts all of them at once, and on a small machine each would wait for all others
/// while its timeouts run.
final class Turnstile: Sendable {
    static let servers = Turnstile(places: 4)

    private struct State {
        var places: Int
        var queue: [CheckedContinuation<Void, Never>] = []
    }
    private let state: NIOLockedValueBox<State>

    init(places: Int) { self.state = NIOLockedValueBox(State(places: places)) }

    func pass<Result>(_ body: () async throws -> Result) async throws -> Result {
        await self.enter()
        defer { self.leave() }
        return try await body()
    }

    private func enter() async {
        await withCheckedContinuation { continuation in
            let isFree = self.state.withLockedValue { state -> Bool in
                guard state.places == 0 else {
                    state.places -= 1
                    return true
                }
                state.queue.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    private func leave() {
        let next = self.state.withLockedValue { state -> CheckedContinuation<Void, Never>? in
            guard state.queue.isEmpty else { return state.queue.removeFirst() }
            state.places += 1
            return nil
        }
        next?.resume()
    }
}
