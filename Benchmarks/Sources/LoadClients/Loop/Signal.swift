package import NIOCore

/// Wakes one task that waits for something to change, or for its time to be over. Whoever is woken looks for itself at what changed.
package final class Signal {
    private let loop: LoadLoop
    private var waiter: CheckedContinuation<Bool, Never>?
    private(set) var deadline: UInt64 = 0

    package init(loop: LoadLoop) { self.loop = loop }

    package func fire() { self.wake(true) }

    func expire() { self.wake(false) }

    private func wake(_ fired: Bool) {
        guard let waiter = self.waiter else { return }
        self.waiter = nil
        self.loop.unwatch(self)
        waiter.resume(returning: fired)
    }

    /// Waits until the condition holds; throws once the time is over.
    package nonisolated(nonsending) func wait(
        _ what: @autoclosure () -> String, within limit: TimeAmount, until isTrue: () -> Bool
    ) async throws(LoadFailure) {
        let deadline = self.loop.now + UInt64(max(0, limit.nanoseconds))
        while !isTrue() {
            guard self.loop.now < deadline else { throw .timedOut(what()) }
            precondition(self.waiter == nil, "one task waits at a time")
            self.deadline = deadline
            _ = await withCheckedContinuation { continuation in
                self.waiter = continuation
                self.loop.watch(self)
            }
        }
    }
}
