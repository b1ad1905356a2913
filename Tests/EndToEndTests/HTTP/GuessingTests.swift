import Logging
import ServerConfiguration
import SignalingCore
import SignalingTestKit
import Testing
import TimeKeeping

/// Wrong codes: limited for each client, and noticed for all of them together.
@Suite struct GuessingTests {
    @Test func aClientThatGuessesIsStoppedAndNobodyElse() async throws {
        try await withServer {
            $0.redeemFailuresPerMinute = 5
        } _: { server in
            let codes = try await server.mintMany(3)
            for _ in 0..<5 { #expect(try await server.redeem("99999", from: "203.0.113.1").status == 410) }
            let stopped = try await server.redeem("99999", from: "203.0.113.1")
            #expect(stopped.isProblem(429))
            let wait = try #require(stopped["Retry-After"].flatMap { Int($0) })
            #expect((1...60).contains(wait))
            #expect(try await server.redeem(codes[0], from: "203.0.113.1").status == 429)
            #expect(try await server.redeem(codes[0], from: "203.0.113.2").status == 200)
            let metrics = try await server.metrics()
            #expect(metrics[#"nt_rate_limited_total{scope="redeem"}"#] == 2)
            #expect(metrics[#"nt_codes_redeemed_total{result="limited"}"#] == 2)
            server.clock.advance(by: .seconds(60))
            #expect(try await server.redeem(codes[1], from: "203.0.113.1").status == 200)
        }
    }

    /// Redeeming as such is not guessing.
    @Test func whatSucceedsOrIsMalformedDoesNotCountAsAGuess() async throws {
        try await withServer {
            $0.redeemFailuresPerMinute = 1
        } _: { server in
            let codes = try await server.mintMany(4)
            for code in codes.prefix(3) { #expect(try await server.redeem(code).status == 200) }
            #expect(try await server.redeem("1").status == 400)
            #expect(try await server.redeem(codes[3]).status == 200)
        }
    }

    @Test func withTheLimitOffNobodyIsStopped() async throws {
        try await withServer {
            $0.redeemFailuresPerMinute = 0
        } _: { server async throws in
            for _ in 0..<40 { #expect(try await server.redeem("99999").status == 410) }
        }
    }

    /// 500 of 10,000 codes live: chance allows about 10 guesses, mistyping 20 in any case.
    @Test(arguments: [(most: 5, digits: 5, action: "codes grew a digit"), (most: 4, digits: 4, action: "codes cannot grow")])
    func manyClientsGuessingRaiseAnAlarmThatRefusesNobody(most: Int, digits: Int, action: String) async throws {
        try await withServer {
            $0.codeDigitsMax = most
        } _: { server in
            let codes = try await server.mintMany(500)
            let live = Set(codes)
            let wrong = (0..<10_000).lazy.map { String(String($0 + 10_000).dropFirst()) }.filter { !live.contains($0) }
            let client = try await server.connect()
            for (number, guess) in wrong.prefix(25).enumerated() {
                #expect(try await client.request(.redeem(guess, from: "203.0.113.\(number)")).status == 410)
            }
            #expect(try await server.metrics()["nt_code_guessing_alarms_total"] == 1)
            let alarms = server.log.lines.filter { $0.message.contains("guessing") }
            #expect(alarms.count == 1)
            #expect(alarms.first?.level == .warning)
            #expect(alarms.first?.metadata["action"]?.hasPrefix(action) == true)
            #expect(alarms.first?.metadata["live_codes"] == "500")
            #expect(try await server.mint().text("code")?.count == digits)
            #expect(try await server.redeem(codes[0]).status == 200)
        }
    }
}
