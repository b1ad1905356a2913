import Logging
import MetricsCore
import ServerConfiguration
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import Testing
import TimeKeeping

/// Wrong codes: limited for each client, and noticed for all of them together.
@Suite struct GuessingTests {
    /// Two failures a minute bring a token back in 30 s, which is longer than anybody waits.
    @Test func aClientThatGuessesIsStoppedAndNobodyElse() async throws {
        try await withServer {
            $0.redeemFailuresPerMinute = 2
        } _: { server in
            let codes = try await server.mintMany(3)
            for _ in 0..<2 { #expect(try await server.redeem("99999", from: "203.0.113.1").status == 410) }
            let stopped = try await server.redeem("99999", from: "203.0.113.1")
            #expect(stopped.isProblem(429))
            let wait = try #require(stopped["Retry-After"].flatMap { Int($0) })
            #expect((20...30).contains(wait))
            #expect(try await server.redeem(codes[0], from: "203.0.113.1").status == 429)
            #expect(try await server.redeem(codes[0], from: "203.0.113.2").status == 200)
            let metrics = try await server.metrics()
            #expect(metrics[#"nt_rate_limited_total{scope="redeem"}"#] == 2)
            #expect(metrics[#"nt_codes_redeemed_total{result="limited"}"#] == 2)
            server.clock.advance(by: .seconds(30))
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

    // MARK: - Waiting

    /// The janitor's, whose alarm rings twice a second however far these tests move the clock.
    private static let oneLoop = EventLoopCount.count(1)

    /// What is sent behind it, in the same read and later, is responded to behind it.
    @Test func aRightCodeIsLateAndWhatFollowsComesBehindIt() async throws {
        try await withServer {
            $0.redeemFailuresPerMinute = 6
            $0.eventLoops = Self.oneLoop
        } _: { server in
            let code = try await server.mintMany(1)[0]
            try await server.useUp(6, from: "203.0.113.1")
            let client = try await server.connect()
            try await client.send(HTTPAsk.redeem(code, from: "203.0.113.1").text + HTTPAsk("GET", "/healthz").text)
            try await eventually("it waits") { server.signaling.limits.redeemFailures.waiting == 1 }
            try await client.send(HTTPAsk("GET", "/readyz").text)
            #expect(try await server.metrics()["nt_redeems_waiting"] == 1)
            // Others are not held up.
            #expect(try await server.redeem("99999", from: "203.0.113.2").status == 410)
            #expect(client.unreadBytes == 0)
            server.clock.advance(by: .seconds(10))
            #expect(try await client.reply().text("appID") != nil)
            #expect(try await client.reply().body == #"{"ok":true}"#)
            #expect(try await client.reply().body == #"{"ready":true}"#)
            let metrics = try await server.metrics()
            #expect(metrics[#"nt_redeem_waits_total{end="looked"}"#] == 1 && metrics["nt_redeems_waiting"] == 0)
        }
    }

    @Test(arguments: [true, false]) func whoLeavesGivesItsPlaceBackAndRedeemsNothing(byReset: Bool) async throws {
        try await withServer {
            $0.redeemFailuresPerMinute = 6
            $0.eventLoops = Self.oneLoop
        } _: { server in
            let code = try await server.mintMany(1)[0]
            try await server.useUp(6, from: "203.0.113.1")
            let client = try await server.connect()
            try await client.send(HTTPAsk.redeem(code, from: "203.0.113.1").text)
            try await eventually("it waits") { server.signaling.limits.redeemFailures.waiting == 1 }
            if byReset { try await client.reset() } else { client.close() }
            try await eventually("its place is free") { server.signaling.limits.redeemFailures.waiting == 0 }
            server.clock.advance(by: .seconds(10))
            #expect(try await server.redeem(code).status == 200)
            #expect(server.counts.redeemWaits[.left] == 1)
        }
    }

    @Test func whoEndsItsOutputAndWaitsGetsItsResponse() async throws {
        try await withServer {
            $0.redeemFailuresPerMinute = 6
            $0.eventLoops = Self.oneLoop
        } _: { server in
            let code = try await server.mintMany(1)[0]
            try await server.useUp(6, from: "203.0.113.1")
            let client = try await server.connect()
            try await client.send(HTTPAsk.redeem(code, from: "203.0.113.1").text)
            try await client.endSending()
            #expect(try await client.reply().status == 100)
            #expect(server.signaling.limits.redeemFailures.waiting == 1)
            server.clock.advance(by: .seconds(10))
            #expect(try await client.reply().text("appID") != nil)
            try await client.readToEnd()
        }
    }

    @Test func whoeverWaitsAtTheServersEndIsToldSo() async throws {
        try await withServer {
            $0.redeemFailuresPerMinute = 6
            $0.eventLoops = Self.oneLoop
            $0.shutdownGrace = .seconds(20)
        } _: { server in
            try await server.useUp(6, from: "203.0.113.1")
            let client = try await server.connect()
            try await client.send(HTTPAsk.redeem("0000", from: "203.0.113.1").text)
            try await eventually("it waits") { server.signaling.limits.redeemFailures.waiting == 1 }
            server.beginShutdown()
            let reply = try await client.reply()
            #expect(reply.isProblem(503) && reply["Retry-After"] == "1" && reply["Connection"] == "close")
            try await client.readToEnd()
            try await server.waitForEnd()
        }
    }

    /// Eight wait at a token a second, and no more.
    @Test func anAddressHasEightPlacesToWait() async throws {
        try await withServer {
            $0.redeemFailuresPerMinute = 60
            $0.eventLoops = Self.oneLoop
        } _: { server in
            try await server.useUp(60, from: "203.0.113.1")
            var clients: [SocketClient] = []
            for _ in 0..<8 {
                let client = try await server.connect()
                try await client.send(HTTPAsk.redeem("99999", from: "203.0.113.1").text)
                clients.append(client)
            }
            try await eventually("all wait or were looked at") {
                server.signaling.limits.redeemFailures.waiting + server.counts.codesRedeemed[.gone] - 60 == 8
            }
            server.clock.advance(by: .seconds(8))
            for client in clients { #expect(try await client.reply().status == 410) }
        }
    }

    // MARK: - Networks

    /// Two from each address or /64; eight from a /56, sixteen from an IPv4 /24. The next ones wait.
    @Test(arguments: [("2001:db8:0:", "::1", 8), ("198.51.100.", "", 16)])
    func networksCountAsWhole(prefix: String, suffix: String, most: Int) async throws {
        try await withServer {
            $0.redeemFailuresPerMinute = 2
        } _: { server in
            for host in 1...20 {
                let client = try await server.connect()
                try await client.send(HTTPAsk.redeem("99999", from: "\(prefix)\(host)\(suffix)").text)
            }
            try await eventually("all were looked at, wait or were refused") {
                let counts = server.counts.codesRedeemed
                return counts[.gone] + counts[.limited] + server.signaling.limits.redeemFailures.waiting == 20
            }
            #expect(server.counts.codesRedeemed[.gone] == most)
            #expect(server.signaling.limits.redeemFailures.waiting > 0)
        }
    }
}

extension TestServer {
    /// Wrong codes, as many as this client may send at once.
    fileprivate func useUp(_ count: Int, from client: String) async throws {
        let connection = try await self.connect()
        for _ in 0..<count { #expect(try await connection.request(.redeem("99999", from: client)).status == 410) }
    }
}
