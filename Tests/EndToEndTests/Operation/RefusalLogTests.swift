import Logging
import NIOCore
import ServerConfiguration
import SignalingTestKit
import Testing

/// What the log says of requests that were refused, and of what was no request.
@Suite struct RefusalLogTests {
    private func lines(_ server: TestServer, _ message: String, _ count: Int = 1) async throws -> [LogRecorder.Line] {
        try await eventually("\(count) of \(message)") { server.log.lines(message).count >= count }
        return server.log.lines(message)
    }

    @Test func aPageOfAnotherOriginIsNamed() async throws {
        try await withServer {
            $0.dev = false
        } _: { server in
            _ = try await server.mint(nil, [("Origin", "https://other.example")])
            _ = try await server.get("/ws?appID=\(randomRoom())&side=A", [("Origin", "https://" + String(repeating: "x", count: 1000))])
            let lines = try await self.lines(server, "request", 2).filter { $0.metadata["status"] == "403" }
            #expect(lines.count == 2)
            for line in lines {
                #expect(line.level == .info)
                #expect(line.metadata["reason"]?.contains("CORS_ORIGINS") == true)
            }
            #expect(lines.first?.metadata["origin"] == "https://other.example")
            // A field may be longer than any origin.
            #expect(lines.last?.metadata["origin"]?.utf8.count == 303)
        }
    }

    @Test func eachRefusalHasItsReasonAndOtherRequestsHaveNone() async throws {
        try await withServer {
            $0.allowedHosts = ["app.example"]
            $0.rooms = .minted
            $0.wsRatePerMinute = 1
        } _: { server in
            let host = ("Host", "app.example")
            _ = try await server.get("/healthz", [host])
            _ = try await server.get("/healthy", [("Host", "other.example")])
            _ = try await server.get("/nothing", [host])
            _ = try await server.get("/ws?appID=\(randomRoom())&side=A", WebSocketClient.upgradeHeaders + [host])
            _ = try await server.get("/ws?appID=\(randomRoom())&side=A", WebSocketClient.upgradeHeaders + [host])
            let lines = try await self.lines(server, "request", 5)
            #expect(lines.map { $0.metadata["status"] } == ["200", "421", "404", "403", "429"])
            let parts = [nil, "ALLOWED_HOSTS", "no such resource", "token", "too many connections"]
            for (line, part) in zip(lines, parts) {
                #expect(part == nil ? line.metadata["reason"] == nil : line.metadata["reason"]?.contains(part ?? "") == true)
                #expect(line.metadata["host"] == (line.metadata["status"] == "421" ? "other.example" : nil))
                #expect(line.metadata["via"] == nil)
            }
        }
    }

    @Test func whatATrustedProxyPassedOnSaysSo() async throws {
        try await withServer { server in
            _ = try await server.get("/nothing", [("X-Forwarded-For", "203.0.113.7")])
            let line = try #require(try await self.lines(server, "request").first)
            #expect(line.metadata["via"] == "proxy" && line.metadata["client"] == "203.0.113.0/24")
        }
    }

    @Test(arguments: [
        ("GET /\u{1} HTTP/1.1\r\n\r\n", "400", "the target"), ("BREW / HTTP/1.1\r\n\r\n", "400", "a known method"),
        ("GET / HTTP/1.1\r\nX: " + String(repeating: "x", count: 9000), "431", "too long"),
    ]) func whatIsNoRequestHasALine(_ bytes: String, _ status: String, _ reason: String) async throws {
        try await withServer { server in
            #expect(try await server.answers(to: Array(bytes.utf8)).map { String($0.status) } == [status])
            let line = try #require(try await self.lines(server, "unreadable request").first)
            #expect(line.metadata["status"] == status && line.metadata["reason"]?.contains(reason) == true)
            #expect(line.metadata["client"] == "127.0.0.0/24" && line.level == .info)
        }
    }

    private static let proxyHeader: [UInt8] =
        [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x20, 0, 0, 0] + Array("GET / HTTP/1.1\r\n".utf8)

    @Test(arguments: [
        (Array("PROXY TCP4 203.0.113.7 198.51.100.1 1 2\r\nGET / HTTP/1.1\r\n".utf8), "set PROXY_PROTOCOL=true"),
        (RefusalLogTests.proxyHeader, "set PROXY_PROTOCOL=true"),
        ([0x16, 0x03, 0x01, 0x02, 0x00, 0x01], "set TLS_CERT_FILE and TLS_KEY_FILE"),
    ]) func anotherProtocolIsNamed(_ bytes: [UInt8], _ advice: String) async throws {
        try await withServer { server in
            let replies = try await server.answers(to: bytes)
            #expect(replies.map(\.status) == [400] && replies[0].body.contains(advice))
            let line = try #require(try await self.lines(server, "unreadable request").first)
            #expect(line.metadata["reason"]?.contains(advice) == true)
        }
    }

    @Test(arguments: [("GET / HTTP/1.1\r\nHost: x\r\n\r\n", "plain HTTP"), ("PROXY UNKNOWN\r\n", "PROXY_PROTOCOL=true")])
    func whatIsNotTLSIsNamed(_ bytes: String, _ reason: String) async throws {
        try await withTLSServer { server in
            let client = try await server.connect()
            try await client.send(bytes)
            try await client.readToEnd()
            let line = try #require(try await self.lines(server, "unreadable request").first)
            #expect(line.metadata["reason"]?.contains(reason) == true)
        }
    }

    @Test(arguments: [true, false]) func aMalformedFrameIsNamedAndWhetherAProxyStoodBetween(isByProxy: Bool) async throws {
        try await withServer { server in
            let client = try await server.join(randomRoom(), "A", headers: isByProxy ? [("X-Forwarded-For", "203.0.113.7")] : [])
            try await client.send(ClientFrame.text("{}").with { $0.mask = nil })
            try await client.socket.readToEnd()
            client.socket.close()
            let line = try #require(try await self.lines(server, "connection ended").first)
            #expect(line.metadata["code"] == "1002" && line.metadata["violation"] == "frame without a mask")
            #expect(line.metadata["via"] == (isByProxy ? "proxy" : nil))
        }
    }
}
