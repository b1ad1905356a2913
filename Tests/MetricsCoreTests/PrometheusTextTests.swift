import MetricsCore
import Testing

private enum ScopeLabel: Int, LabelSet {
    case http, ws, redeem, telemetry
    static let names = ["http", "ws", "redeem", "telemetry"]
}

@Suite struct PrometheusTextTests {
    @Test func theTextFormat() {
        var text = PrometheusText()
        text.counter("c_total", "A counter.", 7)
        text.gauge("g", "A gauge.", 0.25)
        text.gauge("whole", "A whole number.", 3)
        text.counterSeconds("s_total", "Seconds.", 1.5)
        var limited = Counts<ScopeLabel>()
        limited[.ws] = 2
        text.counter("l_total", "By label.", "scope", limited)
        text.counter("two_total", "By two labels.", "dir", "scope", [("in", limited)])
        var histogram = Histogram.exponential(from: 0.05, factor: 1.6, count: 3)
        histogram.observe(0.06)
        histogram.observe(9)
        text.histogram("h", "A histogram.", [("dir=\"in\"", histogram)])
        text.histogram("p", "A plain one.", Histogram(bounds: [1]))
        text.info("i", "Labels alone.", [("version", "1\"\\\n2")])
        #expect(
            text.text == #"""
                # HELP c_total A counter.
                # TYPE c_total counter
                c_total 7
                # HELP g A gauge.
                # TYPE g gauge
                g 0.25
                # HELP whole A whole number.
                # TYPE whole gauge
                whole 3
                # HELP s_total Seconds.
                # TYPE s_total counter
                s_total 1.5
                # HELP l_total By label.
                # TYPE l_total counter
                l_total{scope="http"} 0
                l_total{scope="ws"} 2
                l_total{scope="redeem"} 0
                l_total{scope="telemetry"} 0
                # HELP two_total By two labels.
                # TYPE two_total counter
                two_total{dir="in",scope="http"} 0
                two_total{dir="in",scope="ws"} 2
                two_total{dir="in",scope="redeem"} 0
                two_total{dir="in",scope="telemetry"} 0
                # HELP h A histogram.
                # TYPE h histogram
                h_bucket{dir="in",le="0.05"} 0
                h_bucket{dir="in",le="0.08"} 1
                h_bucket{dir="in",le="0.128"} 1
                h_bucket{dir="in",le="+Inf"} 2
                h_sum{dir="in"} 9.06
                h_count{dir="in"} 2
                # HELP p A plain one.
                # TYPE p histogram
                p_bucket{le="1"} 0
                p_bucket{le="+Inf"} 0
                p_sum 0
                p_count 0
                # HELP i Labels alone.
                # TYPE i gauge
                i{version="1\"\\\n2"} 1

                """#)
    }
}
