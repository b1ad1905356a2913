package import SignalingWire
package import TimeKeeping
package import WebSocketCore

/// What the peers report about their connection, and what follows from it.
extension RoomState {
    /// What a report adds to the counts of rounds, from one `room_full` to the next, of which each counts once, however many report.
    package enum ReportCount: Sendable, Equatable {
        case nothing
        /// The first success, and the time from `room_full` until now.
        case established(TimeSpan)
        /// The first failure.
        case failed
    }

    /// Takes a report of the side's connection, and has both sides told what it shows.
    package mutating func report(
        _ report: Telemetry, from id: ConnectionID, side: Side, now: MonotonicTime, actions: inout [RoomAction]
    ) -> ReportCount {
        guard self.holder(of: side) == id, let round = self.pairing?.round else { return .nothing }
        self.pairing?.note(report, by: side, now: now)
        self.diagnose(&actions)
        switch report.event {
        // It was counted on the connection before.
        case _ where report.isResumed: return .nothing
        case .connected where !round.isEstablished:
            self.pairing?.round.isEstablished = true
            return .established(now - round.since)
        case .failed where !round.isFailed:
            self.pairing?.round.isFailed = true
            return .failed
        case .connected, .failed, .restart: return .nothing
        }
    }

    /// This side's frames of these kinds have gone to its peer.
    package mutating func described(_ kinds: FrameKinds, by side: Side) { self.pairing?.sent(kinds, by: side) }

    /// Both are told why they do not reach each other, as soon as that is known, and when it turns out to be otherwise.
    mutating func diagnose(_ actions: inout [RoomAction]) {
        guard let diagnosis = self.pairing?.news() else { return }
        for side in Side.allCases { self.tell(side, .diagnosis(diagnosis), actions: &actions) }
    }

    mutating func endPairing(_ departure: Departure, actions: inout [RoomAction]) {
        guard let pairing = self.pairing.take() else { return }
        actions.append(.pairingEnded(pairing.end(departure)))
    }
}
