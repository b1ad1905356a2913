import ICECore
import ServerApp
import ServerConfiguration
import SignalingCore
import SignalingTestKit
import Testing

/// Settings and files that are read again while the server runs.
@Suite struct ReloadTests {
    private static let page = [("Origin", "https://page.example")]

    /// What the settings were, with changes.
    private static func reload(_ server: TestServer, _ base: ServerSettings, _ change: (inout ServerSettings) -> Void) async {
        var settings = base
        change(&settings)
        let read = settings
        await server.server.reloader.reload { read }
    }

    private static func withBase(
        _ adjust: (inout ServerSettings) -> Void = { _ in }, _ test: (TestServer, ServerSettings) async throws -> Void
    ) async throws {
        var base = ServerSettings()
        try await withServer {
            adjust(&$0)
            base = $0
        } _: { server in
            try await test(server, base)
        }
    }

    @Test func pagesAndLimitsChangeWhileConnectionsStay() async throws {
        try await Self.withBase {
            $0.dev = false
        } _: { server, base in
            let (a, b) = try await server.pair()
            let kept = try await server.connect()
            let ask = HTTPAsk("POST", "/rendezvous/code", headers: Self.page)
            #expect(try await server.request(ask).status == 403)
            #expect(try await kept.request(HTTPAsk("GET", "/healthz")).status == 200)
            await Self.reload(server, base) {
                $0.corsOrigins = ["https://page.example"]
                $0.httpRatePerMinute = 2
                $0.maxConnections = 2
            }
            #expect(try await kept.request(ask)["Access-Control-Allow-Origin"] == "https://page.example")
            #expect(try await server.request(ask).status == 200)
            #expect(try await kept.request(ask).status == 429)
            // As many are open as may be, and they stay.
            let third = try await server.connect()
            #expect(try await third.request(WebSocketClient.upgradeAsk(room: randomRoom(), side: "A")).status == 503)
            try await a.send(#"{"type":"offer","sdp":"v=0"}"#)
            #expect(try await b.nextText() == #"{"type":"offer","sdp":"v=0"}"#)
            let line = try #require(server.log.lines("reloaded").first)
            #expect(
                line.metadata == ["settings": "MAX_CONNECTIONS=2, CORS_ORIGINS=https://page.example, HTTP_RATE_PER_MIN=2"])
            await Self.reload(server, base) { _ in }
            #expect(try await server.request(HTTPAsk("POST", "/rendezvous/code", headers: Self.page)).status == 403)
            for _ in 0..<5 { #expect(try await server.mint().status == 200) }
            #expect(try await server.metrics()[#"nt_reloads_total{result="ok"}"#] == 2)
        }
    }

    @Test func whatWaitsForARestartIsNamedAndNotTaken() async throws {
        try await Self.withBase { server, base in
            await Self.reload(server, base) { $0.codeDigits = 5 }
            #expect(server.log.lines("reloaded").map(\.metadata) == [["wait_for_restart": "CODE_DIGITS"]])
            let minted = try await server.mint()
            #expect(minted.text("code")?.count == 4)
            await Self.reload(server, base) { _ in }
            #expect(server.log.lines("reloaded: nothing has changed").count == 1)
        }
    }

    @Test func credentialsAreMadeWithTheNewSecret() async throws {
        let file = try TemporaryFile("the first secret of two\n")
        defer { file.remove() }
        try await Self.withBase { server, base in
            #expect(try await !server.mint().body.contains("iceServers"))
            let turn: (inout ServerSettings) -> Void = {
                $0.turnURLs = [try? ICEURL("turn:t.example:3478")].compactMap(\.self)
                $0.turnSecretFile = file.path
            }
            for secret in ["the first secret of two", "the second secret of two"] {
                try file.replace(with: secret + "\n")
                await Self.reload(server, base, turn)
                let servers = PlainJSON(Array(try await server.mint().body.utf8))?["iceServers"]?.elements
                let entry = try #require(servers?.first)
                let username = try #require(entry["username"]?.text)
                #expect(entry["credential"]?.text == TURNCredentials(secret: Array(secret.utf8)).credential(for: username))
            }
            #expect(server.log.lines("reloaded").last?.metadata == ["files": "TURN_SECRET_FILE"])
            #expect(!server.log.text.contains("secret of two"))
            await Self.reload(server, base) { _ in }
            #expect(try await !server.mint().body.contains("iceServers"))
        }
    }

    /// Nothing of it is taken, however good the rest is.
    @Test func whatIsWrongLeavesAllAsItWas() async throws {
        try await Self.withBase { server, base in
            await Self.reload(server, base) {
                $0.httpRatePerMinute = 1
                $0.turnURLs = [try? ICEURL("turn:t.example:3478")].compactMap(\.self)
                $0.turnSecretFile = "/nonexistent/secret"
            }
            struct Unreadable: Error, CustomStringConvertible { let description = "HTTP_RATE_PER_MIN=x: must be a whole number" }
            await server.server.reloader.reload { throw Unreadable() }
            for _ in 0..<3 { #expect(try await server.mint().status == 200) }
            let lines = server.log.lines("cannot reload: all stays as it was")
            #expect(lines.count == 2 && server.log.lines("reloaded").isEmpty)
            #expect(lines[0].metadata["reason"]?.hasPrefix("TURN_SECRET_FILE=/nonexistent/secret: ") == true)
            #expect(lines[1].metadata["reason"] == "HTTP_RATE_PER_MIN=x: must be a whole number")
            let metrics = try await server.metrics()
            #expect(metrics[#"nt_reloads_total{result="failed"}"#] == 2 && metrics[#"nt_reloads_total{result="ok"}"#] == 0)
        }
    }
}
