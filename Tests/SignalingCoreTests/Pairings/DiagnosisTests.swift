import SignalingCore
import SignalingWire
import Testing

/// Which cause follows from what both sides report, and at which side it is.
@Suite struct DiagnosisTests {
    /// What one side reports of its failure.
    struct Report: Sendable {
        var reason = Telemetry.Reason.iceFailed
        var candidates: CandidateCounts?
        var remote: CandidateCounts?
        var servers: ServerCounts?
        var errors: CandidateErrors = []
        var pairs: UInt8?
        var isDTLSFailed = false
        var isICEFailed = false

        func fill(_ telemetry: inout Telemetry) {
            telemetry.reason = self.reason
            telemetry.candidates = self.candidates
            telemetry.remote = self.remote
            telemetry.servers = self.servers
            telemetry.errors = self.errors
            telemetry.pairs = self.pairs
            telemetry.isDTLSFailed = self.isDTLSFailed
            telemetry.isICEFailed = self.isICEFailed
        }
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        var a: Report?
        var b: Report?
        let right: Diagnosis

        init(_ name: String, _ a: Report?, _ b: Report?, _ right: Diagnosis) {
            (self.name, self.a, self.b, self.right) = (name, a, b, right)
        }

        /// Side B says nothing.
        init(_ name: String, _ a: Report, _ right: Diagnosis) { self.init(name, a, nil, right) }

        var testDescription: String { self.name }
    }

    private static let stun = ServerCounts(stun: 1)
    private static let turn = ServerCounts(stun: 1, turn: 2)
    private static let nothing = ServerCounts()
    private static let names = CandidateCounts(host: 2, mdns: 2)

    static let rows: [Row] = [
        Row(
            "a peer that is not verified comes first", Report(reason: .verificationFailed), Report(reason: .dtlsFailed),
            Diagnosis(.verificationFailed, at: .both)),
        Row("a handshake that failed", Report(isDTLSFailed: true), Diagnosis(.dtlsFailed, at: .both)),
        Row(
            "a handshake that failed by its word", Report(reason: .dtlsFailed, candidates: CandidateCounts()),
            Diagnosis(.dtlsFailed, at: .both)),
        Row(
            "without a way no handshake can", Report(reason: .timeout, isDTLSFailed: true, isICEFailed: true),
            Diagnosis(.timeout, at: .both)),
        Row(
            "no candidates", Report(candidates: CandidateCounts(), servers: turn), Report(candidates: .relayed, servers: turn),
            Diagnosis(.noCandidates, at: .a)),
        Row(
            "relays alone, and none is to be had", Report(candidates: CandidateCounts(), servers: turn, errors: .refused),
            Report(candidates: .relayed, servers: turn), Diagnosis(.relayRefused, at: .a)),
        Row(
            "no candidates on both", Report(candidates: CandidateCounts()), Report(candidates: CandidateCounts()),
            Diagnosis(.noCandidates, at: .both)),
        Row("no candidates as the other sees it", Report(candidates: .hosts, remote: CandidateCounts()), Diagnosis(.noCandidates, at: .b)),
        Row("no candidates by its word", nil, Report(reason: .noCandidates), Diagnosis(.noCandidates, at: .b)),
        Row(
            "its own count is better than the other's", Report(candidates: .hosts, remote: CandidateCounts(), servers: stun),
            Report(candidates: .reflexive), Diagnosis(.noRelayConfigured, at: .a)),
        Row(
            "the TURN server says no", Report(candidates: .reflexive, servers: turn, errors: .refused),
            Report(candidates: .reflexive, servers: turn), Diagnosis(.relayRefused, at: .a)),
        Row(
            "a refusal says more than silence", Report(candidates: .hosts, servers: turn, errors: [.unreached]),
            Report(candidates: .hosts, servers: turn, errors: [.refused, .unreached]), Diagnosis(.relayRefused, at: .b)),
        Row(
            "a refusal where there is a relay all the same", Report(candidates: .relayed, servers: turn, errors: .refused),
            Report(candidates: .relayed, servers: turn), Diagnosis(.checksFailed, at: .both)),
        Row(
            "UDP is blocked", Report(candidates: .relayed, servers: turn), Report(candidates: .hosts, servers: turn, errors: .unreached),
            Diagnosis(.udpBlocked, at: .b)),
        Row(
            "UDP is blocked, with STUN alone", Report(candidates: .hosts, servers: stun, errors: .unreached),
            Report(candidates: .hosts, servers: stun, errors: .unreached), Diagnosis(.udpBlocked, at: .both)),
        Row(
            "a server that does not respond, beside one that does", Report(candidates: .reflexive, servers: stun, errors: .unreached),
            Report(candidates: .reflexive, servers: stun), Diagnosis(.noRelayConfigured, at: .both, hint: .strictNAT)),
        Row(
            "no relay", Report(candidates: .reflexive, servers: turn), Report(candidates: .relayed, servers: turn),
            Diagnosis(.relayUnreachable, at: .a)),
        Row(
            "no relay on either side, seen by one", Report(candidates: .reflexive, remote: .reflexive, servers: turn),
            Diagnosis(.relayUnreachable, at: .a)),
        Row(
            "no server at all", Report(candidates: .hosts, servers: nothing), Report(candidates: .hosts, servers: nothing),
            Diagnosis(.noRelayConfigured, at: .both, hint: .noSTUN)),
        Row(
            "no server, and only one side says so", Report(candidates: .hosts, remote: .hosts, servers: nothing),
            Diagnosis(.noRelayConfigured, at: .both, hint: .noSTUN)),
        Row(
            "two strict NATs", Report(candidates: .reflexive, servers: stun), Report(candidates: .reflexive, servers: stun),
            Diagnosis(.noRelayConfigured, at: .both, hint: .strictNAT)),
        Row(
            "one side without an address of its own", Report(candidates: .reflexive, servers: stun),
            Report(candidates: .hosts, servers: nothing),
            Diagnosis(.noRelayConfigured, at: .b)),
        Row(
            "neither has one, though STUN responded", Report(candidates: .hosts, servers: stun), Report(candidates: .hosts, servers: stun),
            Diagnosis(.noRelayConfigured, at: .both)),
        Row(
            "one side has a relay, and that is enough", Report(reason: .timeout, candidates: .relayed, servers: turn, pairs: 4),
            Report(reason: .timeout, candidates: .reflexive, servers: nothing), Diagnosis(.timeout, at: .both)),
        Row(
            "names that nobody can resolve", Report(reason: .timeout, candidates: .relayed, servers: turn, pairs: 0),
            Report(reason: .timeout, candidates: names, servers: nothing, pairs: 0), Diagnosis(.checksFailed, at: .b, hint: .mdns)),
        Row(
            "names, but something was tried", Report(reason: .timeout, candidates: .relayed, servers: turn, pairs: 3),
            Report(reason: .timeout, candidates: names, servers: nothing, pairs: 0), Diagnosis(.timeout, at: .both)),
        Row(
            "nothing is missing", Report(candidates: .relayed, servers: turn), Report(candidates: .relayed, servers: turn),
            Diagnosis(.checksFailed, at: .both)),
        Row("an older client's failure", Report(), Diagnosis(.checksFailed, at: .both)),
        Row("an older client's timeout", nil, Report(reason: .timeout), Diagnosis(.timeout, at: .both)),
        Row("a peer that leaves", Report(reason: .peerLeft, candidates: .hosts, servers: nothing), Diagnosis(.peerLeft, at: .a)),
        Row("both leave", Report(reason: .peerLeft), Report(reason: .peerLeft), Diagnosis(.peerLeft, at: .both)),
        Row(
            "whoever lost the server says so itself", Report(reason: .peerLeft), Report(reason: .signalingLost),
            Diagnosis(.signalingLost, at: .b)),
        Row(
            "a peer that left because there was no way", Report(reason: .peerLeft, candidates: .hosts, servers: turn),
            Report(reason: .timeout, candidates: .hosts, servers: turn, errors: .unreached), Diagnosis(.udpBlocked, at: .b)),
        Row("a made-up word", Report(reason: .other), Diagnosis(.checksFailed, at: .both)),
    ]

    @Test(arguments: rows)
    func theFirstRuleThatHoldsDecides(_ row: Row) {
        var rig = PairingRig()
        rig.exchange()
        if let report = row.a { rig.report(.a, .failed) { report.fill(&$0) } }
        if let report = row.b { rig.report(.b, .failed) { report.fill(&$0) } }
        #expect(rig.end()?.outcome == .failed(row.right.cause))
        // The same in the other order, and told whole.
        rig = PairingRig()
        rig.exchange()
        var told: Diagnosis?
        if let report = row.b { told = rig.report(.b, .failed) { report.fill(&$0) }.last }
        if let report = row.a { told = rig.report(.a, .failed) { report.fill(&$0) }.last ?? told }
        #expect(told == row.right)
    }

    @Test func everyCauseAndEveryHintIsReached() {
        let causes = Set(Self.rows.map(\.right.cause))
        #expect(causes == Set(Diagnosis.Cause.allCases))
        #expect(Set(Self.rows.compactMap(\.right.hint)) == Set(Diagnosis.Hint.allCases))
    }

    /// Where descriptions were not exchanged, that no candidate came says nothing.
    @Test func whoHasNotDescribedItselfIsNotWithoutCandidates() {
        var rig = PairingRig()
        rig.exchange(answered: false)
        #expect(
            rig.report(.a, .failed) { ($0.reason, $0.candidates, $0.remote) = (.timeout, .hosts, CandidateCounts()) } == [
                Diagnosis(.timeout, at: .both)
            ])
    }

    /// Who left in the midst of the exchange is why, whatever the other's candidates are.
    @Test func aDepartureInTheMidstOfTheExchangeComesBeforeCandidates() {
        for (departure, cause) in [(Departure.closed, Diagnosis.Cause.peerLeft), (.broken, .signalingLost)] {
            var rig = PairingRig()
            rig.exchange(answered: false)
            rig.leave(.b, departure)
            #expect(rig.report(.a, .failed) { ($0.reason, $0.candidates, $0.servers) = (.timeout, .hosts, ServerCounts()) } == [])
            #expect(rig.end()?.outcome == .failed(cause))
        }
        // Behind the exchange it is one peer that cannot reach the other.
        var rig = PairingRig()
        rig.exchange()
        rig.leave(.b, .broken)
        let told = rig.report(.a, .failed) { ($0.reason, $0.candidates, $0.servers) = (.timeout, .hosts, ServerCounts()) }
        #expect(told == [Diagnosis(.noRelayConfigured, at: .both, hint: .noSTUN)])
    }

    /// Clients that came before `peer-left` say `closed` for it.
    @Test func closedIsADepartureWhereThereWasOne() {
        var rig = PairingRig()
        rig.leave(.b)
        #expect(rig.report(.a, .failed) { $0.reason = .closed } == [Diagnosis(.peerLeft, at: .b)])
        // Once both have the other's description, it is a matter of the way between them.
        rig = PairingRig()
        rig.exchange()
        rig.leave(.b)
        #expect(rig.report(.a, .failed) { $0.reason = .closed } == [Diagnosis(.checksFailed, at: .both)])
        rig = PairingRig()
        rig.exchange()
        #expect(rig.report(.a, .failed) { $0.reason = .closed } == [Diagnosis(.checksFailed, at: .both)])
    }

    @Test func theLastReportOfASideCounts() {
        var rig = PairingRig()
        rig.exchange()
        rig.report(.a, .failed) { $0.reason = .verificationFailed }
        #expect(rig.report(.a, .failed) { $0.reason = .timeout } == [Diagnosis(.timeout, at: .both)])
    }
}
