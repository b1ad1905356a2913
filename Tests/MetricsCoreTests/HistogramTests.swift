import MetricsCore
import Testing

@Suite struct HistogramTests {
    @Test func histogramsCountUpToAndIncludingTheirBounds() {
        var histogram = Histogram(bounds: [1, 2, 4])
        for value in [0, 1, 1.5, 2, 3, 4, 4.5, 1e9] { histogram.observe(value) }
        #expect(histogram.counts == [2, 2, 2, 2])
        #expect(histogram.sum == 16 + 1e9)
        var other = Histogram(bounds: [1, 2, 4])
        other.observe(3)
        histogram.add(other)
        #expect(histogram.counts == [2, 2, 3, 2])
        #expect(Histogram.exponential(from: 1, factor: 2, count: 4).bounds == [1, 2, 4, 8])
    }
}
