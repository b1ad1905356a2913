import SignalingCore
import SignalingTestKit
import Testing
import TimeKeeping

@Suite struct PagedSlabTests {
    @Test func removingMovesTheLastElementIntoTheGap() {
        var slab = PagedSlab<String>()
        for name in ["a", "b", "c"] { _ = slab.append(name) }
        #expect(slab.swapRemove(at: 0) == "a")
        #expect(slab.count == 2)
        #expect(slab[0] == "c")
        #expect(slab.swapRemove(at: 1) == "b")
        #expect(slab.swapRemove(at: 0) == "c")
        #expect(slab.count == 0)
    }

    @Test func agreesWithAnArray() {
        var generator = SplitMix64(seed: 11)
        var slab = PagedSlab<Int>()
        var model: [Int] = []
        for step in 0..<40_000 {
            if step % 10_000 < 6_000 || model.isEmpty {
                #expect(slab.append(step) == model.count)
                model.append(step)
            } else {
                let position = Int.random(in: 0..<model.count, using: &generator)
                model.swapAt(position, model.count - 1)
                #expect(slab.swapRemove(at: position) == model.removeLast())
            }
        }
        #expect(slab.count == model.count)
        for position in model.indices { #expect(slab[position] == model[position]) }
    }

    @Test func pagesGoAsTheyEmptyButNotAtEveryStepAcrossAnEdge() {
        var slab = PagedSlab<Int>()
        for number in 0..<10 * PagedSlab<Int>.pageSize { _ = slab.append(number) }
        let full = slab.capacity
        #expect(full == 10 * PagedSlab<Int>.pageSize)
        _ = slab.append(0)
        let grown = slab.capacity
        _ = slab.swapRemove(at: 0)
        #expect(slab.capacity == grown)
        while slab.count > 0 { _ = slab.swapRemove(at: slab.count - 1) }
        #expect(slab.capacity <= PagedSlab<Int>.pageSize)
    }
}
