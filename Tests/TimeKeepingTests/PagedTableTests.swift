import SignalingTestKit
import Testing
import TimeKeeping

@Suite struct PagedTableTests {
    @Test func agreesWithADictionary() {
        var generator = SplitMix64(seed: 12)
        var table = PagedTable<Int, Int>()
        var model: [Int: Int] = [:]
        for step in 0..<40_000 {
            let key = Int.random(in: 0..<5_000, using: &generator)
            let removes = Int.random(in: 0..<10, using: &generator) < (step % 20_000 < 10_000 ? 3 : 6)
            #expect(table.position(of: key).map { table[$0] } == model[key])
            if let position = table.position(of: key) {
                #expect(table.key(at: position) == key)
                if removes { table.remove(at: position) } else { table[position] = step }
            } else if !removes {
                #expect(table.insert(key, step) == model.count)
            }
            if removes { model[key] = nil } else { model[key] = step }
        }
        #expect(!model.isEmpty)
        #expect(Dictionary(uniqueKeysWithValues: (0..<table.count).map { (table.key(at: $0), table[$0]) }) == model)
    }

    @Test func givesItsStorageBack() {
        var table = PagedTable<Int, Int>()
        for number in 0..<100_000 { table.insert(number, number) }
        #expect(table.capacity.entries >= 100_000)
        for number in 0..<99_000 { table.remove(at: table.position(of: number) ?? -1) }
        #expect((0..<1000).allSatisfy { table.key(at: $0) >= 99_000 })
        #expect(table.capacity.entries <= 4096)
        #expect(table.capacity.cells <= 16_384)
    }
}
