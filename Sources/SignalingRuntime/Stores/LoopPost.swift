import ByteStreams
import SignalingCore

/// Brings to one loop what is to be said or done there.
///
/// `@unchecked Sendable`: `owner` is used on its loop only; the rest is constant.
package final class LoopPost: @unchecked Sendable {
    private let loop: any StreamLoop
    /// Gone when the loop has ended.
    private weak var owner: SignalingLoop?

    init(_ owner: SignalingLoop) {
        self.loop = owner.context.loop
        self.owner = owner
    }

    /// Does something there; not if the loop has ended. Called on any thread.
    package func run(_ body: @escaping @Sendable (SignalingLoop) -> Void) {
        self.loop.execute {
            guard let owner = self.owner else { return }
            body(owner)
            owner.context.flushTouched()
        }
    }

    /// Tells them on their loop, then calls `done` there. Called on any thread.
    func deliver(_ waiters: [any JournalWaiter], _ outcome: JournalOutcome, done: @escaping @Sendable () -> Void) {
        self.loop.execute {
            if let owner = self.owner {
                for waiter in waiters { waiter.settled(outcome, owner) }
                owner.context.flushTouched()
            }
            done()
        }
    }
}
