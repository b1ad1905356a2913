import ServerThreads

/// Opens once, for whoever waits and whoever comes later.
package final class Latch: Sendable {
    private struct State: Sendable {
        var isOpen = false
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
        var lastWaiter = 0
    }

    private let state = Monitor(State())

    package init() {}

    package var isOpen: Bool { self.state.withLock { $0.isOpen } }

    package func open() {
        let waiting = self.state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [:] }
            return state.waiting.values
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Returns when it is open, or the task is cancelled.
    package func wait() async {
        let waiter = self.state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // The handler may have run before there was anything for it: then the task is cancelled by now.
                let waits = self.state.withLock { state in
                    if state.isOpen || Task.isCancelled { return false }
                    state.waiting[waiter] = continuation
                    return true
                }
                if !waits { continuation.resume() }
            }
        } onCancel: {
            self.state.withLock { $0.waiting.removeValue(forKey: waiter) }?.resume()
        }
    }
}
