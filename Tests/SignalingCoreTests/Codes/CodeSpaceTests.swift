import SignalingCore
import SignalingTestKit
import Testing

/// Yields exactly the draw that is wanted: the number `n` of `bound` is the high word of bound · word for this word.
private struct Dictated: RandomNumberGenerator {
    let number: Int
    let bound: Int

    mutating func next() -> UInt64 {
        // The middle of the number's interval, where no draw is rejected.
        let width = UInt64.max / UInt64(self.bound)
        return UInt64(self.number) * width + width / 2 + UInt64(self.number)
    }
}

extension CodeSpace {
    fileprivate mutating func drawn(_ generator: inout some RandomNumberGenerator) throws -> UInt32 {
        let code = self.draw(using: &generator)
        return try #require(code)
    }
}

@Suite struct CodeSpaceTests {
    /// Walks every state that mints, claims and releases of a small space lead to, and in each checks liveness of every code, and that the
    /// F possible draws give the F free codes, one each: that is uniformity, proven and not sampled.
    @Test(arguments: 1...6)
    func everyStateOfASmallSpaceDrawsEachFreeCodeOnce(size: Int) throws {
        struct State: Hashable {
            /// Equal live sets with different partners are different states.
            let live: Set<UInt32>
            let draws: [UInt32]
        }
        var seen: Set<State> = []
        var waiting: [(space: CodeSpace, live: Set<UInt32>)] = [(CodeSpace(size: size), [])]
        while let (space, live) = waiting.popLast() {
            #expect(space.live == live.count)
            for code in UInt32(0)..<UInt32(size) { #expect(space.isLive(code) == live.contains(code)) }
            var draws: [UInt32] = []
            var next: [(CodeSpace, Set<UInt32>)] = []
            for number in 0..<space.free {
                var drawn = space
                var generator = Dictated(number: number, bound: space.free)
                let code = try drawn.drawn(&generator)
                draws.append(code)
                next.append((drawn, live.union([code])))
            }
            #expect(Set(draws) == Set(0..<UInt32(size)).subtracting(live))
            #expect(draws.count == Set(draws).count)
            guard seen.insert(State(live: live, draws: draws)).inserted else { continue }
            for code in UInt32(0)..<UInt32(size) {
                var released = space
                #expect(released.release(code) == live.contains(code))
                if live.contains(code) { next.append((released, live.subtracting([code]))) }
                var claimed = space
                #expect(claimed.claim(code) == !live.contains(code))
                if !live.contains(code) { next.append((claimed, live.union([code]))) }
            }
            waiting += next
        }
        #expect(Set(seen.map(\.live)).count == 1 << size)
    }

    @Test(arguments: [(size: 1, seed: 1), (2, 2), (5, 3), (64, 4), (1_000, 5)])
    func agreesWithASet(size: Int, seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        var space = CodeSpace(size: size)
        var live: Set<UInt32> = []
        for step in 0..<6_000 {
            let filling = step / 1_000 % 2 == 0
            if Int.random(in: 0..<10, using: &generator) < (filling ? 8 : 2) {
                guard let code = space.draw(using: &generator) else {
                    #expect(live.count == size)
                    continue
                }
                #expect(code < UInt32(size))
                #expect(live.insert(code).inserted)
            } else {
                let code = UInt32.random(in: 0..<UInt32(size), using: &generator)
                #expect(space.release(code) == (live.remove(code) != nil))
            }
            let probe = UInt32.random(in: 0..<UInt32(size), using: &generator)
            #expect(space.isLive(probe) == live.contains(probe))
        }
        #expect(space.live == live.count)
    }

    /// After a history that leaves a third live, all over the space, each free code must come equally often.
    @Test func drawsAreUniform() throws {
        var generator = SplitMix64(seed: 77)
        var space = CodeSpace(size: 300)
        var live = try (0..<300).map { _ in try space.drawn(&generator) }
        live.shuffle(using: &generator)
        for code in live[100...] { space.release(code) }

        let draws = 200_000
        var counts: [UInt32: Int] = [:]
        for _ in 0..<draws {
            let code = try space.drawn(&generator)
            counts[code, default: 0] += 1
            space.release(code)
        }
        #expect(counts.count == 200)
        let expected = Double(draws) / 200
        let chiSquare = counts.values.reduce(0.0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
        // 199 degrees of freedom: mean 199, standard deviation 20. Too even would be as wrong as too uneven.
        #expect(chiSquare > 119 && chiSquare < 279)
    }

    @Test func theLastFreeOfTenThousandIsFoundAtOnce() throws {
        var generator = SplitMix64(seed: 5)
        var space = CodeSpace(size: 10_000)
        while space.draw(using: &generator) != nil {}
        #expect(space.free == 0)
        for code: UInt32 in [0, 4_711, 9_999] {
            #expect(space.release(code) == true)
            #expect(try space.drawn(&generator) == code)
            let further = space.draw(using: &generator)
            #expect(further == nil)
        }
    }

    @Test func fillingAllAndReleasingAllLeavesNothingStored() throws {
        var generator = SplitMix64(seed: 6)
        var space = CodeSpace(size: 10_000)
        for _ in 0..<2 {
            var codes: [UInt32] = []
            while let code = space.draw(using: &generator) { codes.append(code) }
            #expect(Set(codes).count == 10_000)
            codes.shuffle(using: &generator)
            for code in codes { #expect(space.release(code) == true) }
            #expect(space.live == 0)
            #expect(space.capacity <= 64 * 8)
            for code in UInt32(0)..<10_000 { #expect(!space.isLive(code)) }
        }
    }

    @Test func codesOutsideTheSpaceAreNeverLive() {
        var space = CodeSpace(size: 10)
        #expect(!space.isLive(10))
        #expect(space.release(10) == false)
        #expect(space.release(.max) == false)
    }
}
