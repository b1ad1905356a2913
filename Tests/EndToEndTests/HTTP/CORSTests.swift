import MetricsCore
import ServerConfiguration
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing

/// What browsers are told about other origins, and which pages may connect at all.
@Suite struct CORSTests {
    static let allowed = ["https://app.example", "http://Dev.Example:8080/", "tool.example", "[::1]"]

    @Test func inDevelopmentEveryPageMay() async throws {
        try await withServer { server in
            let reply = try await server.mint(nil, [("Origin", "https://anything.example")])
            #expect(reply["Access-Control-Allow-Origin"] == "*")
            #expect(reply["Vary"] == nil)
            _ = try await server.join(randomRoom(), "A", headers: [("Origin", "null")])
        }
    }

    @Test(arguments: ["/rendezvous/code", "/rendezvous/redeem", "/rendezvous/ice", "/rendezvous/server", "/ws", "/healthz", "/readyz"])
    func inDevelopmentEveryPreflightIsGranted(target: String) async throws {
        try await withServer { server in
            let preflight = try await server.preflight(target, origin: "https://anything.example")
            #expect(preflight.status == 204)
            #expect(preflight["Access-Control-Allow-Origin"] == "*")
            #expect(preflight["Access-Control-Allow-Methods"]?.hasSuffix("OPTIONS") == true)
            #expect(preflight["Access-Control-Allow-Headers"] == "Content-Type, Authorization")
        }
    }

    @Test(arguments: [
        "https://app.example", "HTTPS://App.Example", "http://dev.example:8080", "https://tool.example", "http://TOOL.example:1234",
        "http://[::1]:5173",
    ])
    func aListedOriginMay(origin: String) async throws {
        try await withServer {
            $0.dev = false
            $0.corsOrigins = Self.allowed
        } _: { server in
            let reply = try await server.mint(nil, [("Origin", origin)])
            #expect(reply.status == 200)
            #expect(reply["Access-Control-Allow-Origin"] == origin)
            #expect(reply["Access-Control-Expose-Headers"] == "Retry-After")
            #expect(reply["Vary"] == "Origin")
            let refused = try await server.redeem("00000", origin: origin)
            #expect(refused.status == 410)
            #expect(refused["Access-Control-Allow-Origin"] == origin)
            let preflight = try await server.preflight("/rendezvous/redeem", origin: origin)
            #expect(preflight.status == 204)
            #expect(preflight["Access-Control-Allow-Origin"] == origin)
            #expect(preflight["Access-Control-Allow-Methods"] == "POST, OPTIONS")
            #expect(preflight["Access-Control-Allow-Headers"] == "Content-Type, Authorization")
            #expect(preflight["Content-Length"] == nil)
            _ = try await server.join(randomRoom(), "A", headers: [("Origin", origin)])
        }
    }

    @Test(arguments: [
        "http://app.example", "https://app.example:8443", "https://app.example.evil.example", "https://evil.example", "null", "",
        "https://tool.example.evil.example", "https://evil-tool.example", "https://tool.example@evil.example", "tool.example",
        "https://evil.example/tool.example", "*",
    ])
    func anyOtherOriginMayNot(origin: String) async throws {
        try await withServer {
            $0.dev = false
            $0.corsOrigins = Self.allowed
        } _: { server in
            let reply = try await server.mint(nil, [("Origin", origin)])
            #expect(reply.isProblem(403) && reply.body.contains("CORS_ORIGINS"))
            #expect(reply["Access-Control-Allow-Origin"] == nil)
            #expect(reply["Vary"] == "Origin")
            #expect(try await server.redeem("0000", origin: origin).isProblem(403))
            #expect(server.counts.codesMinted == 0 && server.counts.codesRedeemed[.gone] == 0)
            let preflight = try await server.preflight("/rendezvous/code", origin: origin)
            #expect(preflight.status == 204)
            #expect(preflight["Access-Control-Allow-Origin"] == nil)
            #expect(preflight["Access-Control-Allow-Methods"] == nil)
            let upgrade = try await server.request(
                WebSocketClient.upgradeAsk(room: randomRoom(), side: "A", headers: [("Origin", origin)]))
            #expect(upgrade.isProblem(403))
            #expect(server.counts.wsConnections == 0)
        }
    }

    @Test func whoIsNoBrowserMay() async throws {
        try await withServer {
            $0.dev = false
        } _: { server in
            let reply = try await server.mint()
            #expect(reply.status == 200)
            #expect(reply["Access-Control-Allow-Origin"] == nil)
            _ = try await server.pair()
        }
    }

    @Test func twoOriginsAreNone() async throws {
        try await withServer {
            $0.dev = false
            $0.corsOrigins = Self.allowed
        } _: { server async throws in
            let both = [("Origin", "https://app.example"), ("Origin", "https://evil.example")]
            #expect(try await server.request(WebSocketClient.upgradeAsk(room: randomRoom(), side: "A", headers: both)).status == 403)
        }
    }

    /// A browser does not say why an upgrade failed, so a page asks the same URL again without one: the answer is what stands in the way,
    /// or else that an upgrade should have been asked for.
    @Test func aPageLearnsWhyItsUpgradeFailed() async throws {
        try await withServer {
            $0.dev = false
            $0.corsOrigins = Self.allowed
            $0.maxConnections = 1
            $0.wsRatePerMinute = 6
        } _: { server in
            let origin = [("Origin", "https://app.example")]
            let target = "/ws?appID=\(randomRoom())&side=A"
            func ask(_ target: String, _ headers: [(String, String)] = origin) async throws -> HTTPReply {
                let reply = try await server.get(target, headers)
                #expect(reply["Access-Control-Allow-Origin"] == (headers.first?.1 == "https://app.example" ? "https://app.example" : nil))
                #expect(reply["Access-Control-Expose-Headers"] == (headers.first?.1 == "https://app.example" ? "Retry-After" : nil))
                return reply
            }
            #expect(try await ask(target).isProblem(426))
            #expect(try await ask("/ws?appID=x&side=A").isProblem(400))
            #expect(try await ask(target, [("Origin", "https://evil.example")]).isProblem(403))
            let holder = try await server.join(randomRoom(), "A")
            let full = try await ask(target)
            #expect(full.isProblem(503) && full["Retry-After"] == "10")
            #expect(server.signaling.admission.open == 1)
            try await holder.close()
            try await eventually("it has left") { server.signaling.admission.open == 0 }
            #expect(try await ask(target).isProblem(426))
            let limited = try await ask(target)
            #expect(limited.isProblem(429) && limited["Retry-After"] != nil)
        }
    }

    /// A page must be able to read why its request failed, also where the body was never read.
    @Test func refusalsBeforeTheAnswerCarryTheFieldsToo() async throws {
        try await withServer { server in
            let client = try await server.connect()
            try await client.send("POST /rendezvous/code HTTP/1.1\r\nHost: x\r\nOrigin: https://a.example\r\nContent-Length: 5000\r\n\r\n")
            let reply = try await client.reply()
            #expect(reply.status == 413)
            #expect(reply["Access-Control-Allow-Origin"] == "*")
        }
    }
}

extension TestServer {
    fileprivate func preflight(_ target: String, origin: String) async throws -> HTTPReply {
        try await self.request(
            HTTPAsk(
                "OPTIONS", target,
                headers: [
                    ("Origin", origin), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "content-type"),
                ]))
    }

    fileprivate func redeem(_ code: String, origin: String) async throws -> HTTPReply {
        var ask = HTTPAsk.redeem(code)
        ask.headers.append(("Origin", origin))
        return try await self.request(ask)
    }
}
