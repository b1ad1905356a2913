import ServerConfiguration
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing
import TimeKeeping

/// `POST /rendezvous/code`.
@Suite struct MintTests {
    @Test(arguments: [nil, "", "{}", " \r\n", #"{"other":1}"#] as [String?])
    func aCodeComesWithoutAnyAsking(body: String?) async throws {
        try await withServer { server in
            let reply = try await server.mint(body)
            #expect(reply.status == 200)
            #expect(reply["Content-Type"] == "application/json")
            #expect(reply["Cache-Control"] == "no-store")
            let code = try #require(reply.text("code"))
            #expect(code.count == 4 && code.allSatisfy { $0.isASCII && $0.isNumber })
            let room = try #require(reply.text("appID"))
            #expect(RoomID(room.utf8)?.text == room)
            #expect(reply.text("expiresAt") == "2026-01-31T12:10:00Z")
            let token = try #require(reply.text("token"))
            #expect(token.utf8.count == SideToken.length)
            let left = #""expiresAt":"2026-01-31T12:10:00Z","token":"\#(token)","expiresInMs":600000"#
            #expect(reply.body == #"{"code":"\#(code)","appID":"\#(room)",\#(left)}"#)
        }
    }

    @Test(arguments: [nil, "application/json", "text/plain", "application/x-www-form-urlencoded", "nonsense"] as [String?])
    func theContentTypeDoesNotMatter(type: String?) async throws {
        try await withServer { server in
            let reply = try await server.mint(#"{"ttl":60}"#, type.map { [("Content-Type", $0)] } ?? [])
            #expect(reply.status == 200)
            #expect(reply.text("expiresAt") == "2026-01-31T12:01:00Z")
        }
    }

    @Test(arguments: [
        (#"{"ttl":1}"#, "12:00:01"), (#"{"ttl":1.5}"#, "12:00:01"), (#"{"ttl":9e1}"#, "12:01:30"), (#"{"ttl":300}"#, "12:05:00"),
        (#"{"ttl":301}"#, "12:05:00"), (#"{"ttl":1e300}"#, "12:05:00"), (#"{"ttl":1,"ttl":2}"#, "12:00:02"),
    ])
    func aLifeIsAskedForAndCapped(body: String, time: String) async throws {
        try await withServer {
            $0.roomTTL = .seconds(300)
        } _: { server async throws in
            #expect(try await server.mint(body).text("expiresAt") == "2026-01-31T\(time)Z")
        }
    }

    @Test(arguments: [
        #"{"ttl":0}"#, #"{"ttl":-1}"#, #"{"ttl":-1e300}"#, #"{"ttl":"60"}"#, #"{"ttl":null}"#, #"{"ttl":true}"#, #"{"ttl":[60]}"#,
        #"{"ttl":}"#, "[]", "60", "{", "ttl=60", "{\"ttl\":\u{1}}", "\u{0}",
        "\u{b}",
    ])
    func aLifeThatIsNoneIsRefused(body: String) async throws {
        try await withServer { server in
            let reply = try await server.mint(body)
            #expect(reply.isProblem(400))
            #expect(server.counts.codesMinted == 0)
        }
    }

    /// Codes are unique while they live; the last free one is found at once; with none left, the server says when to come back.
    @Test func everyCodeOfTheSpaceIsGivenOnceAndTheLastFreeOneIsFound() async throws {
        try await withServer {
            $0.codeDigitsMax = 4
        } _: { server in
            let codes = try await server.mintMany(10_000)
            #expect(Set(codes).count == 10_000)
            let refused = try await server.mint()
            #expect(refused.isProblem(503))
            let wait = try #require(refused["Retry-After"].flatMap { Int($0) })
            #expect((1...600).contains(wait))
            let freed = codes[4711]
            #expect(try await server.redeem(freed).status == 200)
            #expect(try await server.mint().text("code") == freed)
            #expect(try await server.metrics()["nt_codes_active"] == 10_000)
            server.clock.advance(by: .seconds(600))
            #expect(try await server.mint().status == 200)
        }
    }

    @Test(arguments: [4, 6, 8])
    func codesHaveTheDigitsThatAreSet(digits: Int) async throws {
        try await withServer {
            $0.codeDigits = digits
            $0.codeDigitsMax = digits
        } _: { server async throws in
            let code = try #require(try await server.mint().text("code"))
            #expect(code.count == digits && code.allSatisfy { $0.isASCII && $0.isNumber })
            #expect(try await server.redeem(code).status == 200)
        }
    }

    @Test func codesGrowADigitWhenHalfTheSpaceIsTaken() async throws {
        try await withServer {
            $0.codeDigitsMax = 5
        } _: { server in
            let codes = try await server.mintMany(5_002)
            #expect(codes.prefix(5_000).allSatisfy { $0.count == 4 })
            #expect(codes.suffix(2).allSatisfy { $0.count == 5 })
            #expect(try await server.redeem(codes[5_001]).status == 200)
        }
    }
}

extension TestServer {
    /// Codes minted one behind the other on one connection.
    func mintMany(_ count: Int) async throws -> [String] {
        let client = try await self.connect()
        let batch = 500
        var codes: [String] = []
        for start in stride(from: 0, to: count, by: batch) {
            let size = min(batch, count - start)
            try await client.send(String(repeating: HTTPAsk("POST", "/rendezvous/code").text, count: size))
            for _ in 0..<size {
                let reply = try await client.reply()
                guard let code = reply.text("code") else { throw SocketFailure.unexpected("no code: \(reply)") }
                codes.append(code)
            }
        }
        return codes
    }
}

extension HTTPReply {
    /// RFC 9457, and never stored.
    func isProblem(_ status: Int) -> Bool {
        self.status == status && self["Content-Type"] == "application/problem+json" && self["Cache-Control"] == "no-store"
            && self.body.contains("\"status\":\(status),") && self.text("title")?.isEmpty == false && self.text("detail")?.isEmpty == false
    }
}
