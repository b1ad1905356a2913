import NIOConcurrencyHelpers
package import SignalingRuntime

/// A server's source of randomness that gives the same numbers in every run.
package final class SeededRandom: Sendable {
    private let seed: UInt64
    private let generator: NIOLockedValueBox<SplitMix64>

    package init(seed: UInt64) {
        self.seed = seed
        self.generator = NIOLockedValueBox(SplitMix64(seed: seed))
    }

    package var source: RandomSource { RandomSource { self.generator.withLockedValue { $0.next() } } }

    /// Begins anew: what comes next does not depend on how much was drawn before.
    package func restart() { self.generator.withLockedValue { $0 = SplitMix64(seed: self.seed) } }
}
