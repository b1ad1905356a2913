import NIOConcurrencyHelpers

/// Where all wait until it is opened, once.
final class Gate: Sendable {
    private struct State: Sendable {
        var isOpen = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = NIOLockedValueBox(State())

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = self.state.withLockedValue { state in
                if !state.isOpen { state.waiters.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    func open() {
        let waiters = self.state.withLockedValue { state in
            defer { state = State(isOpen: true) }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}
