import SignalingWire
import TimeKeeping

/// What is known of two peers that met in a room, from the first `room_full` until nobody is there any more: what both reported, what they
/// sent each other, and who left how. It ends in one outcome.
struct Pairing: Sendable {
    struct Party: Sendable {
        /// What it said last of its success or its failure.
        var report: Telemetry?
        /// Of the last success that it reported.
        var route: Route?
        var hasOffered = false
        var hasAnswered = false
    }

    struct Absence: Sendable {
        let side: Side
        let departure: Departure
    }

    /// The time from one `room_full` to the next.
    struct Round: Sendable {
        let since: MonotonicTime
        var isEstablished = false
        var isFailed = false
    }

    private let since: MonotonicTime
    private var a = Party()
    private var b = Party()
    var round: Round
    /// The side that is not there; the other one is.
    private(set) var absence: Absence?
    /// When the outcome, as it is known by now, came about.
    private var decided: MonotonicTime
    /// Whether anybody has reported, and whether the first report repeated one of an earlier connection.
    private var hasReport = false
    private(set) var isResumed = false
    /// What both sides were told last.
    private var told: Diagnosis?

    init(now: MonotonicTime) {
        self.since = now
        self.decided = now
        self.round = Round(since: now)
    }

    private(set) subscript(side: Side) -> Party {
        get { side == .a ? self.a : self.b }
        _modify { if side == .a { yield &self.a } else { yield &self.b } }
    }

    // MARK: - What happens

    /// Both sides are there again; this one came. What was known before is no news to it.
    mutating func came(_ side: Side, now: MonotonicTime) {
        if self.absence?.side == side { self.absence = nil }
        self.round = Round(since: now)
        self.told = self.diagnosis
    }

    /// One side is left.
    mutating func left(_ side: Side, _ departure: Departure, now: MonotonicTime) {
        self.absence = Absence(side: side, departure: departure)
        if self.a.report == nil, self.b.report == nil { self.decided = now }
    }

    /// This side has sent frames of these kinds, or will have when its peer takes them.
    mutating func sent(_ kinds: FrameKinds, by side: Side) {
        if kinds.contains(.offer) { self[side].hasOffered = true }
        if kinds.contains(.answer) { self[side].hasAnswered = true }
    }

    mutating func note(_ report: Telemetry, by side: Side, now: MonotonicTime) {
        guard report.event != .restart else { return }
        if !self.hasReport { (self.hasReport, self.isResumed) = (true, report.isResumed) }
        if !self.isConnected { self.decided = now }
        self[side].report = report
        if report.event == .connected { self[side].route = Route(report) }
    }

    /// Whoever had the side was a stranger: what it said and sent is not its successor's.
    mutating func disown(_ side: Side) { self[side] = Party() }

    /// Why the peers do not reach each other, if that is not what was told last.
    mutating func news() -> Diagnosis? {
        let diagnosis = self.diagnosis
        guard diagnosis != self.told else { return nil }
        self.told = diagnosis
        return diagnosis
    }

    // MARK: - What came of it

    /// The last word counts: whoever failed first and connected then is connected.
    var isConnected: Bool { self.a.route != nil || self.b.route != nil }

    /// Whether a description was sent, and no answer to it: nothing but that can have kept the peers from trying.
    var isExchangeOpen: Bool { (self.a.hasOffered || self.b.hasOffered || self.a.hasAnswered || self.b.hasAnswered) && !self.isExchanged }

    /// Whether both have the other's description.
    var isExchanged: Bool { self.a.hasOffered && self.b.hasAnswered || self.b.hasOffered && self.a.hasAnswered }

    private var route: Route? {
        let routes = [self.a.route, self.b.route].compactMap { $0 }
        return routes.isEmpty ? nil : routes.contains(.relayed) ? .relayed : routes.contains(.direct) ? .direct : .unknown
    }

    /// Nobody is there any more; the last connection ended like this.
    func end(_ departure: Departure) -> PairingEnd {
        let diagnosis = self.diagnosis
        let outcome = self.route.map { .connected($0) } ?? diagnosis.map { .failed($0.cause) } ?? PairingOutcome.unreported
        let isUnreported = outcome == .unreported
        return PairingEnd(
            outcome: outcome, isCounted: !self.isResumed && !(isUnreported && departure == .dismissed),
            time: isUnreported ? nil : self.decided - self.since, candidatesA: self.candidates(of: .a),
            candidatesB: self.candidates(of: .b),
            relayTransport: self.a.report?.selected.relayTransport ?? self.b.report?.selected.relayTransport)
    }

    /// As the side gathered them, or else as they came to the other.
    func candidates(of side: Side) -> CandidateCounts? { self[side].report?.candidates ?? self[side.other].report?.remote }
}
