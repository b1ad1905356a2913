import Testing

@testable import TopTool

@Suite struct MetricsPageTests {
    @Test func namesLabelsAndValuesAreRead() {
        let page = MetricsPage(
            """
            # HELP nt_ws_open WebSocket connections open.
            # TYPE nt_ws_open gauge
            nt_ws_open 12
            nt_ws_closed_total{code="1000"} 3
            nt_ws_closed_total{code="1001"} 4 1700000000000
            nt_build_info{version="0.3.0 \\"x\\" \\\\",other="a=b,c"} 1
            nt_small 1.5e-3

            """)
        #expect(page.value("nt_ws_open") == 12)
        #expect(page.value("nt_ws_closed_total") == 7)
        #expect(page.value("nt_ws_closed_total", ["code": "1001"]) == 4)
        #expect(page.value("nt_ws_closed_total", ["code": "1006"]) == nil)
        #expect(page.all("nt_build_info").first?.labels == ["version": "0.3.0 \"x\" \\", "other": "a=b,c"])
        #expect(page.value("nt_small") == 0.0015)
        #expect(page.value("nothing") == nil)
    }

    @Test(arguments: ["name{a=\"1\" 2", "name{a=1} 2", "name{a=\"1} 2", "name", "name x", " 3", "name{=\"\"", "name NaN", "{} 1"])
    func whatIsNoSampleIsPassedOver(line: String) {
        #expect(MetricsPage(line).isEmpty)
        #expect(MetricsPage(line + "\nlast 1\n").value("last") == 1)
    }

    @Test func aPageWithoutEndIsNotReadToItsEnd() {
        let lines = (0..<MetricsPage.mostSamples + 10).map { "m{i=\"\($0)\"} 1" }.joined(separator: "\n")
        #expect(MetricsPage(lines).all("m").count == MetricsPage.mostSamples)
    }

    @Test func labelsAreListedByWhatTheyHave() {
        let page = MetricsPage("m{a=\"x\"} 1\nm{a=\"y\"} 5\nm{a=\"z\"} 0\nm{a=\"w\"} 1\n")
        #expect(page.byLabel("m", "a").map(\.label) == ["y", "w", "x"])
    }

    @Test func aQuantileLiesInItsBucket() {
        let page = MetricsPage(
            "h_bucket{r=\"a\",le=\"1\"} 5\nh_bucket{r=\"a\",le=\"2\"} 10\nh_bucket{r=\"a\",le=\"+Inf\"} 10\n"
                + "h_bucket{r=\"b\",le=\"1\"} 0\nh_bucket{r=\"b\",le=\"2\"} 0\nh_bucket{r=\"b\",le=\"+Inf\"} 10\n")
        #expect(TopQuantile.of(page, "h", 0.25) == 1)
        #expect(TopQuantile.of(page, "h", 0.375) == 1.5)
        #expect(TopQuantile.of(page, "h", 0.95) == 2, "past the last bound it is that bound")
        #expect(TopQuantile.of(MetricsPage(""), "h", 0.5) == nil)
        #expect(TopQuantile.of(MetricsPage("h_bucket{le=\"+Inf\"} 0"), "h", 0.5) == nil)
    }
}
