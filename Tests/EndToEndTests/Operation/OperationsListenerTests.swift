import HTTPServer
import Logging
import NetworkAddresses
import ServerConfiguration
import SignalingRuntime
import SignalingTestKit
import Testing

/// Metrics and health on an address of their own, and what the server warns of at its start.
@Suite struct OperationsListenerTests {
    @Test func metricsAndHealthAreServedThereAloneThen() async throws {
        try await withServer {
            $0.metricsAddress = ListenAddress(host: "127.0.0.1", port: 0)
        } _: { server in
            for target in ["/healthz", "/readyz", "/metrics"] {
                #expect(try await server.get(target).status == 404, "\(target)")
                #expect(try await server.operations(HTTPAsk("GET", target)).status == 200, "\(target)")
            }
            for target in ["/rendezvous/code", "/ws", "/client/signaling.js", "/"] {
                #expect(try await server.operations(HTTPAsk("GET", target)).status == 404, "\(target)")
            }
            _ = try await server.mint()
            let text = MetricsText(try await server.operations(HTTPAsk("GET", "/metrics")).body)
            #expect(text["nt_codes_minted_total"] == 1)
            // Requests of both listeners are counted.
            #expect(server.requests("/metrics", .ok) == 2 && server.requests("/rendezvous/code", .ok) == 1)
        }
    }

    @Test func metricsAreNoPagesBusiness() async throws {
        try await withServer { server in
            for method in ["GET", "OPTIONS", "POST"] {
                let reply = try await server.request(HTTPAsk(method, "/metrics", headers: [("Origin", "https://page.example")]))
                for field in ["Allow-Origin", "Allow-Methods", "Allow-Headers", "Expose-Headers"] {
                    #expect(reply["Access-Control-\(field)"] == nil, "\(method)")
                }
            }
        }
    }

    @Test func onLoopbackNothingIsUnsafe() async throws {
        try await withServer { server in
            #expect(!server.log.lines.contains { $0.level == .warning })
        }
    }

    @Test func whatIsUnsafeElsewhereIsSaidAtTheStart() async throws {
        try await withServer {
            $0.host = "0.0.0.0"
        } _: { server in
            let warnings = server.log.lines.filter { $0.level == .warning }.map(\.message)
            #expect(warnings.count == 4)
            for (line, remedy) in zip(warnings, ["set DEV=false", "set METRICS_ADDRESS", "set TLS_CERT_FILE", "set ROOMS=minted"]) {
                #expect(line.contains(remedy), "\(line)")
            }
        }
        try await withServer {
            $0.host = "0.0.0.0"
            $0.dev = false
            $0.demo = false
            $0.metricsAddress = ListenAddress(host: "127.0.0.1", port: 0)
            $0.trustedProxies = [AddressBlock("10.0.0.0/8")].compactMap { $0 }
            $0.rooms = .minted
        } _: { server in
            #expect(!server.log.lines.contains { $0.level == .warning })
        }
    }

    @Test func aProxyThatNobodyHasNamedIsToldOfOnce() async throws {
        try await withServer {
            $0.trustedProxies = []
        } _: { server in
            for _ in 0..<3 { _ = try await server.mint(nil, [("X-Forwarded-For", "203.0.113.7")]) }
            let lines = server.log.lines.filter { $0.level == .warning }
            #expect(lines.count == 1)
            #expect(lines.first?.message.contains("TRUSTED_PROXIES") == true)
            #expect(lines.first?.metadata["peer"] == "127.0.0.0/24")
        }
    }
}
