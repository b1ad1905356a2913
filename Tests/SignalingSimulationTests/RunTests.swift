import ByteStreams
import SignalingRuntime
import SignalingTestKit
import Testing

@testable import SignalingSimulation

/// The short form of the simulation; `swift run -c release simulate` is the long one.
@Suite struct RunTests {
    @Test(arguments: 1...24) func aSeedHolds(seed: UInt64) {
        let outcome = Run(seed: seed, steps: 150).perform()
        #expect(outcome.failure == nil)
    }

    @Test func aSeedAlwaysDoesTheSame() {
        var traces: [[String]] = [[], []]
        for index in traces.indices { _ = Run(seed: 7, steps: 200).perform { traces[index].append($0) } }
        #expect(traces[0].count == 201)
        #expect(traces[0] == traces[1])
    }

    /// Streams, those who speak on them, loops and what they share hold each other while they are in use.
    @Test(arguments: [1, 2, 3, 4] as [UInt64]) func whatAWorldWasMadeOfIsGivenBack(seed: UInt64) {
        let run = Run(seed: seed, steps: 300)
        weak var context: LoopContext?
        weak var lastContext: LoopContext?
        weak var stream: MemoryStream?
        weak var rooms: RoomRegistry?
        do {
            var random = SplitMix64(seed: seed)
            let world = World(profile: Profile(random: &random), seed: seed)
            context = world.contexts.first
            for step in run.steps { world.perform(step) }
            stream = world.links.first?.stream
            #expect(stream != nil)
            world.restart(&random)
            #expect(context == nil)
            for step in run.steps.prefix(100) { world.perform(step) }
            lastContext = world.contexts.first
            rooms = world.signaling.rooms
            world.tearDown()
            #expect(world.violation == nil)
        }
        #expect(lastContext == nil)
        #expect(stream == nil)
        #expect(rooms == nil)
    }

    @Test func seedsDiffer() {
        var traces: [[String]] = [[], []]
        for index in traces.indices { _ = Run(seed: UInt64(index), steps: 50).perform { traces[index].append($0) } }
        #expect(traces[0] != traces[1])
    }

    @Test func whatWasRefusedIsSentAgain() {
        // The second seed does it; others are there for when the steps have changed.
        #expect((2...9).contains { Run(seed: $0, steps: 2000).perform().refusedAgain > 0 })
    }

    @Test func aWorldIsBusy() {
        let outcomes = (1...8).map { Run(seed: $0, steps: 300).perform() }
        #expect(outcomes.reduce(0) { $0 + $1.connections } > 100)
        #expect(outcomes.reduce(0) { $0 + $1.relayed } > 100)
        #expect(outcomes.reduce(0) { $0 + $1.repeated } > 0)
    }
}
