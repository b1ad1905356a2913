import NIOCore
import NetworkAddresses
import ServerConfiguration
import SignalingCore
import SignalingTestKit
import Testing
import TimeKeeping

/// So many requests a minute for each client, and who counts as one client.
@Suite struct RateLimitTests {
    @Test(arguments: [HTTPAsk("POST", "/rendezvous/code"), .redeem("99999")])
    func rendezvousRequestsAreCounted(ask: HTTPAsk) async throws {
        try await withServer {
            $0.httpRatePerMinute = 3
        } _: { server in
            for _ in 0..<3 { #expect(try await server.request(ask).status != 429) }
            let refused = try await server.request(ask)
            #expect(refused.isProblem(429))
            let wait = try #require(refused["Retry-After"].flatMap { Int($0) })
            #expect((1...60).contains(wait))
            #expect(try await server.get("/healthz").status == 200)
            #expect(try await server.metrics()[#"nt_rate_limited_total{scope="http"}"#] == 1)
            server.clock.advance(by: .seconds(60))
            #expect(try await server.request(ask).status != 429)
        }
    }

    @Test func mintingAndRedeemingShareOneWindow() async throws {
        try await withServer {
            $0.httpRatePerMinute = 2
        } _: { server async throws in
            #expect(try await server.mint().status == 200)
            #expect(try await server.redeem("99999").status == 410)
            #expect(try await server.mint().status == 429)
            #expect(try await server.redeem("99999").status == 429)
        }
    }

    @Test func upgradesAreCounted() async throws {
        try await withServer {
            $0.wsRatePerMinute = 2
        } _: { server in
            for side in ["A", "B"] { _ = try await server.join(randomRoom(), side) }
            let refused = try await server.request(WebSocketClient.upgradeAsk(room: randomRoom(), side: "A"))
            #expect(refused.isProblem(429))
            #expect(refused["Retry-After"] != nil)
            #expect(try await server.mint().status == 200)
            #expect(try await server.metrics()[#"nt_rate_limited_total{scope="ws"}"#] == 1)
        }
    }

    @Test func zeroIsNoLimit() async throws {
        try await withServer { server async throws in
            #expect(try await server.mintMany(100).count == 100)
        }
    }

    /// `others`: an address that must not be limited once `first` and `same` have used up the two requests of one client.
    @Test(arguments: [
        (first: "203.0.113.1", same: "203.0.113.1", other: "203.0.113.2"),
        (first: "6.6.6.6, 203.0.113.1", same: "7.7.7.7, 203.0.113.1", other: "6.6.6.6, 203.0.113.2"),
        (first: "203.0.113.1, 10.1.2.3", same: "203.0.113.1, 10.3.2.1, 127.0.0.1", other: "203.0.113.2, 10.1.2.3"),
        (first: "2001:db8::1", same: "2001:db8::ffff:0:2", other: "2001:db8:0:1::1"),
        (first: "[2001:db8::1]:4711", same: "\"[2001:db8::3]\"", other: "2001:db9::1"),
        (first: "203.0.113.1:80", same: "::ffff:203.0.113.1", other: "::ffff:203.0.113.2"),
    ])
    func aTrustedProxyTellsTheClient(first: String, same: String, other: String) async throws {
        try await withServer {
            $0.httpRatePerMinute = 2
            $0.trustedProxies = ["127.0.0.0/8", "10.0.0.0/8"].compactMap { AddressBlock($0) }
        } _: { server async throws in
            for address in [first, same] { #expect(try await server.mint(nil, [("X-Forwarded-For", address)]).status == 200) }
            #expect(try await server.mint(nil, [("X-Forwarded-For", first)]).status == 429)
            #expect(try await server.mint(nil, [("X-Forwarded-For", other)]).status == 200)
            #expect(try await server.mint().status == 200)
        }
    }

    @Test func severalLinesAreOneList() async throws {
        try await withServer {
            $0.httpRatePerMinute = 1
        } _: { server async throws in
            let lines = [("X-Forwarded-For", "6.6.6.6"), ("X-Forwarded-For", "203.0.113.1")]
            #expect(try await server.mint(nil, lines).status == 200)
            #expect(try await server.mint(nil, [("X-Forwarded-For", "203.0.113.1")]).status == 429)
            #expect(try await server.mint(nil, [("X-Forwarded-For", "6.6.6.6")]).status == 200)
        }
    }

    @Test(arguments: [["192.0.2.0/24"], []])
    func anUntrustedPeerSpeaksForItselfAlone(proxies: [String]) async throws {
        try await withServer {
            $0.httpRatePerMinute = 1
            $0.trustedProxies = proxies.compactMap { AddressBlock($0) }
        } _: { server async throws in
            #expect(try await server.mint(nil, [("X-Forwarded-For", "203.0.113.1")]).status == 200)
            #expect(try await server.mint(nil, [("X-Forwarded-For", "203.0.113.2")]).status == 429)
        }
    }

    @Test func upgradesAreCountedForTheForwardedClient() async throws {
        try await withServer {
            $0.wsRatePerMinute = 1
        } _: { server in
            _ = try await server.join(randomRoom(), "A", headers: [("X-Forwarded-For", "203.0.113.1")])
            _ = try await server.join(randomRoom(), "A", headers: [("X-Forwarded-For", "203.0.113.2")])
            let again = WebSocketClient.upgradeAsk(room: randomRoom(), side: "A", headers: [("X-Forwarded-For", "203.0.113.1")])
            #expect(try await server.request(again).status == 429)
        }
    }

    @Test(.enabled(if: Self.hasIPv6Loopback)) func theServerListensOnIPv6() async throws {
        try await withServer {
            $0.host = "::1"
        } _: { server in
            #expect(try await server.get("/healthz").status == 200)
            _ = try await server.pair()
        }
    }

    static let hasIPv6Loopback = (try? SocketAddress(ipAddress: "::1", port: 0)).map(canBind) ?? false
}
