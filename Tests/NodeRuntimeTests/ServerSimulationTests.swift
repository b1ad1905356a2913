import Foundation
import Testing

/// Whole servers, their engine and their clients under faults of all kinds. NT_NODE_SEEDS says how many seeds, NT_NODE_SEED which alone.
struct ServerSimulationTests {
    private static let seeds = Self.number("NT_NODE_SEED").map { $0..<$0 + 1 } ?? 0..<(Self.number("NT_NODE_SEEDS") ?? 20)

    private static func number(_ name: String) -> UInt64? { ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) } }

    @Test func nothingIsLostOrDoubledAndNothingIsLeft() async throws {
        var sum = ServerWorld.Figures()
        for seed in Self.seeds {
            // Tests that wait for something share the threads with this one.
            await Task.yield()
            do {
                sum.add(try ServerWorld(seed: seed).run())
            } catch {
                // The same steps again, in words.
                _ = try ServerWorld(seed: seed, isTraced: true).run()
                throw error
            }
        }
        if Self.seeds.count >= 20 { #expect(sum.accepted > 300 && sum.refused > 10 && sum.served > 100 && sum.redeemed > 10, "\(sum)") }
    }
}
