import MetricsCore
import NIOCore
import SignalingHTTP
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing
import TimeKeeping
import WebSocketCore

@testable import HTTPServer

/// The metrics page: which series it has, and of whom it speaks.
@Suite struct MetricsPageTests {
    private func page(_ rig: APIRig) -> [Substring] {
        MetricsPage(rig.signaling, http: rig.parts.http.metrics, openConnections: 0, droppedLogLines: 0, version: "1").render()
            .split(separator: "\n")
    }

    /// The server's own series, with their values.
    private func series(_ rig: APIRig) -> [Substring] { self.page(rig).filter { $0.hasPrefix("nt_") } }

    /// Every field of the counts is on the page, and takes part when the loops' counts are added up.
    @Test func loopsAddUp() {
        let rig = APIRig()
        let labels = rig.parts.http.routes.labels
        func value(_ line: Substring) -> Double { line.split(separator: " ").last.flatMap { Double($0) } ?? .nan }
        func countOnALoopOfItsOwn() {
            rig.signaling.metrics.makeShard().count { counts in
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
                counts.redeemWaits[.left] = 19
                counts.guessingAlarms = 16
                counts.rateLimited[.http] = 17
                counts.iceCredentials[.redeem] = 20
            }
            rig.parts.http.metrics.makeShard(labels: labels).responded(2, .switchingProtocols, duration: .seconds(18))
        }
        _ = rig.parts.http.metrics.makeShard(labels: labels)
        let nothing = self.series(rig)
        countOnALoopOfItsOwn()
        let once = self.series(rig)
        countOnALoopOfItsOwn()
        let twice = self.series(rig)
        #expect(nothing.count == once.count && once.count == twice.count)
        var grown: Set<Substring> = []
        for ((zero, one), two) in zip(zip(nothing, once), twice) where zero != one {
            #expect(value(two) - value(zero) == 2 * (value(one) - value(zero)), "\(one)")
            grown.insert(one.prefix { $0 != "{" && $0 != " " })
        }
        for name in [
            "nt_ws_connections_total", "nt_ws_messages_total", "nt_ws_frame_bytes_sum", "nt_ws_rtt_seconds_sum", "nt_ws_closed_total",
            "nt_signal_messages_total", "nt_signal_bytes_total", "nt_session_established_total", "nt_session_failed_total",
            "nt_session_time_to_first_flow_seconds_sum", "nt_codes_minted_total", "nt_codes_exhausted_total", "nt_codes_redeemed_total",
            "nt_redeem_waits_total",
            "nt_code_guessing_alarms_total", "nt_rate_limited_total", "nt_http_requests_total", "nt_http_request_duration_seconds_sum",
            "nt_ice_credentials_total",
        ] { #expect(grown.contains(name[...]), "\(name)") }
        #expect(twice.contains(#"nt_http_requests_total{route="/ws",status="101"} 2"#))
    }

    @Test func thePageHasEveryNameOfTheContract() throws {
        let page = try APIRig().send(HTTPAsk("GET", "/metrics")).body.split(separator: "\n")
        let families = page.filter { $0.hasPrefix("# TYPE ") }.map { $0.split(separator: " ")[2] }
        #expect(Set(families).count == families.count)
        for name in [
            "nt_ws_connections_total", "nt_ws_messages_total", "nt_rooms_active", "nt_peers_active", "nt_ws_frame_bytes",
            "nt_ws_rtt_seconds", "nt_signal_messages_total", "nt_signal_bytes_total", "nt_session_established_total",
            "nt_session_failed_total", "nt_session_time_to_first_flow_seconds", "nt_codes_active", "nt_codes_minted_total",
            "nt_codes_redeemed_total", "nt_rate_limited_total", "nt_mailbox_messages", "nt_mailbox_bytes", "nt_ws_closed_total",
            "nt_http_requests_total", "nt_http_request_duration_seconds", "nt_build_info", "process_cpu_seconds_total",
        ] { #expect(families.contains(name[...]), "\(name)") }
        // Every series is there from the start, so that dashboards see a first increase.
        #expect(page.count > 200)
        for route in ["/rendezvous/code", "/ws", "/metrics", "other"] {
            for status in HTTPStatus.names { #expect(page.contains("nt_http_requests_total{route=\"\(route)\",status=\"\(status)\"} 0")) }
        }
    }

    @Test func thePageSpeaksOfTheServerItIsOf() throws {
        let rig = APIRig { $0.maxRooms = 40 }
        let room = "01234567-89ab-cdef-0123-456789abcdef"
        let a = rig.connect()
        a.receive(ByteBuffer(string: WebSocketClient.upgradeAsk(room: room, side: "A").text))
        a.receive(ByteBuffer(bytes: ClientFrame.text(#"{"type":"send","to":"B","payload":12345}"#).bytes))
        _ = try rig.mint()
        let stored = rig.signaling.rooms.totals.snapshot.storedBytes
        #expect(stored > 5)
        let page = MetricsPage(rig.signaling, http: rig.parts.http.metrics, openConnections: 3, droppedLogLines: 4, version: "9.9")
        let lines = page.render().split(separator: "\n")
        for line in [
            "nt_rooms_active 1", "nt_rooms_kept 1", "nt_peers_active 1", "nt_mailbox_messages 1", "nt_mailbox_bytes 5", "nt_codes_active 1",
            "nt_codes_minted_total 1", "nt_connections_open 3", "nt_ws_open 1", "nt_ws_connections_total 1", "nt_stored_bytes \(stored)",
            "nt_log_lines_dropped_total 4", "nt_build_info{version=\"9.9\"} 1", "process_start_time_seconds 1769860800",
            #"nt_http_requests_total{route="/rendezvous/code",status="200"} 1"#, #"nt_http_requests_total{route="/ws",status="101"} 1"#,
            #"nt_share_taken{resource="rooms"} 1"#, #"nt_share_bound{resource="rooms"} 40"#,
            "nt_share_taken{resource=\"stored_bytes\"} \(stored)",
        ] { #expect(lines.contains(line[...]), "\(line)") }
        // Connections have no bound here.
        #expect(!lines.contains { $0.hasPrefix("nt_share") && $0.contains("\"connections\"") && !$0.hasPrefix("nt_share_refusals") })
    }
}
