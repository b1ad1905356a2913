package import SignalingWire
package import TimeKeeping

/// What became of a pairing. A closed set: it is also the label set of the metrics.
package enum PairingOutcome: Sendable, Equatable {
    /// A side reported that the peers were connected.
    case connected(Route)
    case failed(Diagnosis.Cause)
    /// Nobody said what became of it, and nothing else shows it.
    case unreported
}

extension PairingOutcome {
    package var name: String {
        switch self {
        case .connected: "connected"
        case .failed: "failed"
        case .unreported: "unreported"
        }
    }

    package var route: Route? {
        if case .connected(let route) = self { route } else { nil }
    }

    package var cause: Diagnosis.Cause? {
        if case .failed(let cause) = self { cause } else { nil }
    }
}

/// How two peers are connected.
package enum Route: Int, Sendable, CaseIterable {
    case direct
    /// By a TURN server.
    case relayed
    /// The client did not say.
    case unknown

    package var name: String { "\(self)" }

    init(_ report: Telemetry) {
        if let isRelayed = report.selected.isRelayed {
            self = isRelayed ? .relayed : .direct
            return
        }
        switch report.mode {
        case .relay: self = .relayed
        case .direct, .host, .srflx, .prflx: self = .direct
        case .unspecified, .other: self = .unknown
        }
    }
}

/// A pairing that is over, as it is counted and told.
package struct PairingEnd: Sendable, Equatable {
    package var outcome: PairingOutcome
    /// Whether it counts: not where it was counted before, or goes on elsewhere.
    package var isCounted: Bool
    /// From its beginning until the peers were connected, or until that failed; nil where neither is known.
    package var time: TimeSpan?
    /// Nil where nobody said which there were.
    package var candidatesA: CandidateCounts?
    package var candidatesB: CandidateCounts?
    /// To the TURN server that the connection goes by.
    package var relayTransport: SelectedPair.Transport?

    package init(
        outcome: PairingOutcome, isCounted: Bool, time: TimeSpan? = nil, candidatesA: CandidateCounts? = nil,
        candidatesB: CandidateCounts? = nil, relayTransport: SelectedPair.Transport? = nil
    ) {
        self.outcome = outcome
        self.isCounted = isCounted
        self.time = time
        self.candidatesA = candidatesA
        self.candidatesB = candidatesB
        self.relayTransport = relayTransport
    }
}

/// How a connection that had a side came to its end.
package enum Departure: UInt8, Sendable, CaseIterable {
    /// Its client closed it.
    case closed
    /// It broke, or the server gave it up.
    case broken
    /// The server sent it elsewhere: nobody's fault, and its client comes back.
    case dismissed
}
