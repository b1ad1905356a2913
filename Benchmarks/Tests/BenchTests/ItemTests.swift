import Testing

@testable import bench

@Suite struct ItemTests {
    @Test(arguments: [12, 32, 200]) func numbersComeBackFromTheirFrames(bytes: Int) {
        let frames = ItemFrames(payload: ItemPayload(bytes: bytes))
        let payload = frames.payload.bytes(4711)
        #expect(payload.count == bytes)
        func number(_ seq: Int, _ payload: [UInt8]) -> Int? {
            let frame = Array(#"{"type":"deliver","seq":\#(seq),"payload":"#.utf8) + payload + [UInt8(ascii: "}")]
            return frame.withUnsafeBytes(frames.number)
        }
        #expect(number(4711, payload) == 4711)
        #expect(number(4712, payload) == nil)
        // Any byte that is another one is noticed.
        for place in payload.indices {
            var altered = payload
            altered[place] ^= 1
            #expect(number(4711, altered) == nil)
        }
        #expect(number(4711, payload.dropLast() + Array(#"a""#.utf8)) == nil)
        #expect(number(1, []) == nil)
    }

    private func faults(_ numbers: [Int], sent: Int) -> ItemFaults {
        var sequence = ItemSequence()
        for number in numbers { _ = sequence.receive(number) }
        var faults = ItemFaults()
        faults.add(sequence, sent: sent)
        return faults
    }

    @Test func whatDoesNotComeOnceAndInOrderIsCounted() {
        #expect(self.faults([1, 2, 3], sent: 3) == ItemFaults())
        #expect(self.faults([1, 2, 2, 3, 1], sent: 3) == ItemFaults(duplicated: 2))
        #expect(self.faults([1, 4, 6], sent: 8) == ItemFaults(lost: 5))
        #expect(self.faults([2, 1, 3], sent: 3) == ItemFaults(disordered: 1))
        #expect(self.faults([3, 1, 1], sent: 3) == ItemFaults(lost: 1, duplicated: 1, disordered: 1))
        #expect(self.faults([], sent: 2) == ItemFaults(lost: 2))
    }

    @Test func anItemIsDueAtItsTimeHoweverLateItIsAskedFor() {
        var dues = DueTimes(perSecond: 1000, from: 5_000_000)
        #expect(dues.next(by: 4_999_999) == nil)
        #expect(dues.next(by: 5_000_000) == 5_000_000)
        #expect(dues.next(by: 5_999_999) == nil)
        #expect((0..<4).map { _ in dues.next(by: 8_000_000) } == [6_000_000, 7_000_000, 8_000_000, nil])
    }
}
