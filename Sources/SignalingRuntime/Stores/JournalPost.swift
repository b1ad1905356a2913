import ByteStreams
import SignalingCore

/// Brings to one loop what a journal has to say to those who wait there.
///
/// `@unchecked Sendable`: `owner` is used on its loop only; the rest is constant.
final class JournalPost: @unchecked Sendable {
    private let loop: any StreamLoop
    /// Gone when the loop has ended.
    private weak var owner: SignalingLoop?

    init(_ owner: SignalingLoop) {
        self.loop = owner.context.loop
        self.owner = owner
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
