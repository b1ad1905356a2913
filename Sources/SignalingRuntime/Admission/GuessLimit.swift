import NIOConcurrencyHelpers
package import NetworkAddresses
package import SignalingCore
import Synchronization
package import TimeKeeping

/// The limit on failed guesses, shared by all loops.
///
/// A guess is looked at under the limiter's lock: between the look at the tokens and the use of one, no other loop can find the same token.
package final class GuessLimit: Sendable {
    /// What becomes of a guess that arrives, or that has waited.
    package enum Turn<Outcome> {
        case looked(Outcome)
        /// It holds a place until it asks again at this time, or leaves.
        case waits(until: MonotonicTime)
        case refused(retryAfter: TimeSpan)
    }

    private let limiter: NIOLockedValueBox<GuessLimiter>
    private let isOff: Synchronization.Atomic<Bool>
    /// Behind a lock of its own: whoever looks at a guess asks for it, while the limiter's lock is held.
    private let currentKinds: NIOLockedValueBox<GuessLimiter.Kinds>

    init(limit: Int) {
        self.limiter = NIOLockedValueBox(GuessLimiter(limit: limit))
        self.isOff = Synchronization.Atomic(limit == 0)
        self.currentKinds = NIOLockedValueBox(GuessLimiter.Kinds(limit: limit))
    }

    func change(limit: Int) {
        self.limiter.withLockedValue { $0.change(limit: limit) }
        self.currentKinds.withLockedValue { $0 = GuessLimiter.Kinds(limit: limit) }
        self.isOff.store(limit == 0, ordering: .relaxed)
    }

    package var kinds: GuessLimiter.Kinds { self.currentKinds.withLockedValue { $0 } }

    /// `look` says what a guess comes to, and whether it failed. It is called once, or not at all.
    package func arrive<Outcome>(
        _ client: ClientAddress, now: MonotonicTime, look: () -> (outcome: Outcome, isFailure: Bool)
    ) -> Turn<Outcome> {
        if self.isOff.load(ordering: .relaxed) { return .looked(look().outcome) }
        return self.limiter.withLockedValue { Self.take($0.arrive(client, now: now), client, now, &$0, look) }
    }

    /// A guess that waits since then asks again.
    package func call<Outcome>(
        _ client: ClientAddress, since: MonotonicTime, now: MonotonicTime, look: () -> (outcome: Outcome, isFailure: Bool)
    ) -> Turn<Outcome> {
        self.limiter.withLockedValue { Self.take($0.call(client, since: since, now: now), client, now, &$0, look) }
    }

    /// A guess that arrived then has to wait for so long, as another says who counts the failures of this client, too. It takes a place, as in
    /// `arrive`, or is refused.
    package func postpone<Outcome>(_ client: ClientAddress, since: MonotonicTime, by time: TimeSpan, now: MonotonicTime) -> Turn<Outcome> {
        switch self.limiter.withLockedValue({ $0.postpone(client, since: since, until: now + time, now: now) }) {
        case .wait(let until): .waits(until: until)
        case .refused(let retryAfter): .refused(retryAfter: retryAfter)
        // Nothing is limited here.
        case .look: .refused(retryAfter: time)
        }
    }

    /// A guess has failed that was looked at elsewhere.
    package func recordFailure(_ client: ClientAddress, now: MonotonicTime) {
        self.limiter.withLockedValue { $0.recordFailure(client, now: now) }
    }

    /// A guess that waits is not to be looked at any more.
    package func leave(_ client: ClientAddress) { self.limiter.withLockedValue { $0.leave(client) } }

    /// Guesses that wait.
    package var waiting: Int { self.limiter.withLockedValue { $0.waiting } }

    package var bucketCount: Int { self.limiter.withLockedValue { $0.bucketCount } }

    func sweep(now: MonotonicTime) -> Int {
        // Buckets may be left from before it was turned off.
        self.limiter.withLockedValue { $0.sweep(now: now, limit: ClientLimits.sweepBatch) }
    }

    private static func take<Outcome>(
        _ verdict: GuessLimiter.Verdict, _ client: ClientAddress, _ now: MonotonicTime, _ limiter: inout GuessLimiter,
        _ look: () -> (outcome: Outcome, isFailure: Bool)
    ) -> Turn<Outcome> {
        switch verdict {
        case .wait(let until): return .waits(until: until)
        case .refused(let retryAfter): return .refused(retryAfter: retryAfter)
        case .look:
            let (outcome, isFailure) = look()
            if isFailure { limiter.recordFailure(client, now: now) }
            return .looked(outcome)
        }
    }
}
