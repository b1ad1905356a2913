import MetricsCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing

/// `telemetry` moves metrics, once for each pairing, and nothing else.
@Suite struct TelemetryTests {
    @Test func aConnectionIsCountedOnceForEachPairing() async throws {
        try await withServer { server in
            let room = randomRoom()
            let (a, b) = try await server.pair(room)
            for client in [a, b, a] { try await client.send(#"{"type":"telemetry","event":"ice-connected","mode":"direct"}"#) }
            try await server.waitForFrames(3)
            var metrics = try await server.metrics()
            #expect(metrics[#"nt_session_established_total{mode="direct"}"#] == 1)
            #expect(metrics["nt_session_time_to_first_flow_seconds_count"] == 1)
            #expect(metrics["nt_session_time_to_first_flow_seconds_sum"] < 60)
            try await b.close()
            let again = try await server.join(room, "B")
            #expect(try await again.nextText() == roomFull)
            try await again.send(#"{"type":"telemetry","event":"ice-connected","mode":"relay"}"#)
            try await server.waitForFrames(4)
            metrics = try await server.metrics()
            #expect(metrics[#"nt_session_established_total{mode="relay"}"#] == 1)
            #expect(metrics["nt_session_time_to_first_flow_seconds_count"] == 2)
        }
    }

    @Test(arguments: [
        ("", "unspecified"), (#","mode":"RELAY""#, "relay"), (#","mode":"carrier pigeon""#, "other"), (#","mode":7"#, "other"),
    ])
    func modesAreAClosedSet(member: String, label: String) async throws {
        try await withServer { server in
            let (a, _) = try await server.pair()
            try await a.send(#"{"type":"telemetry","event":"ice-connected"\#(member)}"#)
            try await server.waitForFrames(1)
            #expect(try await server.metrics()["nt_session_established_total{mode=\"\(label)\"}"] == 1)
        }
    }

    @Test(arguments: [("", "ice-failed"), (#","reason":"timeout""#, "timeout"), (#","reason":"gremlins""#, "other")])
    func aFailureIsCountedOnceWithItsReason(member: String, label: String) async throws {
        try await withServer { server in
            let (a, b) = try await server.pair()
            for client in [a, b] { try await client.send(#"{"type":"telemetry","event":"ice-failed"\#(member)}"#) }
            try await server.waitForFrames(2)
            let metrics = try await server.metrics()
            #expect(metrics["nt_session_failed_total{reason=\"\(label)\"}"] == 1)
            #expect(metrics["nt_session_time_to_first_flow_seconds_count"] == 0)
        }
    }

    @Test func withoutAPairingThereIsNothingToCount() async throws {
        try await withServer { server in
            let a = try await server.join(randomRoom(), "A")
            try await a.send(#"{"type":"telemetry","event":"ice-connected"}"#)
            try await server.waitForFrames(1)
            #expect(server.counts.established.values.reduce(0, +) == 0)
        }
    }

    @Test func aConnectionReportsSixtyTimesAMinute() async throws {
        try await withServer { server in
            let (a, b) = try await server.pair()
            try await a.send(Array(repeating: ClientFrame.text(#"{"type":"telemetry","event":"ice-failed"}"#), count: 61))
            // All of them say the same, so both are told once.
            for client in [a, b] { #expect(try await client.nextText().hasPrefix(#"{"type":"diagnosis""#)) }
            #expect(try await a.nextText().isError("rate_limited"))
            #expect(try await server.metrics()[#"nt_rate_limited_total{scope="telemetry"}"#] == 1)
            try await a.send(#"{"type":"ice"}"#)
            #expect(try await b.nextText() == #"{"type":"ice"}"#)
        }
    }
}
