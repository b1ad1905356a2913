import Testing

@testable import ServerApp

/// When the allocator is asked to give memory back.
@Suite struct FreedMemoryTests {
    /// The answers to one observation after the other.
    private func answers(_ open: [Int]) -> [Bool] {
        var freed = FreedMemory()
        var answers: [Bool] = []
        for count in open { answers.append(freed.isWorthAsking(open: count)) }
        return answers
    }

    @Test func itIsAskedEachTimeThatHalfOfACrowdHasGone() {
        #expect(
            self.answers([500, 20_000, 10_001, 10_000, 10_000, 5_001, 5_000]) == [false, false, false, true, false, false, true])
    }

    @Test func aFewConnectionsAreNoCrowd() {
        #expect(self.answers([1_023, 0, 1_000, 0]) == [false, false, false, false])
    }
}
