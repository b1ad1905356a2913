import ServerConfiguration
import SignalingCore
import SignalingTestKit
import Testing
import TimeKeeping

/// `POST /rendezvous/redeem`.
@Suite struct RedeemTests {
    @Test func aCodeLeadsToItsRoomOnce() async throws {
        try await withServer { server in
            let minted = try await server.mint()
            let code = try #require(minted.text("code"))
            let first = try await server.redeem(code)
            #expect(first.status == 200)
            #expect(first["Cache-Control"] == "no-store")
            let expiry = try #require(first.text("expiresAt"))
            let left = try #require(first.body.split(separator: ":").last.flatMap { Int($0.dropLast()) })
            #expect(
                first.body
                    == #"{"appID":"\#(minted.text("appID") ?? "")","expiresAt":"\#(expiry)","token":"\#(first.text("token") ?? "")","#
                    + #""expiresInMs":\#(left)}"#)
            #expect((540_001...600_000).contains(left))
            // Counted from the monotonic clock, which runs on while the test's calendar stands still.
            #expect(expiry <= "2026-01-31T12:10:00Z" && expiry > "2026-01-31T12:09:00Z")
            let second = try await server.redeem(code)
            #expect(second.isProblem(410))
            let metrics = try await server.metrics()
            #expect(metrics[#"nt_codes_redeemed_total{result="ok"}"#] == 1)
            #expect(metrics[#"nt_codes_redeemed_total{result="gone"}"#] == 1)
            #expect(metrics["nt_codes_minted_total"] == 1)
            #expect(metrics["nt_codes_active"] == 0)
        }
    }

    @Test func aCodeThatNeverWasLooksLikeOneThatIsUsed() async throws {
        try await withServer { server in
            let code = try #require(try await server.mint().text("code"))
            _ = try await server.redeem(code)
            let used = try await server.redeem(code)
            let unknown = try await server.redeem("00000")
            #expect(unknown.status == 410)
            #expect(unknown.body == used.body)
        }
    }

    /// Whether or not the janitor has passed.
    @Test func aCodeIsGoneFromTheMomentItExpires() async throws {
        try await withServer { server in
            let codes = try await [server.mint(#"{"ttl":60}"#), server.mint(#"{"ttl":60}"#)].compactMap { $0.text("code") }
            server.clock.advance(by: .seconds(50))
            #expect(try await server.redeem(codes[0]).status == 200)
            server.clock.advance(by: .seconds(10))
            #expect(try await server.redeem(codes[1]).status == 410)
            try await eventually("the janitor frees it") { try await server.metrics()["nt_codes_active"] == 0 }
        }
    }

    /// To every JSON parser a digit and its escape are the same.
    @Test func aCodeMayBeSpelledWithEscapes() async throws {
        try await withServer { server in
            let code = try #require(try await server.mint().text("code"))
            let escaped = code.utf8.map { #"\u00\#(String($0, radix: 16))"# }.joined()
            #expect(try await server.redeem(escaped).status == 200)
            #expect(try await server.redeem(code).status == 410)
        }
    }

    @Test(arguments: ["application/json", "application/json; charset=utf-8", "Application/JSON", "application/json ;x=y"])
    func jsonIsNamedAsJSON(type: String) async throws {
        try await withServer { server in
            let code = try #require(try await server.mint().text("code"))
            let ask = HTTPAsk("POST", "/rendezvous/redeem", headers: [("Content-Type", type)], body: #"{ "x": [1], "code" : "\#(code)" }"#)
            #expect(try await server.request(ask).status == 200)
        }
    }

    @Test(arguments: [nil, "text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""] as [String?])
    func anyOtherContentTypeIsRefused(type: String?) async throws {
        try await withServer { server in
            let code = try #require(try await server.mint().text("code"))
            let headers = type.map { [("Content-Type", $0)] } ?? []
            let reply = try await server.request(HTTPAsk("POST", "/rendezvous/redeem", headers: headers, body: #"{"code":"\#(code)"}"#))
            #expect(reply.isProblem(415))
            #expect(try await server.redeem(code).status == 200)
        }
    }

    @Test(arguments: [
        #"{"code":"123"}"#, #"{"code":"123456789"}"#, #"{"code":"12a4"}"#, #"{"code":1234}"#, #"{"code":" 1234"}"#, #"{"code":"-1234"}"#,
        #"{"code":"１２３４"}"#, #"{"code":null}"#, #"{"code":["1234"]}"#, #"{"kode":"1234"}"#, "{}", "", "1234", #"{"code":"1234""#,
        "{\"code\":\"12\u{0}34\"}",
    ])
    func whatIsNoCodeIsRefused(body: String) async throws {
        try await withServer { server in
            let reply = try await server.request(
                HTTPAsk("POST", "/rendezvous/redeem", headers: [("Content-Type", "application/json")], body: body))
            #expect(reply.isProblem(400))
            #expect(try await server.metrics()[#"nt_codes_redeemed_total{result="malformed"}"#] == 1)
        }
    }

    /// 100 codes, each asked for by 32 connections at once.
    @Test func ofAnyNumberOfRacersOneGetsTheCode() async throws {
        try await withServer {
            $0.redeemFailuresPerMinute = 0
        } _: { server in
            let codes = try await server.mintMany(100)
            let requests = codes.map { HTTPAsk.redeem($0).text }.joined()
            let winners = try await withThrowingTaskGroup(of: [Int].self) { group in
                for _ in 0..<32 {
                    let client = try await server.connect()
                    group.addTask {
                        try await client.send(requests)
                        var won: [Int] = []
                        for index in codes.indices {
                            let status = try await client.reply().status
                            #expect(status == 200 || status == 410)
                            if status == 200 { won.append(index) }
                        }
                        return won
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(winners.sorted() == Array(codes.indices))
        }
    }

    // MARK: - Again

    private func redeem(_ code: String, id: String, on server: TestServer) async throws -> HTTPReply {
        let body = #"{"code":"\#(code)","id":"\#(id)"}"#
        return try await server.request(
            HTTPAsk("POST", "/rendezvous/redeem", headers: [("Content-Type", "application/json")], body: body))
    }

    @Test func whoRedeemedACodeMayAskAgainForHalfAMinuteAndNobodyElse() async throws {
        try await withServer { server in
            let code = try await server.mintMany(1)[0]
            let (own, other) = ("6f1f0a52-7a3c-4a51-9d0c-2f0e8f1b9c34", "6f1f0a52-7a3c-4a51-9d0c-2f0e8f1b9c35")
            let first = try await self.redeem(code, id: own, on: server)
            #expect(first.status == 200)
            let again = try await self.redeem(code, id: own, on: server)
            #expect(again.status == 200 && again.text("appID") == first.text("appID") && again.text("token") == first.text("token"))
            #expect(again.text("expiresAt") == first.text("expiresAt"))
            #expect(try await self.redeem(code, id: other, on: server).status == 410)
            #expect(try await server.redeem(code).status == 410)
            #expect(try await self.redeem(code, id: "short", on: server).isProblem(400))
            let metrics = try await server.metrics()
            #expect(metrics[#"nt_codes_redeemed_total{result="ok"}"#] == 1)
            #expect(metrics[#"nt_codes_redeemed_total{result="repeated"}"#] == 1)
            server.clock.advance(by: .seconds(30))
            #expect(try await self.redeem(code, id: own, on: server).status == 410)
        }
    }
}
