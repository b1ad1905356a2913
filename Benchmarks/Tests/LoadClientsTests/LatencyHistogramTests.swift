import LoadClients
import Testing

@Suite struct LatencyHistogramTests {
    @Test func percentilesAreWithinOnePartIn128() {
        var random = SplitMix64(seed: 7)
        var histogram = LatencyHistogram()
        var values: [UInt64] = []
        for _ in 0..<20_000 {
            let value = random.next() >> UInt64.random(in: 20...56, using: &random)
            values.append(value)
            histogram.record(value)
        }
        values.sort()
        for percent in [1.0, 25, 50, 90, 99, 99.9] {
            let rank = Int((Double(values.count) * percent / 100).rounded(.up))
            let exact = values[rank - 1]
            let found = histogram.percentile(percent)
            #expect(found >= exact)
            #expect(Double(found) <= Double(exact) * (1 + 1 / 128.0) + 1)
        }
        #expect(histogram.percentile(100) == values.last)
        #expect(histogram.count == values.count)
    }

    @Test func everyValueUpTo255HasABucketOfItsOwn() {
        for value in 0..<256 as Range<UInt64> {
            var histogram = LatencyHistogram()
            histogram.record(value)
            histogram.record(10_000)
            #expect(histogram.percentile(50) == value)
        }
    }

    @Test func addingIsRecordingBoth() {
        var one = LatencyHistogram()
        var other = LatencyHistogram()
        var both = LatencyHistogram()
        for value in stride(from: 1 as UInt64, to: 1_000_000, by: 997) {
            if value % 2 == 0 { one.record(value) } else { other.record(value) }
            both.record(value)
        }
        one.add(other)
        for percent in [10.0, 50, 99] { #expect(one.percentile(percent) == both.percentile(percent)) }
        #expect(one.max == both.max)
    }

    @Test func nothingRecordedIsZero() { #expect(LatencyHistogram().percentile(99) == 0) }
}
