import Testing

@testable import bench

@Suite struct StatisticsTests {
    @Test func theMedianIsTheMiddle() {
        #expect(Statistics.median([]) == nil)
        #expect(Statistics.median([3]) == 3)
        #expect(Statistics.median([9, 1, 2]) == 2)
        #expect(Statistics.median([4, 1, 3, 100]) == 3.5)
    }

    @Test func costsAreMicrosecondsAUnit() {
        #expect(Statistics.perUnit(2, 1000) == 2000)
        #expect(Statistics.perUnit(2, 0) == nil)
    }

    @Test func numbersAreForPeople() {
        #expect(Figure.Kind.count.text(1_234_567) == "1,234,567")
        #expect(Figure.Kind.microseconds.text(7.009) == "7.01 µs")
        #expect(Figure.Kind.microseconds.text(1234.4) == "1,234 µs")
        #expect(Figure.Kind.microseconds.text(12_340) == "12.3 ms")
        #expect(Figure.Kind.megabytes.text(51.26) == "51.3 MB")
        #expect(Figure.Kind.bytes.text(7960.4) == "7,960 B")
    }

    @Test func frameTimesComeBackInOrderAndNoneTwice() {
        var times = FlightTimes(senders: 2, mostEach: 3)
        times.sent(2, by: 0, at: 10)
        times.sent(3, by: 1, at: 11)
        #expect(times.arrived(from: 0) == 10)
        times.sent(2, by: 0, at: 12)
        #expect(times.underWay == 6)
        #expect((0..<4).map { _ in times.arrived(from: 0) } == [10, 12, 12, nil])
        #expect(times.underWay == 3)
    }

    @Test func whatIsDueComesOnceAndNotBefore() {
        var list = DueList(now: 5_000_000_000)
        list.add(1, at: 5_500_000_000)
        list.add(2, at: 13_000_000_000)
        list.add(3, at: 0)
        #expect(list.due(5_005_000_000).isEmpty)
        #expect(list.due(5_020_000_000) == [3])
        #expect(list.due(5_490_000_000).isEmpty)
        #expect(list.due(5_520_000_000) == [1])
        #expect(list.due(12_900_000_000).isEmpty)
        #expect(list.due(60_000_000_000) == [2])
        list.add(4, at: 60_100_000_000)
        #expect(list.due(60_200_000_000) == [4])
    }

    @Test func framesHaveTheSizeAskedForAndAreObjects() {
        for bytes in [32, 33, 200, 203, 250, 5000] {
            let frame = BrowserFrames.candidate(3, bytes: bytes)
            #expect(frame.count == bytes)
            #expect(frame.last == UInt8(ascii: "}"))
        }
        #expect(BrowserFrames.description("offer", bytes: 2500).count == 2500)
    }
}
