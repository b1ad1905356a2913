import Logging
import MetricsCore
import ServerConfiguration
import SignalingRuntime
import SignalingTestKit
import Testing
import TimeKeeping

/// What becomes of codes and of pairings, as the metrics, the log and the peers are told.
@Suite struct OutcomeTests {
    /// How one of the hundred fares.
    private enum Fate: Sendable {
        case connected(Int)
        case failed(Int)
        case unreported(Int)
        case neverJoined(Int)
        case neverRedeemed(Int)
    }

    private static let traffic: [Fate] =
        (0..<60).map { .connected($0) } + (0..<10).map { .failed($0) } + (0..<10).map { .unreported($0) }
        + (0..<10).map { .neverJoined($0) }
        + (0..<10).map { .neverRedeemed($0) }

    /// A failure as clients report it: what A says, what B says, and what it comes to.
    private static let failures = [
        (
            #""reason":"timeout","candidates":{"host":1,"srflx":1},"servers":{"stun":1},"pairs":4"#,
            #""candidates":{"host":1,"srflx":1},"servers":{"stun":1}"#, cause: "no_relay_configured"
        ),
        (
            #""candidates":{"host":1,"srflx":1,"relay":1},"servers":{"stun":1,"turn":1}"#,
            #""reason":"timeout","candidates":{"host":2},"servers":{"stun":1,"turn":1},"errors":[701,701]"#, cause: "udp_blocked"
        ),
        (#""reason":"peer-left""#, #""reason":"verification-failed""#, cause: "verification_failed"),
        (#""reason":"timeout""#, #""reason":"timeout","candidates":{"host":1}"#, cause: "timeout"),
    ]

    /// Of a hundred codes sixty connect, ten fail, ten say nothing of it, ten meet nobody, and ten are never redeemed: the metrics say so.
    @Test func aHundredCodesAreReadOffExactly() async throws {
        try await withServer { server in
            try await withThrowingTaskGroup(of: Void.self) { group in
                var rest = Self.traffic.shuffled()[...]
                for _ in 0..<8 {
                    if let fate = rest.popLast() { group.addTask { try await Self.play(fate, server) } }
                }
                while try await group.next() != nil {
                    if let fate = rest.popLast() { group.addTask { try await Self.play(fate, server) } }
                }
            }
            try await eventually("everybody has left") {
                let metrics = try await server.metrics()
                return metrics["nt_rooms_active"] == 0 && metrics["nt_pairings_active"] == 0
            }
            server.clock.advance(by: .minutes(11))
            try await eventually("the last codes have expired") { try await server.metrics()["nt_codes_active"] == 0 }
            try Self.check(try await server.metrics())
            let lines = server.log.lines("pairing ended")
            #expect(lines.count == 80 && lines.allSatisfy { $0.level == .info })
            #expect(lines.count { $0.metadata["outcome"] == "failed" && $0.metadata["cause"] != nil } == 10)
        }
    }

    private static func check(_ metrics: MetricsText) throws {
        #expect(metrics["nt_codes_minted_total"] == 100)
        #expect(metrics[#"nt_codes_ended_total{how="redeemed"}"#] == 90)
        #expect(metrics[#"nt_codes_ended_total{how="expired"}"#] == 10)
        #expect(metrics[#"nt_codes_ended_total{how="lost"}"#] == 0)
        #expect(metrics[#"nt_rooms_ended_total{how="paired"}"#] == 80)
        // Those whom nobody joined, and half of those whose codes nobody redeemed.
        #expect(metrics[#"nt_rooms_ended_total{how="alone"}"#] == 15)
        let pairings = metrics.values.filter { $0.key.hasPrefix("nt_pairings_total") && $0.value > 0 }
        #expect(
            pairings == [
                #"nt_pairings_total{outcome="connected",route="direct",cause="none"}"#: 40,
                #"nt_pairings_total{outcome="connected",route="relayed",cause="none"}"#: 20,
                #"nt_pairings_total{outcome="failed",route="none",cause="no_relay_configured"}"#: 3,
                #"nt_pairings_total{outcome="failed",route="none",cause="udp_blocked"}"#: 3,
                #"nt_pairings_total{outcome="failed",route="none",cause="verification_failed"}"#: 2,
                #"nt_pairings_total{outcome="failed",route="none",cause="timeout"}"#: 2,
                #"nt_pairings_total{outcome="unreported",route="none",cause="none"}"#: 10,
            ])
        #expect(metrics[#"nt_pairing_first_flow_seconds_count{route="direct"}"#] == 40)
        #expect(metrics[#"nt_pairing_first_flow_seconds_count{route="relayed"}"#] == 20)
        #expect(metrics[#"nt_pairing_first_flow_seconds_count{route="unknown"}"#] == 0)
    }

    // MARK: - One of them

    private static func play(_ fate: Fate, _ server: TestServer) async throws {
        let minted = try await server.mint()
        let (code, room) = (try #require(minted.text("code")), try #require(minted.text("appID")))
        switch fate {
        case .neverRedeemed(let number):
            guard number % 2 == 0 else { return }
            try await server.join(room, "A").close()
        case .neverJoined:
            let a = try await server.join(room, "A")
            try await a.send(#"{"type":"offer"}"#)
            #expect(try await server.redeem(code).status == 200)
            try await a.close()
        case .connected(let number):
            let (a, b) = try await self.pair(code, room, server)
            try await self.exchange(a, b)
            let mode = number % 3 == 0 ? "relay" : "direct"
            // Some have failed before, and of some only one side reports.
            if number % 5 == 0 { try await a.send(#"{"type":"telemetry","event":"ice-failed","reason":"ice-failed"}"#) }
            for client in number % 2 == 0 ? [b] : [a, b] {
                try await client.send(#"{"type":"telemetry","event":"ice-connected","mode":"\#(mode)"}"#)
            }
            try await self.end(a, b, number)
        case .failed(let number):
            let (a, b) = try await self.pair(code, room, server)
            try await self.exchange(a, b)
            let failure = Self.failures[number % Self.failures.count]
            try await a.send(#"{"type":"telemetry","event":"ice-failed",\#(failure.0)}"#)
            try await b.send(#"{"type":"telemetry","event":"ice-failed",\#(failure.1)}"#)
            // Both are told the same in the end, whatever it looked like in between.
            for client in [a, b] {
                while try await !client.nextText().hasPrefix(#"{"type":"diagnosis","cause":"\#(failure.cause)""#) {}
            }
            try await self.end(a, b, number)
        case .unreported(let number):
            let (a, b) = try await self.pair(code, room, server)
            if number % 3 > 0 { try await self.exchange(a, b) }
            try await self.end(a, b, number)
        }
    }

    private static func pair(_ code: String, _ room: String, _ server: TestServer) async throws -> (a: WebSocketClient, b: WebSocketClient)
    {
        let a = try await server.join(room, "A")
        #expect(try await server.redeem(code).text("appID") == room)
        let b = try await server.join(room, "B")
        for client in [a, b] { #expect(try await client.nextText() == roomFull) }
        return (a, b)
    }

    private static func exchange(_ a: WebSocketClient, _ b: WebSocketClient) async throws {
        try await a.send(#"{"type":"offer"}"#)
        #expect(try await b.nextText() == #"{"type":"offer"}"#)
        try await b.send(#"{"type":"answer"}"#)
        #expect(try await a.nextText() == #"{"type":"answer"}"#)
    }

    /// In every way, and either side first.
    private static func end(_ a: WebSocketClient, _ b: WebSocketClient, _ number: Int) async throws {
        let (first, last) = number % 4 < 2 ? (a, b) : (b, a)
        if number % 2 == 0 { try await first.close() } else { first.socket.close() }
        while try await last.nextText() != peerLeft {}
        if number % 3 == 0 { last.socket.close() } else { try await last.close(number % 3 == 1 ? 1001 : nil) }
    }

    // MARK: - The end of the process

    /// Codes that nothing keeps are lost with it, and a pairing of which nobody has said anything goes on elsewhere.
    @Test func whatTheProcessTakesWithItIsCountedAsThat() async throws {
        let counts = try await self.atTheEnd { _ in }
        #expect(counts.codes == CodesEnded(redeemed: 1, expired: 0, lost: 2))
        #expect(counts.pairings == [#"outcome="connected",route="direct",cause="none""#])
    }

    @Test func whatAFileKeepsIsNotLost() async throws {
        let folder = try TemporaryFolder()
        let counts = try await self.atTheEnd { $0.store = .sqlite(path: "\(folder.path)/state.db") }
        #expect(counts.codes == CodesEnded(redeemed: 1, expired: 0, lost: 0))
    }

    private func atTheEnd(_ adjust: (inout ServerSettings) -> Void) async throws -> (codes: CodesEnded, pairings: [String]) {
        var result: (CodesEnded, [String]) = (CodesEnded(), [])
        try await withServer(adjust) { server in
            var codes: [String] = []
            for _ in 0..<3 { codes.append(try #require(try await server.mint().text("code"))) }
            _ = try await server.redeem(codes[0])
            let (a, _) = try await server.pair()
            let (c, d) = try await server.pair()
            try await c.send(#"{"type":"offer"}"#)
            _ = try await d.nextText()
            try await a.send(#"{"type":"telemetry","event":"ice-connected","mode":"direct"}"#)
            try await server.waitForFrames(2)
            server.beginShutdown()
            try await server.waitForEnd()
            let counts = server.counts.pairings
            result = (
                server.signaling.codes.ended,
                zip(PairingLabel.names, counts.values).filter { $0.1 > 0 }.flatMap { Array(repeating: $0.0, count: $0.1) }
            )
        }
        return result
    }
}
