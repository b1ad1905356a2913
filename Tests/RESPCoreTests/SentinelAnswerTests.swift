import RESPCore
import SignalingTestKit
import Testing
import TimeKeeping

@Suite struct SentinelAnswerTests {
    @Test func answers() {
        #expect(SentinelAnswer(.array([.bulk("10.0.0.1"), .bulk("6379")])) == .primary(host: "10.0.0.1", port: 6379))
        #expect(SentinelAnswer(.array([.bulk("fd00::1"), .bulk("1")])) == .primary(host: "fd00::1", port: 1))
        #expect(SentinelAnswer(.null) == .unknown)
        for value in [
            .error(RESPError("NOAUTH")), .array([]), .array([.bulk("a")]), .array([.bulk("a"), .bulk("0")]),
            .array([.bulk("a"), .bulk("65536")]),
            .array([.bulk(""), .bulk("1")]), .array([.bulk("a b"), .bulk("1")]), .array([.bulk("a\n"), .bulk("1")]), .integer(1),
            .array([.bulk(String(repeating: "a", count: 254)), .bulk("1")]), .array([.bulk("a"), .integer(6379)]),
        ] as [RESPValue] {
            guard case .failed = SentinelAnswer(value) else {
                Issue.record("\(value)")
                continue
            }
        }
    }

    @Test func question() {
        #expect(SentinelAnswer.question(about: "main") == ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", "main"])
    }
}

@Suite struct ReconnectDelayTests {
    @Test func theBoundDoublesUpToTwoSeconds() {
        var delay = ReconnectDelay()
        let delays = (0..<8).map { _ in delay.next(after: nil, random: .max).milliseconds }
        #expect(delays == [50, 100, 200, 400, 800, 1600, 2000, 2000])
        #expect(delay.next(after: nil, random: 0).milliseconds == 0)
        #expect(delay.next(after: nil, random: 1 << 63).milliseconds == 1000)
    }

    @Test func onlyAConnectionThatWasOfUseBeginsTheRowAnew() {
        var delay = ReconnectDelay()
        for _ in 0..<5 { _ = delay.next(after: nil, random: .max) }
        #expect(delay.next(after: .milliseconds(1999), random: .max).milliseconds == 1600)
        #expect(delay.next(after: .seconds(2), random: .max).milliseconds == 50)
        #expect(delay.next(after: nil, random: .max).milliseconds == 100)
    }
}
