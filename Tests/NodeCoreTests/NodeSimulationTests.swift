import Foundation
import Testing

/// Nodes, their engine and their clients under faults of all kinds. NT_NODE_SEEDS says how many seeds, NT_NODE_SEED which alone.
struct NodeSimulationTests {
    private static let seeds = Self.number("NT_NODE_SEED").map { $0..<$0 + 1 } ?? 0..<(Self.number("NT_NODE_SEEDS") ?? 300)

    private static func number(_ name: String) -> UInt64? { ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) } }

    @Test func nothingIsLostOrDoubled() async throws {
        var sum = NodeWorld.Figures()
        for seed in Self.seeds {
            // Tests that wait for something share the threads with this one.
            await Task.yield()
            do {
                sum.add(try NodeWorld(seed: seed).run())
            } catch {
                // The same steps again, in words.
                _ = try NodeWorld(seed: seed, isTraced: true).run()
                throw error
            }
        }
        if Self.seeds.count > 100 { #expect(sum.accepted > 1000 && sum.refused > 10 && sum.unavailable > 10, "\(sum)") }
    }
}
