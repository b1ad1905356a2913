import SignalingCore
import SignalingWire
import TimeKeeping

/// Two sides that have met: connection 1 on side A, connection 2 on side B.
struct PairingRig {
    var room = RoomHarness()

    init() {
        _ = self.room.join(1, .a)
        _ = self.room.join(2, .b)
    }

    private static func id(_ side: Side) -> UInt64 { side == .a ? 1 : 2 }

    /// The descriptions go across, up to the answer if that is wanted.
    mutating func exchange(answered: Bool = true) {
        self.room.relay(1, .a, "offer", kind: .offer)
        if answered { self.room.relay(2, .b, "answer", kind: .answer) }
    }

    /// What both are told of a report.
    @discardableResult
    mutating func report(_ side: Side, _ event: Telemetry.Event, _ change: (inout Telemetry) -> Void = { _ in }) -> [Diagnosis] {
        var report = Telemetry(event)
        change(&report)
        return self.told(self.room.report(Self.id(side), side, report).actions)
    }

    /// What the one who stays is told.
    @discardableResult
    mutating func leave(_ side: Side, _ departure: Departure = .closed) -> [Diagnosis] {
        self.told(self.room.leave(Self.id(side), side, departure))
    }

    mutating func comeBack(_ side: Side) -> [Diagnosis] { self.told(self.room.join(Self.id(side), side).actions) }

    private func told(_ actions: [RoomAction]) -> [Diagnosis] {
        var diagnoses: [Diagnosis] = []
        for case .diagnosis(_, let diagnosis) in actions where diagnoses.last != diagnosis { diagnoses.append(diagnosis) }
        return diagnoses
    }

    /// Whoever is left leaves, B last.
    mutating func end(_ departure: Departure = .closed) -> PairingEnd? {
        let before = self.room.ends.count
        self.leave(.a, departure)
        self.leave(.b, departure)
        return self.room.ends.count == before + 1 ? self.room.ends.last : nil
    }
}

extension CandidateCounts {
    static let none = CandidateCounts()
    static let hosts = CandidateCounts(host: 2)
    static let reflexive = CandidateCounts(host: 2, srflx: 1)
    static let relayed = CandidateCounts(host: 2, srflx: 1, relay: 1)
}
