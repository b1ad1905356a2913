import SignalingCore
import SignalingTestKit
import Testing
import TimeKeeping

@Suite struct HashIndexTests {
    @Test func mixingKeepsNumbersApart() {
        var seen: Set<UInt32> = []
        for number in UInt32(0)..<100_000 { seen.insert(HashIndex.mix(number)) }
        #expect(seen.count == 100_000)
    }

    /// Hashes from a small set, so that chains are long, wrap around the end of a segment and lose cells in their middle.
    @Test(arguments: [(hashes: 7, seed: 1), (40, 2), (400, 3), (100_000, 4)])
    func agreesWithADictionary(hashes: Int, seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        var index = HashIndex()
        var model: [UInt32: UInt32] = [:]
        // Low bits 6, 7, 0, 1: the first choices lie around a segment's end.
        let hashOf = { (value: UInt32) in HashIndex.mix(value % UInt32(hashes)) & 0xfc00_0003 | 6 &+ value % 4 }
        for step in 0..<20_000 {
            let value = UInt32.random(in: 0..<2_000, using: &generator)
            let growing = step % 4_000 < 2_000
            if model[value] == nil, growing {
                index.insert(hashOf(value), value)
                model[value] = hashOf(value)
            } else if let hash = model[value], !growing {
                let removed = index.remove(hash) { $0 == value }
                #expect(removed == value)
                model[value] = nil
            }
            let probe = UInt32.random(in: 0..<2_000, using: &generator)
            #expect((index.find(hashOf(probe)) { $0 == probe } != nil) == (model[probe] != nil))
        }
        #expect(index.count == model.count)
        for (value, hash) in model { #expect(index.find(hash) { $0 == value } == value) }
    }

    @Test func replacingChangesOnlyTheNumberThatMatches() {
        var index = HashIndex()
        index.insert(5, 1)
        index.insert(5, 2)
        let replaced = [
            index.replace(5, with: 3) { $0 == 1 }, index.replace(5, with: 4) { $0 == 1 }, index.replace(6, with: 4) { _ in true },
        ]
        #expect(replaced == [true, false, false])
        #expect(index.find(5) { $0 == 3 } == 3)
        #expect(index.find(5) { $0 == 2 } == 2)
        #expect(index.find(5) { $0 == 1 } == nil)
    }

    @Test func storageFollowsWhatIsStored() {
        var index = HashIndex()
        for value in UInt32(0)..<50_000 { index.insert(HashIndex.mix(value), value) }
        #expect(index.capacity >= 50_000 * 4 / 3 && index.capacity <= 50_000 * 3)
        for value in UInt32(10)..<50_000 { index.remove(HashIndex.mix(value)) { $0 == value } }
        #expect(index.capacity <= 64 * 16)
        for value in UInt32(0)..<10 { #expect(index.find(HashIndex.mix(value)) { _ in true } == value) }
    }
}
