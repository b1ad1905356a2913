import SignalingRuntime
import Synchronization
import Testing

@Suite struct RandomSourceTests {
    @Test func wordsAreHandedOutOnceAndWiped() {
        let fills = Atomic<Int>(0)
        let drawn = Atomic<UInt64>(1)
        let pool = RandomPool { words in
            fills.add(1, ordering: .relaxed)
            // What was handed out is nowhere to be found.
            #expect(words.allSatisfy { $0 == 0 })
            for index in words.indices { words[index] = drawn.add(1, ordering: .relaxed).oldValue }
        }
        #expect(pool.remaining.isEmpty)
        for expected in 1...UInt64(RandomPool.size * 3) {
            #expect(pool.next() == expected)
            #expect(!pool.remaining.contains { $0 <= expected })
        }
        #expect(fills.load(ordering: .relaxed) == 3)
    }

    /// A source is a value, and its copies must not foretell each other.
    @Test func copiesAndRefillsRepeatNothing() {
        var one = RandomSource.system
        var other = one
        var seen: Set<UInt64> = []
        for _ in 0..<(RandomPool.size * 5) {
            seen.insert(one.next())
            seen.insert(other.next())
        }
        // Two of 320 words of 64 bits are the same once in 10^14 runs.
        #expect(seen.count == RandomPool.size * 10)
    }

    @Test func threadsDrawDifferentWords() async {
        let all = await withTaskGroup(of: [UInt64].self) { group in
            for _ in 0..<4 {
                group.addTask {
                    var source = RandomSource.system
                    return (0..<1000).map { _ in source.next() }
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(all).count == 4000)
    }

    @Test func aSourceCanBeSeeded() {
        var source = RandomSource { 42 }
        #expect(source.next() == 42)
    }
}
