import MetricsCore
import ServerConfiguration
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing

/// The metrics page as a whole: names, truth of the gauges, and a fixed set of series.
@Suite struct MetricsTests {
    static let families = [
        ("nt_ws_connections_total", "counter"), ("nt_ws_messages_total", "counter"), ("nt_rooms_active", "gauge"),
        ("nt_peers_active", "gauge"), ("nt_ws_frame_bytes", "histogram"), ("nt_ws_rtt_seconds", "histogram"),
        ("nt_signal_messages_total", "counter"),
        ("nt_signal_bytes_total", "counter"), ("nt_session_established_total", "counter"), ("nt_session_failed_total", "counter"),
        ("nt_pairings_active", "gauge"), ("nt_pairings_total", "counter"), ("nt_pairing_first_flow_seconds", "histogram"),
        ("nt_rooms_ended_total", "counter"), ("nt_codes_ended_total", "counter"),
        ("nt_session_time_to_first_flow_seconds", "histogram"), ("nt_codes_active", "gauge"), ("nt_codes_minted_total", "counter"),
        ("nt_codes_redeemed_total", "counter"), ("nt_rate_limited_total", "counter"), ("nt_mailbox_messages", "gauge"),
        ("nt_mailbox_bytes", "gauge"), ("nt_ws_closed_total", "counter"), ("nt_http_requests_total", "counter"),
        ("nt_http_request_duration_seconds", "histogram"), ("nt_build_info", "gauge"), ("process_cpu_seconds_total", "counter"),
        ("process_start_time_seconds", "gauge"), ("process_max_fds", "gauge"),
    ]

    @Test func everyNameOfTheContractIsThere() async throws {
        try await withServer { server in
            let metrics = try await server.metrics()
            for (name, type) in Self.families { #expect(metrics.types[name] == type, "\(name)") }
            for series in [
                #"nt_ws_messages_total{type="text"}"#, #"nt_signal_messages_total{type="offer"}"#,
                #"nt_signal_bytes_total{dir="in",type="ice"}"#, #"nt_signal_bytes_total{dir="out",type="ice"}"#,
                #"nt_ws_frame_bytes_count{dir="in"}"#, #"nt_ws_frame_bytes_bucket{dir="out",le="+Inf"}"#,
                #"nt_session_established_total{mode="direct"}"#, #"nt_session_failed_total{reason="ice-failed"}"#,
                #"nt_codes_redeemed_total{result="ok"}"#, #"nt_rate_limited_total{scope="http"}"#, #"nt_ws_closed_total{code="1000"}"#,
                #"nt_http_requests_total{route="/ws",status="101"}"#,
            ] { #expect(metrics.values[series] != nil, "\(series)") }
        }
    }

    @Test func whatHappensIsCounted() async throws {
        try await withServer { server in
            let (a, b) = try await server.pair()
            let text = #"{"type":"offer","sdp":"v=0"}"#
            try await a.send(text)
            #expect(try await b.nextText() == text)
            try await a.send(#"{"type":"whatever"}"#)
            _ = try await a.nextText()
            _ = try await server.mint()
            _ = try await server.get("/nothing")
            try await a.close()
            #expect(try await b.nextText() == peerLeft)
            try await eventually("A is gone") { server.signaling.admission.open == 1 }
            let metrics = try await server.metrics()
            let length = Double(text.utf8.count)
            #expect(metrics["nt_ws_connections_total"] == 2)
            #expect(metrics[#"nt_signal_messages_total{type="offer"}"#] == 1)
            #expect(metrics[#"nt_signal_messages_total{type="other"}"#] == 1)
            #expect(metrics[#"nt_signal_bytes_total{dir="in",type="offer"}"#] == length)
            #expect(metrics[#"nt_signal_bytes_total{dir="out",type="offer"}"#] == length)
            #expect(metrics[#"nt_ws_frame_bytes_count{dir="in"}"#] == 2)
            #expect(metrics[#"nt_ws_frame_bytes_sum{dir="out"}"#] == length)
            #expect(metrics[#"nt_ws_closed_total{code="1000"}"#] == 1)
            #expect(metrics[#"nt_ws_messages_total{type="close"}"#] == 1)
            #expect(metrics[#"nt_http_requests_total{route="/ws",status="101"}"#] == 2)
            #expect(metrics[#"nt_http_requests_total{route="/rendezvous/code",status="200"}"#] == 1)
            #expect(metrics[#"nt_http_requests_total{route="other",status="404"}"#] == 1)
            #expect(metrics["nt_http_request_duration_seconds_count"] == 4)
            #expect(metrics["nt_peers_active"] == 1)
            #expect(metrics["nt_rooms_active"] == 1)
        }
    }

    @Test func aThousandRoomsComeAndGo() async throws {
        // Nobody answers pings here.
        try await withServer {
            $0.heartbeat = .seconds(600)
        } _: { server in
            var open: [(a: WebSocketClient, b: WebSocketClient)] = []
            for _ in 0..<40 {
                open += try await withThrowingTaskGroup(of: (a: WebSocketClient, b: WebSocketClient).self) { group in
                    for _ in 0..<25 { group.addTask { try await server.pair() } }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
            }
            var metrics = try await server.metrics()
            #expect(metrics["nt_rooms_active"] == 1000)
            #expect(metrics["nt_peers_active"] == 2000)
            for (index, pair) in open.enumerated() {
                // Every way to go.
                if index % 2 == 0 { try await pair.a.sendClose(1000) } else { pair.a.socket.close() }
                pair.b.socket.close()
            }
            try await eventually("everything is back to nothing") {
                metrics = try await server.metrics()
                return ["nt_rooms_active", "nt_rooms_kept", "nt_peers_active", "nt_mailbox_messages", "nt_held_bytes"].allSatisfy {
                    metrics[$0] == 0
                }
            }
            #expect(metrics["nt_ws_connections_total"] == 2000)
            let closed = metrics.values.filter { $0.key.hasPrefix("nt_ws_closed_total") }.map(\.value)
            try await eventually("every end was counted") { server.counts.wsClosed.values.reduce(0, +) == 2000 }
            #expect(closed.count > 5)
        }
    }

    @Test func clientsMakeNoSeries() async throws {
        try await withServer { server in
            let before = try await server.metrics().series
            let (a, _) = try await server.pair()
            for text in [
                #"{"type":"made-up"}"#, #"{"type":"telemetry","event":"ice-connected","mode":"made-up"}"#,
                #"{"type":"telemetry","event":"ice-failed","reason":"made-up"}"#, "not JSON",
            ] { try await a.send(text) }
            _ = try await server.get("/made-up")
            _ = try await server.request(HTTPAsk("MADE-UP", "/healthz"))
            _ = try await server.redeem("99999")
            try await a.sendClose(4321)
            try await a.socket.readToEnd()
            try await eventually("the close is counted") { server.counts.wsClosed.values.reduce(0, +) == 1 }
            let after = try await server.metrics()
            #expect(after.series == before)
            #expect(after[#"nt_ws_closed_total{code="other"}"#] == 1)
            #expect(after[#"nt_session_established_total{mode="other"}"#] == 1)
            #expect(after[#"nt_session_failed_total{reason="other"}"#] == 1)
            #expect(after[#"nt_signal_messages_total{type="other"}"#] == 1)
            #expect(after[#"nt_signal_messages_total{type="invalid"}"#] == 1)
        }
    }
}
