import SignalingTestKit
import Testing

@testable import SignalingSimulation

/// The short form of the sessions that `simulate` runs.
@Suite struct SessionRunTests {
    @Test(arguments: 1...40) func aSeedHolds(seed: UInt64) {
        #expect(SessionRun(seed: seed).perform().failure == nil)
    }

    @Test func aSeedAlwaysDoesTheSame() {
        var traces: [[String]] = [[], []]
        for index in traces.indices { _ = SessionRun(seed: 7).perform { traces[index].append($0) } }
        #expect(traces[0].count > SessionRun.usualSteps)
        #expect(traces[0] == traces[1])
    }

    @Test func sessionsAreBusy() {
        let outcomes = (1...8).map { SessionRun(seed: $0).perform() }
        #expect(outcomes.reduce(0) { $0 + $1.connections } > 200)
        #expect(outcomes.reduce(0) { $0 + $1.items } > 1_000)
    }

    /// The world, its server and its sessions hold each other while they are in use.
    @Test(arguments: [1, 2, 3] as [UInt64]) func whatSessionsWereMadeOfIsGivenBack(seed: UInt64) {
        weak var world: SessionWorld?
        weak var host: SessionHost?
        do {
            let run = SessionRun(seed: seed, steps: 60)
            var random = SplitMix64(seed: seed)
            let made = SessionWorld(profile: SessionProfile(random: &random), seed: seed)
            for step in run.steps { made.perform(step) }
            (world, host) = (made, made.seats.first?.host)
            #expect(made.violation == nil)
            made.tearDown()
        }
        #expect(world == nil)
        #expect(host == nil)
    }
}
