import NIOCore
import SignalingTestKit
import SignalingWire
import Testing

/// Why the peers do not reach each other, as it is told to them.
@Suite struct DiagnosisFrameTests {
    /// All that there can be, and some that cannot.
    private static let all = Diagnosis.Cause.allCases.flatMap { cause in
        Diagnosis.Place.allCases.flatMap { place in
            ([nil] + Diagnosis.Hint.allCases).map { Diagnosis(cause, at: place, hint: $0) }
        }
    }

    private func text(_ diagnosis: Diagnosis) throws -> String {
        var buffer = ByteBuffer()
        ServerFrame.writeDiagnosis(diagnosis, into: &buffer)
        let frames = ReceivedFrame.frames(in: buffer)
        #expect(frames?.count == 1)
        return try #require(frames?.first).text
    }

    @Test func theFrameSaysItAll() throws {
        let diagnosis = Diagnosis(.noRelayConfigured, at: .both, hint: .strictNAT)
        #expect(
            try self.text(diagnosis)
                == #"{"type":"diagnosis","cause":"no_relay_configured","side":"both","advice":"\#(diagnosis.advice)","hint":"strict_nat"}"#)
        let blocked = Diagnosis(.udpBlocked, at: .b)
        #expect(try self.text(blocked) == #"{"type":"diagnosis","cause":"udp_blocked","side":"B","advice":"\#(blocked.advice)"}"#)
    }

    @Test func everyFrameIsJSON() throws {
        for diagnosis in Self.all {
            let frame = try #require(PlainJSON(Array(try self.text(diagnosis).utf8)))
            #expect(frame["type"]?.text == "diagnosis" && frame["cause"]?.text == diagnosis.cause.name)
            #expect(frame["side"]?.text == diagnosis.place.name && frame["hint"]?.text == diagnosis.hint?.name)
            #expect(frame["advice"]?.text == diagnosis.advice)
        }
    }

    /// It is read on either side, and needs no escaping.
    @Test func adviceIsOnePlainSentence() {
        for diagnosis in Self.all {
            let advice = diagnosis.advice
            #expect(advice.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") })
            #expect((60...300).contains(advice.count) && !advice.hasSuffix("."), "\(advice)")
            for word in [" your ", " here", "this side"] { #expect(!advice.contains(word), "\(advice)") }
        }
    }

    /// What is at one side names it.
    @Test(arguments: [Diagnosis.Cause.noCandidates, .relayUnreachable, .relayRefused, .udpBlocked, .peerLeft, .signalingLost])
    func adviceNamesTheSide(cause: Diagnosis.Cause) {
        #expect(Diagnosis(cause, at: .a).advice.contains("side A") && Diagnosis(cause, at: .b).advice.contains("side B"))
    }

    @Test func namesAreClosedSets() {
        #expect(
            Diagnosis.Cause.allCases.map(\.name) == [
                "no_candidates", "no_relay_configured", "relay_unreachable", "relay_refused", "udp_blocked", "checks_failed", "dtls_failed",
                "peer_left", "verification_failed", "signaling_lost", "timeout",
            ])
        #expect(Diagnosis.Hint.allCases.map(\.name) == ["no_stun", "strict_nat", "mdns"])
        #expect(Diagnosis.Place.allCases.map(\.name) == ["A", "B", "both"])
    }

    @Test func aPlaceIsOneSideOrBoth() {
        #expect(Diagnosis.Place([]) == nil)
        #expect(Diagnosis.Place([.a]) == .a && Diagnosis.Place([.b]) == .b && Diagnosis.Place(Side.allCases) == .both)
    }
}
