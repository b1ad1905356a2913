import SignalingTestKit

/// One seed's sessions from beginning to end: the Swift client's rules, as they are shipped, with the real server.
package struct SessionRun: Sendable {
    package let seed: UInt64
    package let steps: [SessionStep]

    package static let usualSteps = 200
    /// Everything is brought to rest after so many.
    private static let stepsToRest = 100

    /// The steps that a seed leads to.
    package init(seed: UInt64, steps count: Int = Self.usualSteps) {
        var random = Self.random(seed)
        let profile = SessionProfile(random: &random)
        self.init(seed: seed, steps: (0..<count).map { _ in profile.step(random: &random) })
    }

    package init(seed: UInt64, steps: [SessionStep]) {
        self.seed = seed
        self.steps = steps
    }

    private static func random(_ seed: UInt64) -> SplitMix64 { SplitMix64(seed: seed ^ 0xc11e) }

    package struct Outcome: Sendable {
        package var failure: Run.Failure?
        package var connections: Int
        package var items: Int
    }

    /// `tell` gets a line for each step, and for each event of a session.
    package func perform(tell: ((String) -> Void)? = nil) -> Outcome {
        var random = Self.random(self.seed)
        let world = SessionWorld(profile: SessionProfile(random: &random), seed: self.seed)
        world.tell = tell
        var taken = 0
        for step in self.steps where world.violation == nil {
            world.perform(step)
            taken += 1
            if taken % Self.stepsToRest == 0, world.violation == nil { world.calm() }
        }
        if world.violation == nil, taken % Self.stepsToRest != 0 { world.calm() }
        if world.violation == nil { world.finish() }
        let items = world.seats.reduce(0) { $0 + $1.itemsSent }
        let failure = world.violation.map { Run.Failure(steps: taken, fault: $0) }
        defer { world.tearDown() }
        return Outcome(failure: failure, connections: world.connections, items: items)
    }
}
