import Testing

@testable import SignalingClient

@Suite struct CandidateTests {
    private static let line = "candidate:1 1 udp 2122260223 192.0.2.1 5000 typ host"

    @Test func theFormsInWhichClientsSendThem() {
        let line = JSONValue.string(Self.line)
        let forms: [(JSONValue, ICECandidate)] = [
            (
                ["type": "ice", "candidate": ["candidate": line, "sdpMid": "0", "sdpMLineIndex": 1]],
                .init(candidate: Self.line, sdpMid: "0", sdpMLineIndex: 1)
            ),
            (["type": "ice", "candidate": line, "sdpMid": "0"], .init(candidate: Self.line, sdpMid: "0")),
            (["type": "ice", "cand": line, "mid": "a", "mlineindex": 2], .init(candidate: Self.line, sdpMid: "a", sdpMLineIndex: 2)),
            (["type": "ice", "sdp": .string("a=\(Self.line)\r\n"), "label": 0], .init(candidate: Self.line, sdpMLineIndex: 0)),
            (["type": "ice", "candidate": line], .init(candidate: Self.line, sdpMLineIndex: 0)),
            (
                ["type": "ice", "candidate": ["candidate": ["candidate": line, "usernameFragment": "u"], "sdpMid": "1"]],
                .init(candidate: Self.line, sdpMid: "1", usernameFragment: "u")
            ),
        ]
        for (frame, candidate) in forms { #expect(CandidateFrame(frame) == .candidate(candidate), "\(frame)") }
        for frame: JSONValue in [["type": "ice"], ["type": "ice", "candidate": nil], ["type": "ice", "candidate": ""]] {
            #expect(CandidateFrame(frame) == .candidate(nil), "\(frame)")
        }
    }

    @Test func whatIsNotUnderstoodIsNamedWithoutItsValues() {
        for frame: JSONValue in [
            ["type": "ice", "candidate": 5], ["type": "ice", "candidate": "192.0.2.1"], ["type": "ice", "other": "192.0.2.1"],
        ] {
            guard case .unread(let why) = CandidateFrame(frame) else {
                Issue.record("understood: \(frame)")
                continue
            }
            #expect(!why.contains("192") && why.contains("type: string"))
        }
    }

    @Test func talliesCountEachAddressOnce() {
        var tally = CandidateTally()
        tally.note(Self.line)
        tally.note("candidate:2 1 udp 2122260223 192.0.2.1 6000 typ host")
        tally.note("candidate:3 1 UDP 1 abc.local 6000 typ host")
        tally.note("candidate:4 1 tcp 1 198.51.100.1 9 typ relay raddr 0.0.0.0 rport 0")
        #expect(tally.counts == .init(host: 2, relay: 1, mdns: 1))
        #expect(tally.kinds == ["host/udp", "relay/tcp"])
        #expect(!tally.isComplete && !tally.isEmpty && tally.unread == nil)
        tally.noteEnd()
        #expect(tally.isComplete)
        for number in 0..<1_000 { tally.note("candidate:5 1 udp 1 10.0.\(number / 250).\(number % 250) 9 typ srflx") }
        #expect(tally.counts.srflx <= 255)
        for text in ["candidate:", "garbage", "candidate:1 1 udp 1 a 1 typ other"] { tally.note(text) }
        #expect(tally.unread == "a candidate line has an unknown form; and 2 more")
        tally.noteEnd()
        #expect(!tally.isComplete)
    }
}

@Suite struct OwnDiagnosisTests {
    private func facts(_ change: (inout ICEFacts) -> Void) -> ICEFacts {
        var facts = ICEFacts()
        facts.local.host = 1
        facts.remote.host = 1
        change(&facts)
        return facts
    }

    @Test func causes() {
        let cases: [(ICEFacts, String, Diagnosis)] = [
            (self.facts { _ in }, "timeout", .init(cause: "no_relay_configured", side: "both", hint: "no_stun")),
            (self.facts { $0.local.host = 0 }, "timeout", .init(cause: "no_candidates", side: "A")),
            (self.facts { $0.remote.host = 0 }, "timeout", .init(cause: "no_candidates", side: "B")),
            (self.facts { $0.dtls = "failed" }, "closed", .init(cause: "dtls_failed", side: "both")),
            (self.facts { _ in }, "verification-failed", .init(cause: "verification_failed", side: "both")),
            (
                self.facts { ($0.stunServers, $0.local.srflx, $0.remote.srflx) = (1, 1, 1) }, "timeout",
                .init(cause: "no_relay_configured", side: "both", hint: "strict_nat")
            ),
            (self.facts { ($0.stunServers, $0.errors) = (1, [701]) }, "timeout", .init(cause: "udp_blocked", side: "A")),
            (self.facts { ($0.turnServers, $0.errors) = (1, [401]) }, "timeout", .init(cause: "relay_refused", side: "A")),
            (self.facts { $0.turnServers = 1 }, "timeout", .init(cause: "relay_unreachable", side: "A")),
            (self.facts { ($0.turnServers, $0.local.relay) = (1, 1) }, "timeout", .init(cause: "timeout", side: "both")),
            (self.facts { ($0.turnServers, $0.local.relay) = (1, 1) }, "ice-failed", .init(cause: "checks_failed", side: "both")),
            (
                self.facts { ($0.turnServers, $0.local.relay, $0.remote.mdns) = (1, 1, 1) }, "ice-failed",
                .init(cause: "checks_failed", side: "B", hint: "mdns")
            ),
        ]
        for (facts, reason, diagnosis) in cases {
            #expect(facts.diagnosis(here: .a, reason: reason) == diagnosis)
            #expect(diagnosis.worded(here: .a).advice?.isEmpty == false)
        }
        #expect(Diagnosis(cause: "new", advice: "theirs").worded(here: .a).advice == "theirs")
    }

    @Test func nothingIsSaidEarlyThatIsNotCertain() {
        #expect(self.facts { _ in }.earlyWarning(here: .a) == nil)
        #expect(self.facts { $0.isComplete = true }.earlyWarning(here: .a)?.hint == "no_stun")
        #expect(self.facts { ($0.isComplete, $0.remote.relay) = (true, 1) }.earlyWarning(here: .a) == nil)
        #expect(self.facts { ($0.stunServers, $0.errors) = (1, [701]) }.earlyWarning(here: .b)?.side == "B")
    }
}
