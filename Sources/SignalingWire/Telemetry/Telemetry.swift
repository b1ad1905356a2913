/// What a client reports of the connection between the peers, as far as the server makes something of it.
package struct Telemetry: Sendable, Equatable {
    package enum Event: Sendable, CaseIterable { case connected, failed, restart }

    /// How a client says it is connected.
    package enum Mode: Sendable, CaseIterable { case unspecified, direct, relay, host, srflx, prflx, other }

    /// Why a client says its connection failed.
    package enum Reason: Sendable, CaseIterable {
        case iceFailed, timeout, disconnected, closed, noCandidates
        case verificationFailed, dtlsFailed, peerLeft, signalingLost
        case other
    }

    package var event: Event
    package var mode = Mode.unspecified
    package var reason = Reason.iceFailed
    /// The candidates of this side as it gathered them; nil where it does not say.
    package var candidates: CandidateCounts?
    /// The candidates of the other side as they came here.
    package var remote: CandidateCounts?
    package var servers: ServerCounts?
    /// Candidate pairs that were checked.
    package var pairs: UInt8?
    package var errors: CandidateErrors = []
    package var selected = SelectedPair()
    package var isDTLSFailed = false
    package var isICEFailed = false
    /// It repeats what was reported on an earlier connection.
    package var isResumed = false

    package init(_ event: Event) { self.event = event }
}

/// ICE candidates by type. Each count ends at 255.
package struct CandidateCounts: Sendable, Equatable {
    package var host: UInt8 = 0
    package var srflx: UInt8 = 0
    package var relay: UInt8 = 0
    package var prflx: UInt8 = 0
    /// Of those of type host, the ones whose addresses are names that end in .local.
    package var mdns: UInt8 = 0

    package init(host: UInt8 = 0, srflx: UInt8 = 0, relay: UInt8 = 0, prflx: UInt8 = 0, mdns: UInt8 = 0) {
        self.host = host
        self.srflx = srflx
        self.relay = relay
        self.prflx = prflx
        self.mdns = mdns
    }

    package var isNone: Bool { self.host == 0 && self.srflx == 0 && self.relay == 0 && self.prflx == 0 }

    /// There is nothing but names that only the same local network may resolve.
    package var isMDNSAlone: Bool { self.host > 0 && self.mdns >= self.host && self.srflx == 0 && self.relay == 0 && self.prflx == 0 }

    /// As the log has it.
    package var text: String { "host \(self.host), srflx \(self.srflx), relay \(self.relay)" }
}

/// URLs of ICE servers that a side was configured with. Each count ends at 255.
package struct ServerCounts: Sendable, Equatable {
    package var stun: UInt8 = 0
    package var turn: UInt8 = 0

    package init(stun: UInt8 = 0, turn: UInt8 = 0) {
        self.stun = stun
        self.turn = turn
    }

    package var isNone: Bool { self.stun == 0 && self.turn == 0 }
}

/// Which kinds of errors a client had from its ICE servers (`icecandidateerror`).
package struct CandidateErrors: OptionSet, Sendable, Equatable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// A TURN server said no: 400 to 499, or 508.
    package static let refused = CandidateErrors(rawValue: 1)
    /// A server did not respond: 701.
    package static let unreached = CandidateErrors(rawValue: 2)

    init(code: UInt64) {
        switch code {
        case 400...499, 508: self = .refused
        case 701: self = .unreached
        default: self = []
        }
    }
}

/// The pair of candidates that carries a connection.
package struct SelectedPair: Sendable, Equatable {
    package enum Transport: Sendable, CaseIterable {
        case udp, tcp, tls
    }

    /// Whether the candidate of either side is one of a TURN server; nil where the types are not told.
    package var isRelayed: Bool?
    /// From this side to its TURN server; nil where there is none, or where it is not told.
    package var relayTransport: Transport?

    package init(isRelayed: Bool? = nil, relayTransport: Transport? = nil) {
        self.isRelayed = isRelayed
        self.relayTransport = relayTransport
    }
}
