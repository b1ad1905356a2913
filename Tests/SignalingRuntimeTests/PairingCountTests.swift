import ByteStreams
import MetricsCore
import NetworkAddresses
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing
import TimeKeeping

/// What is counted of pairings, of the rooms that they were in, and of codes.
@Suite struct PairingCountTests {
    private func count(_ world: RuntimeWorld, _ outcome: PairingOutcome) -> Int { world.counts.pairings[PairingLabel(outcome)] }
    private func total(_ world: RuntimeWorld) -> Int { world.counts.pairings.values.reduce(0, +) }

    private func pair(_ world: RuntimeWorld, _ room: RoomID) throws -> (a: RuntimeWorld.Peer, b: RuntimeWorld.Peer) {
        (try #require(world.join(room, .a)), try #require(world.join(room, .b)))
    }

    @Test func eachPairingCountsOnceAtItsEnd() throws {
        let world = RuntimeWorld()
        let outcomes: [(outcome: PairingOutcome, report: (inout Telemetry) -> Void)] = [
            (.connected(.direct), { ($0.event, $0.mode) = (.connected, .direct) }),
            (.connected(.relayed), { ($0.event, $0.mode) = (.connected, .relay) }),
            (.connected(.unknown), { $0.event = .connected }), (.failed(.checksFailed), { _ in }),
            (.failed(.timeout), { $0.reason = .timeout }),
            (.failed(.dtlsFailed), { $0.isDTLSFailed = true }),
        ]
        for (number, row) in outcomes.enumerated() {
            let (a, b) = try self.pair(world, .number(UInt64(number)))
            #expect(world.totals.pairings == 1)
            world.report(a, .failed, row.report)
            world.report(b, .failed, row.report)
            world.leave(a)
            #expect(self.count(world, row.outcome) == 0 && world.totals.pairings == 1)
            world.leave(b)
            #expect(self.count(world, row.outcome) == 1 && world.totals == Totals())
        }
        #expect(self.total(world) == outcomes.count)
    }

    @Test func theTimeToTheFirstFlowIsCountedByRoute() throws {
        let world = RuntimeWorld()
        let (a, b) = try self.pair(world, .number(1))
        world.advance(by: .milliseconds(250))
        world.report(a, .connected) { $0.mode = .relay }
        world.advance(by: .seconds(100))
        world.leave(a)
        world.leave(b)
        let histograms = world.counts.pairingFirstFlow
        #expect(histograms[Route.relayed.rawValue].sum == 0.25 && histograms[Route.relayed.rawValue].counts.reduce(0, +) == 1)
        #expect(histograms[Route.direct.rawValue].counts.reduce(0, +) == 0)
    }

    @Test func labelsAreOfOutcomesThatThereAre() {
        #expect(PairingLabel.names.count == 15 && Set(PairingLabel.names).count == 15)
        #expect(PairingLabel.names.first == #"outcome="connected",route="direct",cause="none""#)
        #expect(PairingLabel.names.contains(#"outcome="failed",route="none",cause="udp_blocked""#))
        #expect(PairingLabel.names.last == #"outcome="unreported",route="none",cause="none""#)
        for (number, name) in PairingLabel.names.enumerated() {
            #expect(PairingLabel(rawValue: number).map { PairingLabel.names[$0.rawValue] } == name)
        }
        #expect(PairingLabel(rawValue: 15) == nil && PairingLabel(rawValue: -1) == nil)
        for cause in Diagnosis.Cause.allCases {
            #expect(PairingLabel.names[PairingLabel(.failed(cause)).rawValue].contains(#"cause="\#(cause.name)""#))
        }
    }

    @Test func bothAreToldWhy() throws {
        let world = RuntimeWorld()
        let (a, b) = try self.pair(world, .number(1))
        _ = (a.owner.takeFrames(), b.owner.takeFrames())
        world.report(b, .failed) { $0.reason = .verificationFailed }
        for peer in [a, b] {
            let texts = try #require(peer.owner.takeFrames()).map(\.text)
            #expect(texts.count == 1 && texts[0].hasPrefix(#"{"type":"diagnosis","cause":"verification_failed","side":"both","advice":""#))
        }
    }

    /// A departure in the midst of the exchange is told behind `peer_left`.
    @Test func theOneWhoStaysIsTold() throws {
        let world = RuntimeWorld()
        let (a, b) = try self.pair(world, .number(1))
        world.relay(a, #"{"type":"offer"}"#, kind: .offer)
        _ = a.owner.takeFrames()
        world.leave(b, .broken)
        let texts = try #require(a.owner.takeFrames()).map(\.text)
        #expect(texts.count == 2 && texts[0] == #"{"type":"peer_left"}"# && texts[1].contains("signaling_lost"))
        world.leave(a)
        #expect(self.count(world, .failed(.signalingLost)) == 1)
    }

    /// Descriptions that wait for the receiver's queue are on their way, as those are that it was given.
    @Test func descriptionsCountHoweverTheyGo() throws {
        let world = RuntimeWorld()
        let a = try #require(world.join(.number(1), .a))
        world.relay(a, #"{"type":"offer"}"#, kind: .offer)
        let b = try #require(world.join(.number(1), .b))
        world.relay(b, #"{"type":"answer"}"#, kind: .answer)
        world.leave(b, .broken)
        world.leave(a)
        #expect(self.count(world, .unreported) == 1)
    }

    // MARK: - Rooms

    @Test func roomsAreCountedAtTheirEndByWhoWasThere() throws {
        let world = RuntimeWorld { $0.roomTTL = .seconds(60) }
        let (a, b) = try self.pair(world, .number(1))
        world.leave(a)
        world.leave(b)
        let alone = try #require(world.join(.number(2), .a))
        world.leave(alone)
        #expect(world.rooms.totals.ended == .init(paired: 1, alone: 1))
        // One that is kept has not ended.
        let kept = try #require(world.join(.number(3), .a))
        #expect(world.send(kept, to: .b, "1") == .accepted)
        world.leave(kept)
        #expect(world.rooms.totals.ended == .init(paired: 1, alone: 1))
        let fetcher = try #require(world.join(.number(3), .b))
        world.leave(fetcher)
        world.advance(by: .seconds(61))
        while world.rooms.sweep(now: world.clock.now) {}
        #expect(world.rooms.totals.ended == .init(paired: 1, alone: 2))
    }

    @Test func aRoomThatWasUsedBeforeIsNotSaidToHaveBeenAlone() throws {
        let world = RuntimeWorld { $0.roomTTL = .seconds(60) }
        let a = try #require(world.join(.number(1), .a))
        #expect(world.send(a, to: .b, "1") == .accepted)
        let stored = try #require(world.rooms.stored(.number(1)))
        let next = RuntimeWorld { $0.roomTTL = .seconds(60) }
        next.rooms.adopt([stored], clock: next.clock.serverClock)
        next.leave(try #require(next.join(.number(1), .a)))
        next.advance(by: .seconds(61))
        while next.rooms.sweep(now: next.clock.now) {}
        #expect(next.rooms.count == 0 && next.rooms.totals.ended == .init())
    }

    /// A room that moves to another node is not over, and nor is a pairing in it of which nobody has said anything.
    @Test func aRoomThatMovesIsNotOver() throws {
        let world = RuntimeWorld()
        for (number, event) in [nil, Telemetry.Event.connected, .failed].enumerated() {
            let room = RoomID.number(UInt64(number))
            let (a, b) = try self.pair(world, room)
            world.relay(a, #"{"type":"offer"}"#, kind: .offer)
            if let event { world.report(a, event) }
            world.rooms.close(room, world.loop)
            for peer in [a, b] { world.leave(peer, .dismissed) }
        }
        #expect(world.totals == Totals() && world.rooms.totals.ended == .init())
        #expect(self.total(world) == 2)
        #expect(self.count(world, .connected(.unknown)) == 1 && self.count(world, .failed(.checksFailed)) == 1)
    }

    // MARK: - Codes

    private func mint(_ world: RuntimeWorld, ttl: TimeSpan? = nil) throws -> Code {
        guard case .minted(let code, _, _) = world.signaling.codes.mint(ttl: ttl, client: RuntimeWorld.nobodysAddress, world.loop) else {
            throw Failure.notMinted
        }
        return code
    }

    private enum Failure: Error { case notMinted }

    @Test func codesAreCountedByTheirEnds() throws {
        let world = RuntimeWorld()
        let codes = world.signaling.codes
        let redeemed = try self.mint(world)
        for _ in 0..<3 { _ = try self.mint(world, ttl: .seconds(5)) }
        for _ in 0..<2 { _ = codes.redeem(redeemed, nil, client: RuntimeWorld.nobodysAddress, world.loop) }
        #expect(codes.ended == CodesEnded(redeemed: 1, expired: 0, lost: 0))
        world.advance(by: .seconds(7))
        while codes.sweep(now: world.clock.now) {}
        #expect(codes.ended == CodesEnded(redeemed: 1, expired: 3, lost: 0))
        _ = try self.mint(world)
        _ = try self.mint(world)
        codes.processEnds(now: world.clock.now)
        codes.processEnds(now: world.clock.now)
        #expect(codes.ended == CodesEnded(redeemed: 1, expired: 3, lost: 2))
        // What is swept after that has had its end.
        world.advance(by: .minutes(11))
        while codes.sweep(now: world.clock.now) {}
        #expect(codes.ended == CodesEnded(redeemed: 1, expired: 3, lost: 2))
    }

    /// A code that has expired is counted by whoever frees it, and a mint does.
    @Test func aMintThatFreesCountsToo() throws {
        let world = RuntimeWorld()
        for _ in 0..<10 { _ = try self.mint(world, ttl: .seconds(1)) }
        world.advance(by: .seconds(5))
        _ = try self.mint(world)
        #expect(world.signaling.codes.ended.expired == 10)
    }
}
