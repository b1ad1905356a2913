import ServerConfiguration
import SignalingTestKit
import Testing

/// `/healthz`, `/readyz` and the metrics page; what they answer while the server drains is in DrainTests.
@Suite struct HealthTests {
    @Test func aRunningServerIsHealthyAndReady() async throws {
        try await withServer { server in
            let healthy = try await server.get("/healthz")
            #expect(healthy.status == 200 && healthy.body == #"{"ok":true}"# && healthy["Content-Type"] == "application/json")
            let ready = try await server.get("/readyz?from=balancer")
            #expect(ready.status == 200 && ready.body == #"{"ready":true}"#)
        }
    }

    @Test(arguments: ["/healthz", "/readyz", "/metrics"])
    func headIsGetWithoutTheBody(target: String) async throws {
        try await withServer { server in
            let client = try await server.connect()
            let head = try await client.request(HTTPAsk("HEAD", target))
            #expect(head.status == 200)
            #expect(head["Content-Length"].flatMap { Int($0) } ?? 0 > 0)
            // What follows on the connection is the next answer, so there was no body.
            #expect(try await client.request(HTTPAsk("GET", "/healthz")).body == #"{"ok":true}"#)
        }
    }

    @Test func theMetricsPageIsWhereItIsPut() async throws {
        try await withServer {
            $0.metricsRoute = "/internal/numbers"
        } _: { server in
            let page = try await server.get("/internal/numbers")
            #expect(page.status == 200)
            #expect(page["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(try await server.get("/metrics").isProblem(404))
        }
    }

    @Test func theMetricsPageCanBeOff() async throws {
        try await withServer {
            $0.metricsRoute = nil
        } _: { server async throws in
            #expect(try await server.get("/metrics").isProblem(404))
        }
    }
}
