import SignalingCore
import SignalingWire

/// A pairing as the contract describes it, for clients that say what failed and nothing of their candidates.
struct PairingModel {
    /// What a client reports, as far as the simulation's clients report anything.
    enum Report: CaseIterable {
        case direct, relayed, resumed, failed, timeout, unverified, handshake, peerLeft, lost, restart

        var text: String {
            switch self {
            case .direct: #"{"type":"telemetry","event":"ice-connected","mode":"direct","candidates":{"host":1}}"#
            case .relayed: #"{"mode":"host","selected":{"remote":"relay"},"event":"ice-connected","type":"telemetry"}"#
            case .resumed: #"{"type":"telemetry","event":"ice-connected","mode":"direct","resumed":true}"#
            case .failed: #"{"type":"telemetry","event":"ice-failed"}"#
            case .timeout: #"{"type":"telemetry","event":"ice-failed","reason":"timeout","errors":[300,"701"],"pairs":0}"#
            case .unverified: #"{"type":"telemetry","event":"ice-failed","reason":"verification-failed"}"#
            case .handshake: #"{"type":"telemetry","event":"ice-failed","ice":"connected","dtls":"failed"}"#
            case .peerLeft: #"{"type":"telemetry","event":"ice-failed","reason":"peer-left"}"#
            case .lost: #"{"type":"telemetry","event":"ice-failed","reason":"signaling-lost"}"#
            case .restart: #"{"type":"telemetry","event":"ice-restart"}"#
            }
        }

        var isConnected: Bool { self == .direct || self == .relayed || self == .resumed }
    }

    struct Diagnosis: Equatable {
        var cause: String
        var side: String

        /// How its frame begins, up to the advice, which is for people.
        var head: String { #"{"type":"diagnosis","cause":"\#(self.cause)","side":"\#(self.side)","advice":""# }
    }

    private struct Party {
        var report: Report?
        var isConnected = false
        var isRelayed = false
        var hasOffered = false
        var hasAnswered = false
    }

    /// Of the time since the last `room_full`.
    var isEstablished = false
    var isFailed = false
    /// What happened in it, or how a connection ended, is not known.
    var isUnsure = false
    private var a = Party()
    private var b = Party()
    private var isResumed: Bool?
    private var absent: (side: Side, departure: Departure)?
    private var told: Diagnosis?

    private subscript(side: Side) -> Party {
        get { side == .a ? self.a : self.b }
        set { if side == .a { self.a = newValue } else { self.b = newValue } }
    }

    // MARK: - What happens

    mutating func came(_ side: Side) {
        if self.absent?.side == side { self.absent = nil }
        (self.isEstablished, self.isFailed) = (false, false)
        self.told = self.diagnosis
    }

    mutating func left(_ side: Side, _ departure: Departure) { self.absent = (side, departure) }

    mutating func sent(_ kind: FrameKind, by side: Side) {
        if kind == .offer { self[side].hasOffered = true }
        if kind == .answer { self[side].hasAnswered = true }
    }

    mutating func note(_ report: Report, by side: Side) {
        if report == .restart { return }
        if self.isResumed == nil { self.isResumed = report == .resumed }
        self[side].report = report
        guard report.isConnected else { return }
        self[side].isConnected = true
        self[side].isRelayed = report == .relayed
    }

    mutating func disown(_ side: Side) { self[side] = Party() }

    /// What both are to be told now.
    mutating func news() -> Diagnosis? {
        let diagnosis = self.diagnosis
        if diagnosis == self.told { return nil }
        self.told = diagnosis
        return diagnosis
    }

    // MARK: - What came of it

    private var isConnected: Bool { self.a.isConnected || self.b.isConnected }

    private var isExchangeOpen: Bool {
        let isAnswered = self.a.hasOffered && self.b.hasAnswered || self.b.hasOffered && self.a.hasAnswered
        return !isAnswered && [self.a, self.b].contains { $0.hasOffered || $0.hasAnswered }
    }

    /// Whether it matters how the side that is away has left.
    var dependsOnDeparture: Bool {
        guard let absent = self.absent, !self.isConnected else { return false }
        return self[absent.side].report == nil && self.isExchangeOpen
    }

    private var diagnosis: Diagnosis? {
        if self.isConnected || self.isResumed == true { return nil }
        let reports = Side.allCases.compactMap { side in self[side].report.map { (side: side, report: $0) } }
        if reports.contains(where: { $0.report == .unverified }) { return Diagnosis(cause: "verification_failed", side: "both") }
        if reports.contains(where: { $0.report == .handshake }) { return Diagnosis(cause: "dtls_failed", side: "both") }
        if self.dependsOnDeparture, let absent = self.absent, absent.departure != .dismissed {
            return Diagnosis(cause: absent.departure == .broken ? "signaling_lost" : "peer_left", side: absent.side.name)
        }
        if reports.isEmpty { return nil }
        guard reports.allSatisfy({ $0.report == .peerLeft || $0.report == .lost }) else {
            return Diagnosis(cause: reports.contains { $0.report == .timeout } ? "timeout" : "checks_failed", side: "both")
        }
        let losers = reports.filter { $0.report == .lost }.map(\.side.name)
        if let loser = losers.first { return Diagnosis(cause: "signaling_lost", side: losers.count == 2 ? "both" : loser) }
        return Diagnosis(cause: "peer_left", side: reports.count == 2 ? "both" : reports[0].side.name)
    }

    /// The labels under which it is counted when the last connection ends like this; nil where it does not count.
    func outcome(_ departure: Departure) -> String? {
        if self.isResumed == true { return nil }
        if self.isConnected {
            let isRelayed = self.a.isConnected && self.a.isRelayed || self.b.isConnected && self.b.isRelayed
            return #"outcome="connected",route="\#(isRelayed ? "relayed" : "direct")",cause="none""#
        }
        if let diagnosis { return #"outcome="failed",route="none",cause="\#(diagnosis.cause)""# }
        return departure == .dismissed ? nil : #"outcome="unreported",route="none",cause="none""#
    }
}
