import NIOCore
import SignalingTestKit
import Testing

/// HTTP/1.1 as such: what is refused, what is kept alive, and what is read in which order.
@Suite struct RequestTests {
    @Test(arguments: ["/demo", "/nothing", "/rendezvous", "/rendezvous/code/", "/WS", "//healthz", "/healthz%2f", "*"])
    func whatIsNotThereIsNotFound(target: String) async throws {
        try await withServer { server async throws in #expect(try await server.get(target).isProblem(404)) }
    }

    @Test(arguments: [
        ("GET", "/rendezvous/code", "POST, OPTIONS"), ("DELETE", "/rendezvous/redeem", "POST, OPTIONS"),
        ("HEAD", "/rendezvous/code", "POST, OPTIONS"),
        ("POST", "/ws", "GET, OPTIONS"), ("POST", "/healthz", "GET, HEAD, OPTIONS"), ("PUT", "/readyz", "GET, HEAD, OPTIONS"),
        ("PATCH", "/metrics", "GET, HEAD, OPTIONS"), ("CONNECT", "/ws", "GET, OPTIONS"),
    ])
    func anotherMethodIsToldTheRightOnes(method: String, target: String, allowed: String) async throws {
        try await withServer { server in
            let reply = try await server.request(HTTPAsk(method, target))
            #expect(reply.status == 405)
            #expect(reply["Allow"] == allowed)
            #expect(reply["Content-Type"] == "application/problem+json")
        }
    }

    @Test(arguments: [4096, 4097])
    func aBodyHasItsBound(length: Int) async throws {
        try await withServer { server in
            let body = #"{"ttl":60}"# + String(repeating: " ", count: length - 10)
            let chunked = String(length, radix: 16) + "\r\n" + body + "\r\n0\r\n\r\n"
            let whole = try await server.mint(body)
            let parts = try await server.mint(chunked, [("Transfer-Encoding", "chunked")])
            if length <= 4096 {
                #expect(whole.status == 200 && parts.status == 200)
            } else {
                #expect(whole.isProblem(413) && parts.isProblem(413))
                #expect(whole["Connection"] == "close" && parts["Connection"] == "close")
            }
        }
    }

    /// The answer comes before the body does, and the connection ends.
    @Test func aBodyAnnouncedTooLongIsNotWaitedFor() async throws {
        try await withServer { server in
            let client = try await server.connect()
            try await client.send("POST /rendezvous/code HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n")
            #expect(try await client.reply().isProblem(413))
            try await client.readToEnd()
        }
    }

    static let longHeads: [String] = [
        "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: " + String(repeating: "a", count: 9000) + "\r\n\r\n",
        "GET /healthz?" + String(repeating: "a", count: 9000) + " HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: x\r\n" + (0..<120).map { "X-\($0): y\r\n" }.joined() + "\r\n",
        "GET /healthz HTTP/1.1\r\nHost: x\r\n" + (0..<5).map { "X-\($0): " + String(repeating: "b", count: 4000) + "\r\n" }.joined()
            + "\r\n",
        "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Endless: " + String(repeating: "c", count: 40_000),
    ]

    @Test(arguments: longHeads.indices)
    func aHeadHasItsBound(index: Int) async throws {
        try await withServer { server in
            let client = try await server.connect()
            try await client.send(Self.longHeads[index])
            #expect(try await client.reply().isProblem(431))
            try await client.readToEnd()
        }
    }

    @Test(arguments: [
        "GET /healthz HTTP/1.1\r\n\r\n", "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "hello\r\n\r\n",
        "BREW /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "GET /healthz\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: x\r\nBad Name: y\r\n\r\n",
        "POST /rendezvous/code HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "POST /rendezvous/code HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /rendezvous/code HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    ])
    func whatIsNoRequestIsRefused(text: String) async throws {
        try await withServer { server in
            let client = try await server.connect()
            try await client.send(text)
            let reply = try await client.reply()
            #expect(reply.isProblem(400))
            try await client.readToEnd()
        }
    }

    @Test func anOldClientNeedsNoHostAndIsNotKeptAlive() async throws {
        try await withServer { server in
            let client = try await server.connect()
            try await client.send("GET /healthz HTTP/1.0\r\n\r\n")
            #expect(try await client.reply().status == 200)
            try await client.readToEnd()
        }
    }

    @Test func aConnectionIsKeptAliveUntilTheClientHasEnough() async throws {
        try await withServer { server in
            let client = try await server.connect()
            for _ in 0..<3 { #expect(try await client.request(HTTPAsk("GET", "/healthz"))["Connection"] == nil) }
            #expect(try await client.request(HTTPAsk("GET", "/nothing")).status == 404)
            let last = try await client.request(HTTPAsk("GET", "/healthz", headers: [("Connection", "close")]))
            #expect(last["Connection"] == "close")
            #expect(try await client.readToEnd().readableBytes == 0)
        }
    }

    @Test func pipelinedRequestsAreAnsweredInTheirOrder() async throws {
        try await withServer { server in
            let client = try await server.connect()
            let asks = (0..<30).map { HTTPAsk("GET", ["/healthz", "/readyz", "/nothing"][$0 % 3]) }
            try await client.send(asks.map(\.text).joined())
            for index in asks.indices {
                let reply = try await client.reply()
                switch index % 3 {
                case 0: #expect(reply.body == #"{"ok":true}"#)
                case 1: #expect(reply.body == #"{"ready":true}"#)
                default: #expect(reply.status == 404)
                }
            }
        }
    }

    @Test func aClientThatWaitsForLeaveToSendItsBodyGetsIt() async throws {
        try await withServer { server in
            let client = try await server.connect()
            try await client.send("POST /rendezvous/code HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n")
            #expect(try await client.reply().status == 100)
            try await client.send(#"{"ttl":60}"#)
            #expect(try await client.reply().text("expiresAt") == "2026-01-31T12:01:00Z")
        }
    }

    /// RFC 9110 section 7.8: a server may ignore a request to speak another protocol.
    @Test(arguments: ["h2c", "TLS/1.0", "websocket"])
    func anUpgradeNobodyOffersIsIgnored(protocolName: String) async throws {
        try await withServer { server in
            let headers = [("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", protocolName), ("HTTP2-Settings", "AAMAAABkAAQAAP__")]
            #expect(try await server.get("/healthz", headers).body == #"{"ok":true}"#)
            let minted = try await server.mint(#"{"ttl":60}"#, headers)
            #expect(minted.text("expiresAt") == "2026-01-31T12:01:00Z")
        }
    }
}
