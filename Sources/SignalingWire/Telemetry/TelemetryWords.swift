/// A closed set of words that clients send.
protocol WordSet: CaseIterable {
    var word: StaticString { get }
}

extension Telemetry.Event: WordSet {
    var word: StaticString {
        switch self {
        case .connected: "ice-connected"
        case .failed: "ice-failed"
        case .restart: "ice-restart"
        }
    }
}

extension Telemetry.Mode: WordSet {
    var word: StaticString {
        switch self {
        case .unspecified: "unspecified"
        case .direct: "direct"
        case .relay: "relay"
        case .host: "host"
        case .srflx: "srflx"
        case .prflx: "prflx"
        case .other: "other"
        }
    }
}

extension Telemetry.Reason: WordSet {
    var word: StaticString {
        switch self {
        case .iceFailed: "ice-failed"
        case .timeout: "timeout"
        case .disconnected: "disconnected"
        case .closed: "closed"
        case .noCandidates: "no-candidates"
        case .verificationFailed: "verification-failed"
        case .dtlsFailed: "dtls-failed"
        case .peerLeft: "peer-left"
        case .signalingLost: "signaling-lost"
        case .other: "other"
        }
    }
}

extension SelectedPair.Transport: WordSet {
    var word: StaticString {
        switch self {
        case .udp: "udp"
        case .tcp: "tcp"
        case .tls: "tls"
        }
    }

    /// As the log has it.
    package var name: String { "\(self.word)" }
}
