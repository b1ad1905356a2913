import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing
import WebSocketCore

@Suite struct MetricsTests {
    // MARK: - Labels

    private func isClosed<Label: LabelSet>(_ label: Label.Type) -> Bool {
        let names = Label.names
        return Set(names).count == names.count && names.indices.allSatisfy { Label(rawValue: $0)?.rawValue == $0 }
            && Label(rawValue: names.count) == nil && Label(rawValue: -1) == nil
    }

    @Test func labelsAreClosedSets() {
        #expect(self.isClosed(MessageLabel.self))
        #expect(self.isClosed(SignalLabel.self))
        #expect(self.isClosed(ModeLabel.self))
        #expect(self.isClosed(ReasonLabel.self))
        #expect(self.isClosed(RedeemLabel.self))
        #expect(self.isClosed(LimitLabel.self))
        #expect(self.isClosed(RouteLabel.self))
        #expect(self.isClosed(ClosedLabel.self))
        #expect(self.isClosed(StatusLabel.self))
        #expect(SignalLabel.names[SignalLabel.kind(.senderReady).rawValue] == "sender_ready")
        #expect(SignalLabel.names[SignalLabel.kind(.unknown).rawValue] == "other")
        #expect(SignalLabel.names[SignalLabel.invalid.rawValue] == "invalid")
    }

    @Test func numbersOutsideTheSetAreOther() {
        for code in CloseCode.allCases { #expect(ClosedLabel.names[ClosedLabel(Int(code.rawValue)).rawValue] == "\(code.rawValue)") }
        for code in [0, 999, 1004, 3000, 4999, -1, .max] { #expect(ClosedLabel.names[ClosedLabel(code).rawValue] == "other") }
        #expect(StatusLabel.names[StatusLabel(503).rawValue] == "503" && StatusLabel.names[StatusLabel(418).rawValue] == "other")
    }

    // MARK: - Counting

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

    /// Every field of the counts takes part when the loops' counts are added up.
    @Test func loopsAddUp() {
        var counts = MetricCounts()
        counts.wsConnections = 1
        counts.wsMessages[.binary] = 2
        counts.wsFrameBytesIn.observe(3)
        counts.wsFrameBytesOut.observe(4)
        counts.wsRTT.observe(5)
        counts.wsClosed[ClosedLabel(1000)] = 6
        counts.signalMessages[.invalid] = 7
        counts.signalBytesIn[.kind(.offer)] = 8
        counts.signalBytesOut[.kind(.ice)] = 9
        counts.established[.relay] = 10
        counts.failed[.timeout] = 11
        counts.timeToFirstFlow.observe(12)
        counts.codesMinted = 13
        counts.codesExhausted = 14
        counts.codesRedeemed[.ok] = 15
        counts.guessingAlarms = 16
        counts.rateLimited[.http] = 17
        counts.httpRequests[RouteLabel.ws.rawValue][StatusLabel(101)] = 18
        counts.httpDuration.observe(19)
        func page(_ counts: MetricCounts) -> [Substring] { self.page(counts).split(separator: "\n").filter { !$0.hasPrefix("#") } }
        func value(_ line: Substring) -> Double { line.split(separator: " ").last.flatMap { Double($0) } ?? .nan }
        var doubled = counts
        doubled.add(counts)
        let (nothing, once, twice) = (page(MetricCounts()), page(counts), page(doubled))
        var grown: Set<Substring> = []
        for ((zero, one), two) in zip(zip(nothing, once), twice) where zero != one {
            #expect(value(two) - value(zero) == 2 * (value(one) - value(zero)), "\(one)")
            grown.insert(one.prefix { $0 != "{" && $0 != " " })
        }
        for name in [
            "nt_ws_connections_total", "nt_ws_messages_total", "nt_ws_frame_bytes_sum", "nt_ws_rtt_seconds_sum", "nt_ws_closed_total",
            "nt_signal_messages_total", "nt_signal_bytes_total", "nt_session_established_total", "nt_session_failed_total",
            "nt_session_time_to_first_flow_seconds_sum", "nt_codes_minted_total", "nt_codes_exhausted_total", "nt_codes_redeemed_total",
            "nt_code_guessing_alarms_total", "nt_rate_limited_total", "nt_http_requests_total", "nt_http_request_duration_seconds_sum",
        ] { #expect(grown.contains(name[...]), "\(name)") }
    }

    @Test func framesAreCountedByWhatTheyAre() {
        let shard = MetricsShard()
        shard.frameIn(.senderReady, opcode: .text, bytes: 10)
        shard.frameIn(nil, opcode: .binary, bytes: 300)
        shard.frameOut(.senderReady, bytes: 10)
        let counts = shard.snapshot
        #expect(counts.wsMessages[.text] == 1 && counts.wsMessages[.binary] == 1)
        #expect(counts.signalMessages[.kind(.senderReady)] == 1 && counts.signalMessages[.invalid] == 1)
        #expect(counts.signalBytesIn[.invalid] == 300 && counts.signalBytesOut[.kind(.senderReady)] == 10)
        #expect(counts.wsFrameBytesIn.sum == 310 && counts.wsFrameBytesOut.sum == 10)
    }

    // MARK: - Text

    @Test func theTextFormat() {
        var text = PrometheusText()
        text.counter("c_total", "A counter.", 7)
        text.gauge("g", "A gauge.", 0.25)
        text.gauge("whole", "A whole number.", 3)
        text.counterSeconds("s_total", "Seconds.", 1.5)
        var limited = Counts<LimitLabel>()
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

    private func page(_ counts: MetricCounts) -> String {
        let world = RuntimeWorld()
        var process = ProcessStatistics.read()
        process.cpuSeconds = 1
        (process.residentBytes, process.virtualBytes, process.openDescriptors) = (1, 2, 3)
        return MetricsPage(
            counts: counts, rooms: world.hub.rooms.totals.snapshot, codes: .init(live: 0, digits: 4), limiterKeys: 0, openConnections: 0,
            openWebSockets: 0, droppedLogLines: 0, version: "1", startedAt: 0, process: process
        ).render()
    }

    @Test func thePageHasEveryNameOfTheContract() {
        let page = self.page(MetricCounts())
        let families = page.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }.map { $0.split(separator: " ")[2] }
        #expect(Set(families).count == families.count)
        for name in [
            "nt_ws_connections_total", "nt_ws_messages_total", "nt_rooms_active", "nt_peers_active", "nt_ws_frame_bytes",
            "nt_ws_rtt_seconds", "nt_signal_messages_total", "nt_signal_bytes_total", "nt_session_established_total",
            "nt_session_failed_total", "nt_session_time_to_first_flow_seconds", "nt_codes_active", "nt_codes_minted_total",
            "nt_codes_redeemed_total", "nt_rate_limited_total", "nt_mailbox_messages", "nt_mailbox_bytes", "nt_ws_closed_total",
            "nt_http_requests_total", "nt_http_request_duration_seconds", "nt_build_info", "process_cpu_seconds_total",
        ] { #expect(families.contains(name[...]), "\(name)") }
        // Every series is there from the start, so that dashboards see a first increase.
        #expect(page.split(separator: "\n").count > 200)
    }

    @Test func thePageSpeaksOfTheHubItIsOf() throws {
        let world = RuntimeWorld()
        let a = try #require(world.join(.number(1), .a))
        #expect(world.send(a, to: .b, "12345") == .accepted)
        _ = world.hub.codes.mint(ttl: nil, world.context)
        world.hub.connections.socketOpened()
        #expect(world.hub.connections.openWebSocket())
        let lines = world.hub.metricsPage(version: "9.9", droppedLogLines: 4).split(separator: "\n")
        for line in [
            "nt_rooms_active 1", "nt_rooms_kept 1", "nt_peers_active 1", "nt_mailbox_messages 1", "nt_mailbox_bytes 5", "nt_codes_active 1",
            "nt_codes_minted_total 1", "nt_connections_open 1", "nt_ws_open 1", "nt_stored_bytes 165", "nt_log_lines_dropped_total 4",
            "nt_build_info{version=\"9.9\"} 1",
            "process_start_time_seconds 1700000000",
        ] { #expect(lines.contains(line[...]), "\(line)") }
    }
}
