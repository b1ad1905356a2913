import OutgoingHTTP
import Testing

@testable import TopTool

@Suite struct TopScreenTests {
    private static func page(minted: Int = 0, connected: Int = 0, start: Int = 1, more: String = "") -> MetricsPage {
        MetricsPage(
            """
            process_start_time_seconds \(start)
            nt_ws_open 1234
            nt_rooms_active 600
            nt_codes_active 7
            nt_code_digits 4
            nt_codes_minted_total \(minted)
            nt_pairings_total{outcome="connected",route="direct",cause="none"} \(connected)
            nt_pairings_total{outcome="failed",route="none",cause="checks_failed"} 1
            nt_pairings_total{outcome="unreported",route="none",cause="none"} 2
            process_resident_memory_bytes 34668544
            \(more)
            """)
    }

    private static func history(_ pages: [MetricsPage]) -> TopHistory {
        var history = TopHistory()
        for (index, page) in pages.enumerated() { history.add(page, atSeconds: Double(index * 2)) }
        return history
    }

    private static let plain = TopScreen(columns: 80, rows: 24, isDrawing: false)

    @Test func aLookSaysWhatIsAndHowFast() {
        let history = Self.history([Self.page(minted: 10, connected: 2), Self.page(minted: 16, connected: 3)])
        let text = Self.plain.lines(history, heading: "here", trouble: nil)
        #expect(text.first == "here")
        #expect(text.contains("Now         WebSockets 1,234  rooms 600  codes 7 of 4 digits"))
        #expect(text.contains("Per second  minted 3"))
        #expect(text.contains("Pairings    75 % of 4 connected  direct 3  2 did not say"))
        #expect(text.contains("Failed      checks_failed 1"))
        #expect(text.contains("Process     memory 35 MB"))
    }

    @Test func withOnePageThereAreNoRates() {
        let text = Self.plain.lines(Self.history([Self.page(minted: 10)]), heading: "here", trouble: nil)
        #expect(!text.contains { $0.hasPrefix("Per second") })
    }

    @Test func ratesAreOfTheLastSecondsAlone() {
        var history = TopHistory()
        history.add(Self.page(minted: 0), atSeconds: 0)
        history.add(Self.page(minted: 1000), atSeconds: 2)
        for seconds in [12, 14, 16] { history.add(Self.page(minted: 1000), atSeconds: Double(seconds)) }
        #expect(history.rate("nt_codes_minted_total") == 0)
    }

    @Test func aServerThatWasStartedAnewCountsFromNothing() {
        let history = Self.history([Self.page(minted: 100, connected: 50), Self.page(minted: 1, start: 2)])
        #expect(history.rate("nt_codes_minted_total") == nil)
        #expect(history.connectedByInterval.isEmpty)
    }

    @Test func whatIsKeptHasABound() {
        var history = TopHistory()
        for second in 0..<1000 { history.add(Self.page(connected: second), atSeconds: Double(second) / 1000) }
        #expect(history.connectedByInterval.count == TopHistory.mostIntervals)
        let rate = history.rate("nt_pairings_total", TopHistory.connected) ?? 0
        #expect(abs(rate - 1000) < 0.001)
    }

    @Test(arguments: [(80, 24), (20, 40), (40, 8), (200, 60), (5, 2)])
    func nothingLeavesTheWindow(columns: Int, rows: Int) {
        let history = Self.history([Self.page(), Self.page(connected: 9)])
        let screen = TopScreen(columns: columns, rows: rows, isDrawing: true)
        let lines = screen.lines(history, heading: String(repeating: "h", count: 300), trouble: "no answer").map {
            $0.replacing(#/\u{1b}\[[0-9;]*m/#, with: "")
        }
        #expect(lines.count <= max(rows, 3))
        #expect(lines.allSatisfy { $0.count <= max(columns, 20) })
    }

    @Test func troubleIsToldWhole() {
        let words = "http://127.0.0.1:1234/metrics does not answer: cannot connect; below is what was last seen"
        let screen = TopScreen(columns: 40, rows: 24, isDrawing: false)
        let lines = screen.lines(Self.history([Self.page()]), heading: "", trouble: words)
        #expect(lines.dropFirst().prefix { !$0.isEmpty }.joined(separator: " ") == words)
    }

    @Test func whatNeedsALookStandsFirst() {
        let calm = Self.page(more: "nt_code_guessing_alarms_total 1\nnt_engine_up 1")
        let alarmed = Self.page(more: "nt_code_guessing_alarms_total 2\nnt_engine_up 0")
        let rows = TopRows.of(Self.history([calm, alarmed]))
        #expect(rows.first?.isAlarming == true)
        #expect(rows.first?.figures == ["the engine is away: nobody can join", "somebody is guessing codes"])
        #expect(TopRows.of(Self.history([calm, calm])).allSatisfy { !$0.isAlarming })
    }

    @Test func aBoundThatIsNearlyReachedIsNamed() {
        let shares = #"nt_share_taken{resource="stored_bytes"} 90\#nnt_share_taken{resource="rooms"} 79"#
        let bounds = #"\#nnt_share_bound{resource="stored_bytes"} 100\#nnt_share_bound{resource="rooms"} 100"#
        let rows = TopRows.of(Self.history([Self.page(more: shares + bounds)]))
        #expect(rows.first?.figures == ["90 % of all stored bytes are taken"])
    }

    @Test func theConnectedAreDrawn() {
        let history = Self.history([Self.page(), Self.page(connected: 1), Self.page(connected: 9), Self.page(connected: 9)])
        let screen = TopScreen(columns: 80, rows: 24, isDrawing: true)
        #expect(screen.lines(history, heading: "", trouble: nil).last?.hasSuffix("▂█▁") == true)
    }

    @Test func numbersAreAsPeopleReadThem() {
        #expect([0, 7, 0.25, 1234, 1_000_000].map(TopNumbers.count) == ["0", "7", "0.3", "1,234", "1,000,000"])
        #expect([0, 999, 1500, 34_668_544, 5e12].map(TopNumbers.bytes) == ["0 B", "999 B", "1.5 kB", "35 MB", "5 TB"])
        #expect([59, 60, 3700, 90_061].map(TopNumbers.age) == ["59 s", "1 min 0 s", "1 h 1 min", "1 d 1 h"])
        #expect([0.0421, 1.26].map(TopNumbers.seconds) == ["42 ms", "1.3 s"])
        #expect(TopNumbers.percent(1, of: 0) == "-")
        #expect(TopNumbers.columns([0.0, 4, 8]) == "▁▅█")
    }

    @Test(
        arguments: [
            (nil, "http://127.0.0.1:1234/metrics"), ("localhost", "http://localhost/metrics"),
            ("10.0.0.5:9100", "http://10.0.0.5:9100/metrics"),
            ("[::1]:9100", "http://[::1]:9100/metrics"), ("example.org", "https://example.org/metrics"),
            ("https://example.org/signal/metrics", "https://example.org/signal/metrics"), ("ftp://x", nil), ("a b", nil), ("", nil),
        ] as [(String?, String?)])
    func anAddressLeadsToTheMetrics(text: String?, url: String?) { #expect(TopPlace(text)?.url == url) }

    @Test(arguments: [(404, "METRICS_ROUTE"), (200, "no metrics page"), (0, "does not answer: no connection in time")])
    func whatIsNotThereIsSaid(status: Int, words: String) async throws {
        let place = try #require(TopPlace(nil))
        let run = TopRun(place: place, interval: .seconds(1), http: Responder(status: status))
        await #expect { try await run.lookOnce() } throws: { "\($0)".contains(words) }
    }

    private struct Responder: HTTPFetching {
        let status: Int

        func fetch(_ request: OutgoingRequest) async throws(OutgoingError) -> OutgoingResponse {
            guard self.status > 0 else { throw OutgoingError("no connection in time") }
            return OutgoingResponse(status: self.status, body: Array("hello 1\n".utf8))
        }
    }
}
