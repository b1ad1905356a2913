import SignalingWire

/// Why two peers do not reach each other, from what both sides reported last and from who left how. The first rule that holds decides.
extension Pairing {
    /// Nil where they do, and where nothing shows why they do not.
    var diagnosis: Diagnosis? {
        guard !self.isConnected, !self.isResumed else { return nil }
        let failures = Side.allCases.compactMap { side in self[side].report.map { (side, $0) } }
        if failures.contains(where: { $0.1.reason == .verificationFailed }) { return Diagnosis(.verificationFailed, at: .both) }
        if failures.contains(where: { $0.1.saysDTLSFailed }) { return Diagnosis(.dtlsFailed, at: .both) }
        if let diagnosis = self.diagnosisOfAbsence { return diagnosis }
        guard !failures.isEmpty else { return nil }
        return self.diagnosisOfWords(failures) ?? self.diagnosisOfCandidates ?? self.diagnosisOfChecks
    }

    /// A side that left before it had reported anything, and before both had the other's description, is why there is no connection. Once they
    /// have, the peers may be connected without a word to the server.
    private var diagnosisOfAbsence: Diagnosis? {
        guard let absence = self.absence, self[absence.side].report == nil, self.isExchangeOpen else { return nil }
        switch absence.departure {
        case .closed: return Diagnosis(.peerLeft, at: .init(absence.side))
        case .broken: return Diagnosis(.signalingLost, at: .init(absence.side))
        case .dismissed: return nil
        }
    }

    /// Whoever reports says no more than that somebody went away.
    private func diagnosisOfWords(_ failures: [(side: Side, report: Telemetry)]) -> Diagnosis? {
        var losers: [Side] = []
        var leavers: [Side] = []
        for (side, report) in failures {
            switch report.reason {
            case .signalingLost: losers.append(side)
            case .peerLeft: leavers.append(side)
            case .closed where self.absence?.side == side.other && !self.isExchanged: leavers.append(side.other)
            default: return nil
            }
        }
        if let place = Diagnosis.Place(losers) { return Diagnosis(.signalingLost, at: place) }
        return Diagnosis.Place(Side.allCases.filter(leavers.contains)).map { Diagnosis(.peerLeft, at: $0) }
    }

    /// Candidates and ICE servers show what is missing, and where.
    private var diagnosisOfCandidates: Diagnosis? {
        func place(_ holds: (Side) -> Bool) -> Diagnosis.Place? { .init(Side.allCases.filter(holds)) }
        if let place = place({ self.lacksRelay($0) && self.errors(of: $0).contains(.refused) }) {
            return Diagnosis(.relayRefused, at: place)
        }
        if let place = place(self.isUDPBlocked) { return Diagnosis(.udpBlocked, at: place) }
        // Behind what servers said, or did not say: a side that uses relays alone has no candidate then.
        if let place = place(self.hasNoCandidates) { return Diagnosis(.noCandidates, at: place) }
        if let place = place(self.lacksRelay) { return Diagnosis(.relayUnreachable, at: place) }
        return self.diagnosisWithoutRelay
    }

    private func servers(of side: Side) -> ServerCounts? { self[side].report?.servers }
    private func errors(of side: Side) -> CandidateErrors { self[side].report?.errors ?? [] }

    /// That none came to the other side says something only of a side that has described itself.
    private func hasNoCandidates(_ side: Side) -> Bool {
        guard let report = self[side].report else { return self.isExchanged && self.candidates(of: side)?.isNone == true }
        return report.candidates?.isNone ?? (report.reason == .noCandidates)
    }

    /// It was given a TURN server, and has no candidate of it.
    private func lacksRelay(_ side: Side) -> Bool {
        guard let servers = self.servers(of: side), let candidates = self.candidates(of: side) else { return false }
        return servers.turn > 0 && candidates.relay == 0
    }

    private func isUDPBlocked(_ side: Side) -> Bool {
        guard let servers = self.servers(of: side), let candidates = self.candidates(of: side) else { return false }
        return !servers.isNone && candidates.srflx == 0 && candidates.relay == 0 && self.errors(of: side).contains(.unreached)
    }

    /// Neither side has a TURN server. Of a side that says nothing of its servers the other's are assumed, as both mostly have the same.
    private var diagnosisWithoutRelay: Diagnosis? {
        let servers = Side.allCases.compactMap(self.servers)
        let candidates = Side.allCases.map(self.candidates)
        guard !servers.isEmpty, servers.allSatisfy({ $0.turn == 0 }), candidates.allSatisfy({ $0?.relay ?? 0 == 0 }) else { return nil }
        if servers.allSatisfy(\.isNone) { return Diagnosis(.noRelayConfigured, at: .both, hint: .noSTUN) }
        if candidates.allSatisfy({ $0?.srflx ?? 0 > 0 }) { return Diagnosis(.noRelayConfigured, at: .both, hint: .strictNAT) }
        let place = Diagnosis.Place(Side.allCases.filter { self.candidates(of: $0)?.srflx == 0 })
        return Diagnosis(.noRelayConfigured, at: place ?? .both)
    }

    /// Nothing is missing.
    private var diagnosisOfChecks: Diagnosis {
        guard Side.allCases.contains(where: { self[$0].report?.reason == .timeout }) else { return Diagnosis(.checksFailed, at: .both) }
        let pairs = Side.allCases.compactMap { self[$0].report?.pairs }
        let isUntried = self.isExchanged && !pairs.isEmpty && pairs.allSatisfy { $0 == 0 }
        if isUntried, let place = Diagnosis.Place(Side.allCases.filter({ self.candidates(of: $0)?.isMDNSAlone == true })) {
            return Diagnosis(.checksFailed, at: place, hint: .mdns)
        }
        return Diagnosis(.timeout, at: .both)
    }
}

extension Telemetry {
    /// ICE found a way, and the handshake on it failed.
    fileprivate var saysDTLSFailed: Bool { self.reason == .dtlsFailed || self.isDTLSFailed && !self.isICEFailed }
}
