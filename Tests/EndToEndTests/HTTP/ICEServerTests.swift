import HTTPServer
import ICECore
import Logging
import ServerApp
import ServerConfiguration
import SignalingCore
import SignalingTestKit
import SignalingWire
import Testing
import TimeKeeping

/// ICE servers and credentials, from the settings to what clients read.
@Suite struct ICEServerTests {
    private static let turnServer = #"{"urls":["turn:t.example:3478","turns:t.example:443?transport=tcp"]"#

    private func turn(_ settings: inout ServerSettings) throws {
        settings.turnURLs = [try ICEURL("turn:t.example:3478"), try ICEURL("turns:t.example:443?transport=tcp")]
        settings.turnSecret = "a secret of more than 16 characters"
    }

    @Test func bothSidesAreGivenCredentialsAndFreshOnes() async throws {
        try await withServer {
            try? self.turn(&$0)
            $0.turnTTL = .seconds(600)
            $0.iceServers = try? ICEServerList(parsing: "stun:s.example")
        } _: { server in
            let minted = try await server.mint()
            let redeemed = try await server.redeem(try #require(minted.text("code")))
            let appID = try #require(minted.text("appID"))
            let room = try #require(RoomID(appID.utf8))
            let credentials = TURNCredentials(secret: Array("a secret of more than 16 characters".utf8))
            for (reply, side) in [(minted, Side.a), (redeemed, .b)] {
                let servers = try #require(PlainJSON(Array(reply.body.utf8))?["iceServers"]?.elements)
                #expect(servers.count == 2 && servers[0]["urls"]?.elements == [.string("stun:s.example")])
                #expect(servers[1]["urls"]?.elements?.count == 2)
                let username = try #require(servers[1]["username"]?.text)
                #expect(username.hasPrefix("1769861400:"))
                #expect(username == credentials.username(room, side, expiresAt: 1_769_861_400))
                #expect(servers[1]["credential"]?.text == credentials.credential(for: username))
                #expect(reply.body.hasSuffix(#","iceServersExpireInMs":600000}"#))
            }
            server.clock.advance(by: .seconds(600))
            let token = try #require(redeemed.text("token"))
            let target = "/rendezvous/ice?appID=\(appID)&side=B"
            let other = try #require(minted.text("token"))
            let fresh = try await server.get(target, [("Authorization", "Bearer \(token)")])
            #expect(
                fresh.status == 200 && fresh.body.contains(#""username":"1769862000:"#) && fresh.body.hasSuffix(#","expiresInMs":600000}"#))
            #expect(try await server.get(target).status == 401)
            #expect(try await server.get(target, [("Authorization", "Bearer \(other)")]).status == 401)
            let metrics = try await server.metrics()
            for request in ["mint", "redeem", "ice"] { #expect(metrics[#"nt_ice_credentials_total{request="\#(request)"}"#] == 1) }
            #expect(metrics["nt_ice_provider_up"].isNaN)
            #expect(!server.log.text.contains("a secret of") && !server.log.text.contains(token))
            #expect(!server.log.lines.contains { $0.level >= .warning })
        }
    }

    @Test func aClientHasItsShareOfCredentials() async throws {
        try await withServer {
            try? self.turn(&$0)
            $0.clientICEPerMinute = 2
        } _: { server in
            for _ in 0..<2 { #expect(try await server.mint().body.contains("credential")) }
            let minted = try await server.mint()
            #expect(minted.status == 200 && minted.body.contains(#""iceServers":[],"iceServersRetryAfterMs":"#))
            let proxied = try await server.mint(nil, [("X-Forwarded-For", "203.0.113.1")])
            #expect(proxied.body.contains("credential"))
            #expect(try await server.metrics()[#"nt_rate_limited_total{scope="ice"}"#] == 1)
        }
    }

    @Test func aSecretMayBeInAFile() async throws {
        let file = try TemporaryFile("north\n")
        defer { file.remove() }
        try await withServer {
            try? self.turn(&$0)
            $0.turnSecret = nil
            $0.turnSecretFile = file.path
        } _: { server in
            let servers = PlainJSON(Array(try await server.mint().body.utf8))?["iceServers"]?.elements
            let username = try #require(servers?.last?["username"]?.text)
            #expect(servers?.last?["credential"]?.text == TURNCredentials(secret: Array("north".utf8)).credential(for: username))
            // Short as it is, it can be guessed by whoever has a username with its credential.
            #expect(server.log.lines.contains { $0.level == .warning && $0.message.hasPrefix("TURN_SECRET is short") })
        }
    }

    @Test(
        arguments: [
            (nil, "cannot be read"), ("", "must hold 1 to 1024 printable ASCII characters on one line"), ("a\nb", "must hold 1 to 1024"),
        ] as [(String?, String)])
    func aFileWithoutASecretEndsTheStart(contents: String?, reason: String) async throws {
        let file = try TemporaryFile(contents)
        defer { file.remove() }
        var settings = ServerSettings()
        settings.host = "127.0.0.1"
        settings.port = 0
        try self.turn(&settings)
        settings.turnSecret = nil
        settings.turnSecretFile = file.path
        do {
            _ = try await SignalingServer(settings: settings, logger: LogRecorder().logger)
            Issue.record("it started")
        } catch let error as StartupError {
            #expect(error.description.hasPrefix("TURN_SECRET_FILE=\(file.path): \(reason)"))
        }
    }

    @Test func aPageMayAskWithItsToken() async throws {
        try await withServer {
            $0.dev = false
            $0.corsOrigins = ["https://app.example"]
        } _: { server in
            let target = "/rendezvous/ice?appID=\(randomRoom())&side=A"
            let preflight = try await server.request(
                HTTPAsk(
                    "OPTIONS", target,
                    headers: [
                        ("Origin", "https://app.example"), ("Access-Control-Request-Method", "GET"),
                        ("Access-Control-Request-Headers", "authorization"),
                    ]))
            #expect(preflight.status == 204 && preflight["Access-Control-Allow-Headers"] == "Content-Type, Authorization")
            #expect(preflight["Access-Control-Allow-Methods"] == "GET, OPTIONS")
            #expect(preflight["Access-Control-Allow-Origin"] == "https://app.example")
            #expect(try await server.get(target, [("Origin", "https://other.example")]).status == 403)
        }
    }

    // MARK: - A provider

    private static let list =
        #"{"iceServers":[{"urls":["stun:p.example","turn:p.example"],"username":"u","credential":"of the provider"}],"ttl":3600}"#

    @Test func theFirstClientIsGivenWhatAProviderGives() async throws {
        try await ProviderServer.use(Self.list) { provider in
            try await withServer {
                $0.iceServersURL = ServiceURL(provider.url)
                $0.iceServersAuthorization = "Bearer of the operator"
            } _: { server in
                let minted = try await server.mint()
                #expect(minted.body.contains(#""iceServers":[{"urls":["stun:p.example"]},{"urls":["turn:p.example"],"username":"u","#))
                let expiry = try #require(PlainJSON(Array(minted.body.utf8))?["iceServersExpireInMs"]?.integer() as Int?)
                #expect((3_000_000...3_600_000).contains(expiry))
                // However many ask.
                for _ in 0..<5 { _ = try await server.mint() }
                #expect(provider.seen.map(\.authorization) == ["Bearer of the operator"])
                #expect(provider.seen.map(\.body) == [#"{"ttl":7200}"#])
                let metrics = try await server.metrics()
                #expect(metrics["nt_ice_provider_up"] == 1 && metrics[#"nt_ice_provider_fetches_total{result="ok"}"#] == 1)
                #expect(!server.log.text.contains("hidden") && !server.log.text.contains("of the"))
            }
        }
    }

    @Test func aProviderThatFailsDelaysNobodyAndIsAskedAgain() async throws {
        try await ProviderServer.use(Self.list) { provider in
            provider.respond(with: Problem.unavailable("later", retryAfter: 1).response)
            try await withServer {
                $0.iceServersURL = ServiceURL(provider.url)
            } _: { server in
                let minted = try await server.mint()
                #expect(minted.status == 200 && !minted.body.contains("ice"))
                #expect(try await server.metrics()["nt_ice_provider_up"] == 0)
                #expect(server.log.text.contains("reason=it responds with status 503"))
                provider.respond(with: .json(.text(Self.list)))
                // It is asked again after 2 s at the most.
                try await eventually("the provider's list") { try await server.mint().body.contains("of the provider") }
                #expect(provider.seen.map(\.authorization) == [nil, nil])
                #expect(server.log.lines.filter { $0.message.contains("provider") }.count == 2)
            }
        }
    }

    @Test func nobodyAtTheProvidersAddressIsSaidInOneLine() async throws {
        try await withServer {
            $0.iceServersURL = ServiceURL("http://127.0.0.1:1/v1?key=hidden")
        } _: { server in
            let minted = try await server.mint()
            #expect(minted.status == 200)
            let lines = server.log.lines.filter { $0.message.contains("provider") }
            #expect(lines.count == 1 && lines.first?.level == .warning)
            #expect(!server.log.text.contains("hidden"))
        }
    }

    @Test func aStartThatFailsLeavesNothingBehind() async throws {
        try await ProviderServer.use(Self.list) { provider in
            var settings = ServerSettings()
            settings.host = "127.0.0.1"
            settings.port = 0
            settings.iceServersURL = ServiceURL(provider.url)
            settings.tlsCertificateFile = "/nowhere"
            settings.tlsKeyFile = "/nowhere"
            // The client for the provider has to be ended, or this process is.
            await #expect(throws: StartupError.self) { _ = try await SignalingServer(settings: settings, logger: LogRecorder().logger) }
        }
    }
}
