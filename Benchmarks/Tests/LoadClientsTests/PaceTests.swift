import LoadClients
import Testing

@Suite struct PaceTests {
    @Test func comesAtEvenDistancesFromItsPhase() {
        var pace = Pace(perSecond: 1000, phase: 0.25, from: 5_000_000)
        let due = (0...4_000).filter { pace.isDue(5_000_000 + UInt64($0) * 1000) }
        #expect(due == [250, 1250, 2250, 3250])
    }

    @Test func keepsItsPhaseThroughAStall() {
        var pace = Pace(perSecond: 1000, phase: 0.25, from: 0)
        var due: [Int] = []
        for microsecond in [300, 5_900, 6_000, 6_200, 6_300] where pace.isDue(UInt64(microsecond) * 1000) { due.append(microsecond) }
        #expect(due == [300, 5_900, 6_300])
    }
}
