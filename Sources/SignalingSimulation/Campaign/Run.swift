import SignalingTestKit

/// One seed's world from beginning to end.
package struct Run: Sendable {
    package let seed: UInt64
    package let steps: [Step]

    /// The steps that a seed leads to.
    package init(seed: UInt64, steps count: Int) {
        var random = SplitMix64(seed: seed)
        let profile = Profile(random: &random)
        self.init(seed: seed, steps: (0..<count).map { _ in profile.step(random: &random) })
    }

    init(seed: UInt64, steps: [Step]) {
        self.seed = seed
        self.steps = steps
    }

    package struct Failure: Sendable, Equatable {
        /// Steps that were taken until it showed; all of them if it showed at the end.
        package var steps: Int
        package var fault: String

        /// What kind of fault it is: its words without the numbers and names of one run.
        var kind: String {
            let start = self.fault.firstRange(of: "): ")?.upperBound ?? self.fault.startIndex
            return String(self.fault[start...].filter { !$0.isNumber }.prefix(24))
        }
    }

    package struct Outcome: Sendable {
        package var failure: Failure?
        package var connections: Int
        package var relayed: Int
        /// Items that were sent again, and not stored again.
        package var repeated: Int
        /// Items that had been refused, were sent again, and were refused again because later ones had been stored.
        package var refusedAgain: Int
    }

    /// Nil where everything held. `tell` gets a line a step.
    package func perform(tell: ((String) -> Void)? = nil) -> Outcome {
        var random = SplitMix64(seed: self.seed)
        let world = World(profile: Profile(random: &random), seed: self.seed)
        world.tell = tell
        var taken = 0
        for step in self.steps where world.violation == nil {
            world.perform(step)
            taken += 1
        }
        if world.violation == nil {
            tell?("everybody leaves")
            world.finish(&random)
        }
        let failure = world.violation.map { Failure(steps: taken, fault: $0) }
        let outcome = Outcome(
            failure: failure, connections: world.tally.connections, relayed: world.tally.relayed, repeated: world.tally.repeated,
            refusedAgain: world.tally.refusedAgain)
        world.tearDown()
        return outcome
    }
}
