import SignalingCore
import SignalingWire
import Testing
import TimeKeeping
import WebSocketCore

/// When a pairing begins and ends, what it comes to, and who is told of it.
@Suite struct PairingTests {
    @Test func itEndsWhenNobodyIsThereAnyMore() {
        var rig = PairingRig()
        #expect(rig.room.state.isPaired)
        rig.leave(.b)
        #expect(rig.comeBack(.b) == [] && rig.room.state.isPaired && rig.room.ends.isEmpty)
        rig.leave(.a)
        rig.leave(.b)
        #expect(!rig.room.state.isPaired)
        #expect(rig.room.ends == [PairingEnd(outcome: .unreported, isCounted: true)])
    }

    @Test func whoIsAloneIsInNoPairing() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        room.report(1, .a, Telemetry(.connected))
        room.relay(1, .a, "offer", kind: .offer)
        #expect(!room.state.isPaired && room.state.company == .alone)
        room.leave(1, .a, .broken)
        #expect(room.ends == [] && room.state.company == .alone)
    }

    @Test func oneReportOfASuccessIsEnough() {
        var rig = PairingRig()
        rig.room.advance(.seconds(2))
        #expect(rig.report(.b, .connected) { $0.mode = .direct } == [])
        rig.room.advance(.seconds(60))
        rig.report(.a, .connected) { $0.mode = .direct }
        let end = rig.end()
        #expect(end?.outcome == .connected(.direct) && end?.isCounted == true)
        // To the first flow, not to the last word on it.
        #expect(end?.time == .seconds(2))
    }

    @Test(
        arguments: [
            (Telemetry.Mode.direct, nil, Route.direct), (.host, nil, .direct), (.srflx, nil, .direct), (.prflx, nil, .direct),
            (.relay, nil, .relayed), (.unspecified, nil, .unknown), (.other, nil, .unknown), (.direct, true, .relayed),
            (.relay, false, .direct),
        ] as [(Telemetry.Mode, Bool?, Route)])
    func theSelectedPairSaysMoreThanTheMode(mode: Telemetry.Mode, isRelayed: Bool?, route: Route) {
        var rig = PairingRig()
        rig.report(.a, .connected) {
            $0.mode = mode
            $0.selected.isRelayed = isRelayed
        }
        #expect(rig.end()?.outcome == .connected(route))
    }

    /// Of a relay on the other side a client may know no more than that a candidate came from there.
    @Test func whatEitherSideCallsRelayedIs() {
        for (a, b) in [(Telemetry.Mode.relay, Telemetry.Mode.prflx), (.host, .relay), (.unspecified, .relay)] {
            var rig = PairingRig()
            rig.report(.a, .connected) { $0.mode = a }
            rig.report(.b, .connected) { $0.mode = b }
            #expect(rig.end()?.outcome == .connected(.relayed))
        }
    }

    @Test func aRestartThatWorkedIsConnected() {
        var rig = PairingRig()
        rig.exchange()
        #expect(rig.report(.a, .failed) == [Diagnosis(.checksFailed, at: .both)])
        #expect(rig.report(.a, .restart) == [])
        rig.room.advance(.seconds(5))
        rig.report(.b, .connected) { $0.mode = .relay }
        let end = rig.end()
        #expect(end?.outcome == .connected(.relayed) && end?.time == .seconds(5))
    }

    /// Whoever was connected once had what it came for.
    @Test func whatFailsAfterItWasConnectedIsConnected() {
        var rig = PairingRig()
        rig.report(.a, .connected)
        #expect(rig.report(.a, .failed) { $0.reason = .disconnected } == [])
        #expect(rig.report(.b, .failed) { $0.reason = .verificationFailed } == [])
        #expect(rig.end()?.outcome == .connected(.unknown))
    }

    @Test func aFailureHasItsCauseAndItsTime() {
        var rig = PairingRig()
        rig.exchange()
        rig.room.advance(.milliseconds(1_500))
        rig.report(.a, .failed) { $0.reason = .timeout }
        rig.room.advance(.seconds(30))
        let end = rig.end()
        #expect(end?.outcome == .failed(.timeout) && end?.time == .milliseconds(1_500))
    }

    @Test func theEndHasTheCandidatesOfBoth() {
        var rig = PairingRig()
        rig.report(.a, .connected) {
            $0.candidates = .relayed
            $0.remote = .hosts
            $0.selected.relayTransport = .tls
        }
        var end = rig.end()
        // What side B did not say itself is known from what came to side A.
        #expect(end?.candidatesA == .relayed && end?.candidatesB == .hosts && end?.relayTransport == .tls)
        rig = PairingRig()
        rig.report(.a, .connected) { $0.remote = .hosts }
        rig.report(.b, .failed) { $0.candidates = .reflexive }
        end = rig.end()
        #expect(end?.candidatesA == nil && end?.candidatesB == .reflexive)
    }

    // MARK: - Without a report

    /// Clients that never report may come and go as they like: once both have the other's description they may be connected.
    @Test(arguments: Departure.allCases, [true, false])
    func clientsThatNeverReportAreUnreported(departure: Departure, isDescribed: Bool) {
        for first in Side.allCases {
            var rig = PairingRig()
            if isDescribed { rig.exchange() }
            #expect(rig.leave(first, departure) == [])
            #expect(rig.end()?.outcome == .unreported)
            #expect(rig.room.ends.last?.time == nil)
        }
    }

    /// Between the offer and the answer nothing can be connected.
    @Test func whoLeavesInTheMidstOfTheExchangeIsWhy() {
        for side in Side.allCases {
            for (departure, cause) in [(Departure.closed, Diagnosis.Cause.peerLeft), (.broken, .signalingLost)] {
                var rig = PairingRig()
                rig.exchange(answered: false)
                rig.room.advance(.seconds(3))
                #expect(rig.leave(side, departure) == [Diagnosis(cause, at: .init(side))])
                rig.room.advance(.seconds(9))
                let end = rig.end()
                #expect(end?.outcome == .failed(cause) && end?.time == .seconds(3))
            }
        }
    }

    @Test func theOneWhoStaysIsToldBehindTheDeparture() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        _ = room.join(2, .b)
        room.relay(1, .a, "offer", kind: .offer)
        #expect(room.leave(2, .b) == [left(1), told(1, Diagnosis(.peerLeft, at: .b))])
    }

    @Test func whoComesBackIsForgiven() {
        var rig = PairingRig()
        rig.exchange(answered: false)
        #expect(rig.leave(.b, .broken) == [Diagnosis(.signalingLost, at: .b)])
        #expect(rig.comeBack(.b) == [])
        // A second time it is told again.
        #expect(rig.leave(.b, .broken) == [Diagnosis(.signalingLost, at: .b)])
        #expect(rig.comeBack(.b) == [])
        rig.room.relay(2, .b, "answer", kind: .answer)
        #expect(rig.end()?.outcome == .unreported)
    }

    /// An offer that was held is one that was made.
    @Test func descriptionsThatWereHeldCount() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        room.relay(1, .a, "offer", kind: .offer)
        _ = room.join(2, .b)
        #expect(room.leave(2, .b).contains(told(1, Diagnosis(.peerLeft, at: .b))))
        _ = room.join(3, .b)
        room.relay(3, .b, "answer", kind: .answer)
        #expect(room.leave(3, .b) == [left(1)])
    }

    /// A shutdown, or a room that moves, is nobody's departure.
    @Test func whoIsSentAwayHasNotLeft() {
        var rig = PairingRig()
        rig.exchange(answered: false)
        #expect(rig.leave(.b, .dismissed) == [])
        rig.leave(.a, .dismissed)
        #expect(rig.room.ends == [PairingEnd(outcome: .unreported, isCounted: false)])
        // What is known by then counts.
        for (event, outcome) in [(Telemetry.Event.connected, PairingOutcome.connected(.unknown)), (.failed, .failed(.checksFailed))] {
            rig = PairingRig()
            rig.report(.a, event)
            let end = rig.end(.dismissed)
            #expect(end?.outcome == outcome && end?.isCounted == true)
        }
    }

    @Test func anEvictedHolderHasNotLeftWhereAnotherTakesItsSide() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        _ = room.join(2, .b)
        room.relay(1, .a, "offer", kind: .offer)
        _ = room.join(3, .b)
        #expect(room.challengeExpired(3, .b) == [close(2, .unresponsive), left(1), admit(3), full(1), full(3)])
        room.leave(1, .a, .broken)
        room.leave(3, .b)
        // The first to leave was A, and B has not answered.
        #expect(room.ends.map(\.outcome) == [.failed(.signalingLost)])
    }

    // MARK: - What counts

    /// The peers were connected before their connections to the server broke: that was counted.
    @Test func whatRepeatsAnEarlierReportIsNotCounted() {
        var rig = PairingRig()
        #expect(
            rig.room.report(
                2, .b,
                {
                    var report = Telemetry(.connected); report.isResumed = true; return report
                }()
            ).count == .nothing)
        rig.report(.a, .connected)
        let end = rig.end()
        #expect(end?.outcome == .connected(.unknown) && end?.isCounted == false)
        // The first report decides.
        rig = PairingRig()
        rig.report(.a, .connected)
        rig.report(.a, .connected) { $0.isResumed = true }
        #expect(rig.end()?.isCounted == true)
    }

    /// A takeover goes on with the pairing, and with what the side has said.
    @Test func aTakeoverChangesNothing() {
        var room = RoomHarness()
        _ = room.join(1, .a, sid: "s")
        _ = room.join(2, .b)
        room.report(1, .a, Telemetry(.connected))
        _ = room.join(3, .a, sid: "s")
        room.leave(1, .a, .broken)
        room.leave(3, .a)
        room.leave(2, .b)
        #expect(room.ends.map(\.outcome) == [.connected(.unknown)])
    }

    @Test func whatAStrangerSaidIsNotTheOwners() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        _ = room.join(2, .b)
        room.relay(1, .a, "offer", kind: .offer)
        room.report(2, .b, Telemetry(.connected))
        _ = room.join(3, .b, hasToken: true)
        #expect(room.report(1, .a, Telemetry(.failed)).actions == [1, 3].map { told($0, Diagnosis(.checksFailed, at: .both)) })
        room.leave(1, .a)
        room.leave(3, .b)
        #expect(room.ends.map(\.outcome) == [.failed(.checksFailed)])
    }

    @Test func onlyTheHolderReports() {
        var room = RoomHarness()
        _ = room.join(1, .a, sid: "s")
        _ = room.join(2, .b)
        _ = room.join(3, .a, sid: "s")
        #expect(room.report(1, .a, Telemetry(.connected)) == (.nothing, []))
        #expect(room.report(2, .a, Telemetry(.connected)) == (.nothing, []))
        room.leave(3, .a)
        room.leave(2, .b)
        #expect(room.ends.map(\.outcome) == [.unreported])
    }

    // MARK: - Who is told

    @Test func bothAreToldOfWhatIsNew() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        _ = room.join(2, .b)
        let checks = Diagnosis(.checksFailed, at: .both)
        #expect(room.report(1, .a, Telemetry(.failed)).actions == [told(1, checks), told(2, checks)])
        #expect(room.report(2, .b, Telemetry(.failed)).actions == [])
        var report = Telemetry(.failed)
        report.reason = .timeout
        let timeout = Diagnosis(.timeout, at: .both)
        #expect(room.report(2, .b, report).actions == [told(1, timeout), told(2, timeout)])
        #expect(room.report(1, .a, Telemetry(.connected)).actions == [])
        #expect(room.report(2, .b, report).actions == [])
    }

    /// Behind the frames that wait for it.
    @Test func whoIsBehindIsToldInOrder() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        room.relay(1, .a, "ice")
        room.hasSpace = false
        _ = room.join(2, .b)
        let checks = Diagnosis(.checksFailed, at: .both)
        #expect(room.report(1, .a, Telemetry(.failed)).actions == [told(1, checks)])
        #expect(room.deliver(.b).actions == [frame(2, "ice"), told(2, checks)])
        #expect(room.state.heldBytes == 0)
    }

    /// A peer that comes and goes and reports makes no list without end.
    @Test func whoIsToldTooMuchMeanwhileIsClosed() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        room.relay(1, .a, "ice")
        room.hasSpace = false
        _ = room.join(2, .b)
        var reports = [Telemetry(.failed), Telemetry(.failed)]
        reports[1].reason = .timeout
        for number in 0..<1024 {
            #expect(!room.report(1, .a, reports[number % 2]).actions.contains(close(2, .slowConsumer)))
        }
        #expect(room.report(1, .a, reports[0]).actions.contains(close(2, .slowConsumer)))
    }

    @Test func whatIsKnownDoesNotOutliveAnAbsence() {
        var rig = PairingRig()
        rig.exchange()
        rig.leave(.b)
        #expect(rig.report(.a, .failed) == [Diagnosis(.checksFailed, at: .both)])
        #expect(rig.comeBack(.b) == [])
        #expect(rig.report(.a, .failed) == [])
    }

    @Test func roomsRememberWhetherBothWereThere() {
        var room = RoomHarness()
        #expect(room.state.company == nil)
        _ = room.join(1, .a)
        #expect(room.state.company == .alone)
        _ = room.join(2, .b)
        room.leave(1, .a)
        room.leave(2, .b)
        #expect(room.state.company == .paired)
    }
}
