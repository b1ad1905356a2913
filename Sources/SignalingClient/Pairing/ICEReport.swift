/// What happened between two devices, for the server's metrics and for the diagnosis.
struct ICEReport: Sendable {
    /// No STUN or TURN server was reached.
    static let unreached = 701
    /// Codes of errors that are kept, each once.
    private static let mostErrors = 16
    /// A server that can be reached answers within a second. That one cannot, libraries say late or never.
    private static let silence = Duration.seconds(5)
    private static let mostCounted = 255

    private(set) var statistics = PeerStatistics()
    private var errors: [Int] = []
    private var begunAt: Duration?
    private var gatheringSince: Duration?

    /// Both sides are there for the first time.
    mutating func begin(now: Duration) {
        if self.begunAt == nil { self.begunAt = now }
    }

    mutating func gathering(now: Duration) {
        if self.gatheringSince == nil { self.gatheringSince = now }
    }

    mutating func note(error: Int) {
        if self.errors.count < Self.mostErrors, !self.errors.contains(error) { self.errors.append(error) }
    }

    /// An engine forgets pairs and candidates that came to nothing; they happened all the same.
    mutating func note(_ statistics: PeerStatistics) {
        var newest = statistics
        newest.pairs = min(Self.mostCounted, max(newest.pairs, self.statistics.pairs))
        newest.localPeerReflexive = max(newest.localPeerReflexive, self.statistics.localPeerReflexive)
        newest.remotePeerReflexive = max(newest.remotePeerReflexive, self.statistics.remotePeerReflexive)
        self.statistics = newest
    }

    /// The two have reached each other, and encryption did not come about.
    var hasDTLSFailed: Bool { self.statistics.dtls == "failed" && self.statistics.ice != "failed" }

    func facts(_ negotiation: Negotiation, now: Duration) -> ICEFacts {
        var local = negotiation.local.counts
        var remote = negotiation.remote.counts
        local.prflx += self.statistics.localPeerReflexive
        remote.prflx += self.statistics.remotePeerReflexive
        let isUnanswered =
            local.srflx + local.relay == 0 && !negotiation.local.isComplete && self.statistics.stunServers + self.statistics.turnServers > 0
            && self.gatheringSince.map { now - $0 >= Self.silence } == true
        return ICEFacts(
            local: local, remote: remote, isComplete: negotiation.local.isComplete && negotiation.remote.isComplete,
            stunServers: self.statistics.stunServers, turnServers: self.statistics.turnServers,
            errors: isUnanswered && !self.errors.contains(Self.unreached) ? self.errors + [Self.unreached] : self.errors,
            pairs: self.statistics.pairs, dtls: self.statistics.dtls, ice: self.statistics.ice)
    }

    /// The members of a telemetry frame.
    func detail(_ negotiation: Negotiation, now: Duration) -> [String: JSONValue] {
        let facts = self.facts(negotiation, now: now)
        var members: [String: JSONValue] = [
            "candidates": facts.local.json, "pairs": .number(Double(facts.pairs)),
            "servers": ["stun": .number(Double(facts.stunServers)), "turn": .number(Double(facts.turnServers))],
        ]
        // The server must not take one whose candidates were not understood for a side that has none.
        if negotiation.remote.unread == nil || !negotiation.remote.kinds.isEmpty { members["remote"] = facts.remote.json }
        members["dtls"] = facts.dtls.map(JSONValue.string)
        members["ice"] = facts.ice.map(JSONValue.string)
        if !facts.errors.isEmpty { members["errors"] = .array(facts.errors.map { .number(Double($0)) }) }
        if let begunAt = self.begunAt { members["elapsedMs"] = .number(Double((now - begunAt).milliseconds)) }
        if let selected = self.statistics.selected {
            var pair: [String: JSONValue] = [
                "local": .string(selected.local), "remote": .string(selected.remote), "protocol": .string(selected.transport),
            ]
            pair["relayProtocol"] = selected.relayTransport.map(JSONValue.string)
            members["selected"] = .object(pair)
        }
        return members
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 {
        self.components.seconds * 1_000 + self.components.attoseconds / 1_000_000_000_000_000
    }
}

/// What a diagnosis is made of.
struct ICEFacts: Sendable, Hashable {
    var local = CandidateTally.Counts()
    var remote = CandidateTally.Counts()
    var isComplete = false
    var stunServers = 0
    var turnServers = 0
    var errors: [Int] = []
    var pairs = 0
    var dtls: String?
    var ice: String?
}
