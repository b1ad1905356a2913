import NIOCore
import ServerConfiguration
import SignalingRuntime
import SignalingTestKit
import Testing

/// Which hosts requests may be for, and the server's own origin.
@Suite struct HostTests {
    private func ask(_ method: String, _ target: String, host: String, _ headers: String = "") -> [UInt8] {
        Array("\(method) \(target) HTTP/1.1\r\nHost: \(host)\r\n\(headers)Connection: close\r\n\r\n".utf8)
    }

    @Test func anotherHostIsMisdirectedAndNothingHappens() async throws {
        try await withServer {
            $0.allowedHosts = ["app.example.org"]
        } _: { server in
            for target in ["/rendezvous/code", "/rendezvous/redeem"] {
                let replies = try await server.answers(to: self.ask("POST", target, host: "evil.example"))
                #expect(replies.map(\.status) == [421] && replies[0].isProblem(421) && replies[0].body.contains("ALLOWED_HOSTS"))
            }
            for target in ["/ws", "/metrics", "/nothing", "/", "http://evil.example/"] {
                #expect(try await server.answers(to: self.ask("GET", target, host: "evil.example")).map(\.status) == [421], "\(target)")
            }
            #expect(try await server.answers(to: self.ask("GET", "http://evil.example/", host: "app.example.org")).map(\.status) == [421])
            #expect(server.counts.codesMinted == 0)
            #expect(try await server.answers(to: self.ask("POST", "/rendezvous/code", host: "App.Example.org:1")).map(\.status) == [200])
            // Load balancers ask for an address.
            for target in ["/healthz", "/readyz"] {
                #expect(try await server.answers(to: self.ask("GET", target, host: "10.0.0.7")).map(\.status) == [200])
            }
            let old = Array("POST /rendezvous/code HTTP/1.0\r\n\r\n".utf8)
            #expect(try await server.answers(to: old).map(\.status) == [421])
        }
    }

    @Test func theServersOwnPageMayUseIt() async throws {
        try await withServer {
            $0.dev = false
            $0.demo = true
        } _: { server in
            let port = try #require(server.address.port)
            let (own, host) = ("http://127.0.0.1:\(port)", "127.0.0.1:\(port)")
            let minted = try await server.answers(to: self.ask("POST", "/rendezvous/code", host: host, "Origin: \(own)\r\n"))
            #expect(minted.map(\.status) == [200] && minted[0]["Access-Control-Allow-Origin"] == own)
            // A name that somebody has pointed here.
            let rebound = try await server.answers(
                to: self.ask("POST", "/rendezvous/code", host: "evil.example", "Origin: http://evil.example\r\n"))
            #expect(rebound.map(\.status) == [403])
            for origin in ["http://127.0.0.1:1", "https://127.0.0.1:\(port)", "null"] {
                let reply = try await server.answers(to: self.ask("POST", "/rendezvous/code", host: host, "Origin: \(origin)\r\n"))
                #expect(reply.map(\.status) == [403], "\(origin)")
            }
            #expect(server.counts.codesMinted == 1)
        }
    }

    @Test func behindAProxyTheSchemeIsWhatTheProxySays() async throws {
        for (proxies, status) in [(ServerSettings().trustedProxies, 200), ([], 403)] {
            try await withServer {
                $0.dev = false
                $0.allowedHosts = ["app.example.org"]
                $0.trustedProxies = proxies
            } _: { server in
                let headers = "Origin: https://app.example.org\r\nX-Forwarded-Proto: https\r\n"
                let reply = try await server.answers(to: self.ask("POST", "/rendezvous/code", host: "app.example.org", headers))
                #expect(reply.map(\.status) == [status])
            }
        }
    }
}
