/// Wakes the one task that waits for it, or the next that comes to wait.
final class Signal: Sendable {
    private struct State: Sendable {
        var isPending = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Locked(State())

    func notify() {
        let waiter = self.state.withLock { state in
            let waiter = state.waiter
            state.waiter = nil
            state.isPending = waiter == nil
            return waiter
        }
        waiter?.resume()
    }

    /// Returns also when the task is cancelled.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let done = self.state.withLock { state -> CheckedContinuation<Void, Never>? in
                    // A handler that has run before this has found nobody to wake.
                    if state.isPending || Task.isCancelled {
                        state.isPending = false
                        return continuation
                    }
                    // One waits at a time. If another did, it is woken rather than lost.
                    let earlier = state.waiter
                    state.waiter = continuation
                    return earlier
                }
                done?.resume()
            }
        } onCancel: {
            self.notify()
        }
    }
}
