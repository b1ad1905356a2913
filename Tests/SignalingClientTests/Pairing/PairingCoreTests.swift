import Testing

@testable import SignalingClient

@Suite struct PairingCoreTests {
    enum Proof: String, CaseIterable, Sendable { case none, compared, sealed }

    private func world(_ proof: Proof) throws -> PairingWorld {
        switch proof {
        case .none: PairingWorld()
        case .compared: PairingWorld(try PairingWorld.compared(.a), try PairingWorld.compared(.b))
        case .sealed: PairingWorld(try PairingWorld.sealed(.a), try PairingWorld.sealed(.b))
        }
    }

    private func connected(_ proof: Proof = .none) throws -> PairingWorld {
        var world = try self.world(proof)
        try world.meet()
        #expect(world.isConnected)
        return world
    }

    /// Nothing was applied that the other peer had not made.
    private func areTrue(_ world: PairingWorld) -> Bool {
        Side.allCases.allSatisfy { side in world[side].peer.applied.allSatisfy { world[side.other].peer.made.contains($0) } }
    }

    @Test(arguments: Proof.allCases) func twoPeersConnect(proof: Proof) throws {
        let world = try self.connected(proof)
        #expect(self.areTrue(world))
        for side in Side.allCases {
            #expect(world[side].core.proof.verified == (proof == .sealed ? .words : nil))
            #expect(world[side].told.prefix(2) == [.waiting, .negotiating])
            #expect(world[side].told.contains(.connected))
            #expect(world[side].telemetry.map(\.event) == ["ice-connected"])
            #expect(world[side].peer.added.count == 2)
        }
        #expect(world.now == .seconds(100))
        let digits = world.a.core.proof.sixDigits
        #expect((digits != nil) == (proof == .compared))
        #expect(digits == world.b.core.proof.sixDigits)
    }

    @Test(arguments: Proof.allCases) func eachFrameIsLostInTurn(proof: Proof) throws {
        let count = try self.connected(proof).sent
        #expect(count >= 6)
        for lost in 1...count {
            var world = try self.world(proof)
            world.relay = { number, _, frame in number == lost ? [] : [frame] }
            try world.meet()
            #expect(world.isConnected, "without frame \(lost)")
            #expect(self.areTrue(world))
        }
    }

    @Test(arguments: Proof.allCases) func eachConnectionBreaksAtEachFrame(proof: Proof) throws {
        let count = try self.connected(proof).sent
        for side in Side.allCases {
            for number in 1...count {
                var world = try self.world(proof)
                world.before[number] = { $0.breakConnection(of: side) }
                world.begin()
                for side in Side.allCases { world.enter(side) }
                world.pair()
                try world.run(for: .seconds(2))
                world.reconnect(side)
                try world.run(for: .seconds(40)) { $0.isConnected }
                #expect(world.isConnected, "\(side) at frame \(number)")
                #expect(self.areTrue(world))
            }
        }
    }

    /// Neither can a lost answer keep those apart whose engines cannot restart ICE.
    @Test func enginesThatCannotRestartRecoverWhatWasLost() throws {
        let count = try self.connected().sent
        for side in Side.allCases {
            for number in 1...count {
                var world = PairingWorld()
                for side in Side.allCases { world[side].peer.failsAt = "restartICE" }
                world.before[number] = { $0.breakConnection(of: side) }
                world.begin()
                for side in Side.allCases { world.enter(side) }
                world.pair()
                try world.run(for: .seconds(2))
                world.reconnect(side)
                try world.run(for: .seconds(40)) { $0.isConnected }
                #expect(world.isConnected, "\(side) at frame \(number)")
            }
        }
    }

    @Test func otherWordsEndBothAndNothingIsApplied() throws {
        var world = PairingWorld(try PairingWorld.sealed(.a), try PairingWorld.sealed(.b, [.words("crossword-mirror")]))
        try world.meet()
        #expect(world.b.end??.code == .codeMismatch)
        #expect(world.a.end??.code == .codeMismatch)
        #expect(world.a.peer.applied.isEmpty && world.b.peer.applied.isEmpty)
        #expect(world.b.telemetry.first?.detail["reason"] == "verification-failed")
        #expect(world.a.end??.advice?.contains("spent") == true)
    }

    @Test func aPeerWithoutWordsIsRefused() throws {
        var world = PairingWorld(try PairingWorld.sealed(.a), try PairingWorld.compared(.b))
        try world.meet()
        #expect(world.b.end??.code == .wordsNeeded)
        try world.run(for: .seconds(60))
        #expect(world.a.end??.code == .peerUnverified)
        world = PairingWorld(try PairingWorld.compared(.a), try PairingWorld.sealed(.b))
        try world.meet()
        #expect(world.b.end??.code == .peerUnverified)
        #expect(!world.isConnected && world.b.peer.applied.isEmpty)
    }

    /// A server in the middle, which puts a certificate of its own into every description.
    private static func withOwnCertificate(_ frame: JSONValue) -> JSONValue {
        guard let sdp = frame["sdp"]?["sdp"]?.string else { return frame }
        let own = ModelPeer("e").certificate
        let changed = sdp.replacing(ModelPeer("a").certificate, with: own).replacing(ModelPeer("b").certificate, with: own)
        return frame.with(["sdp": ["type": frame["type"], "sdp": .string(changed)].jsonObject])
    }

    @Test func whoeverIsInTheMiddleSucceedsWithoutWordsAndFailsWithThem() throws {
        for proof in [Proof.none, .sealed] {
            var world = try self.world(proof)
            world.relay = { _, _, frame in [Self.withOwnCertificate(frame)] }
            try world.meet()
            #expect(!world.isConnected)
            #expect(self.areTrue(world) == (proof == .sealed))
            if proof == .sealed { #expect(world.a.end??.code == .codeMismatch && world.b.end??.code == .codeMismatch) }
        }
    }

    @Test func sixDigitsDifferWithSomebodyInTheMiddle() throws {
        var world = try self.world(.compared)
        world.relay = { _, _, frame in [Self.withOwnCertificate(frame)] }
        try world.meet()
        #expect(world.b.end??.code == .protocolError || world.a.core.proof.sixDigits != world.b.core.proof.sixDigits)
    }

    /// Each member of each frame is changed in turn, doubled, or sent back.
    @Test func noMemberOfASealedFrameCanBeChanged() throws {
        let count = try self.connected(.sealed).sent
        let changes: [(JSONValue) -> [JSONValue]] = [
            { [$0.with(["id": 2])] }, { [$0.with(["sdp": "v=0\r\na=fingerprint:sha-256 AA\r\n"])] }, { [$0.with(["pake": .null])] },
            { [$0.withPake(["n": 5])] }, { [$0.withPake(["share": "cYsJVdnhCvNzw7NGaHVwsZKYl-T2QdCVSBVBYa1dTjc"])] },
            { [$0.withPake(["v": 2])] }, { [$0.withPake(["mac": "cYsJVdnhCvNzw7NGaHVwsZKYl-T2QdCVSBVBYa1dTjc"])] },
            { [$0.with(["type": "offer"])] }, { [$0.with(["type": "answer"])] }, { [$0, $0] }, { [$0, PakeFrame.mismatch] },
        ]
        for change in changes {
            for changed in 1...count {
                var world = try self.world(.sealed)
                world.relay = { number, _, frame in number == changed ? change(frame) : [frame] }
                try world.meet()
                #expect(self.areTrue(world), "frame \(changed)")
            }
        }
    }

    @Test func aVerifiedLinkDropsWhatItsPeerDidNotMake() throws {
        var world = try self.connected(.sealed)
        let forged = try RelayedFrame(["type": "offer", "sdp": "v=0\r\na=fingerprint:sha-256 EE\r\n", "id": 9] as JSONValue)
        world.say(.signal(forged), to: .b)
        try world.run(for: .seconds(60))
        #expect(world.b.told.last == .forged(1))
        #expect(world.b.end == nil && self.areTrue(world))
    }

    @Test(arguments: Proof.allCases) func offersOfBothSidesAtOnce(proof: Proof) throws {
        var world = try self.connected(proof)
        for side in Side.allCases { world.happens(.negotiationNeeded, at: side) }
        try world.run(for: .seconds(60))
        #expect(world.a.end == nil && world.b.end == nil)
        #expect(ModelPeer.fit(world.a.peer, world.b.peer))
        // A's came through, and then B's, which was rolled back.
        #expect(world.b.peer.applied.count >= 2 && world.a.peer.applied.count >= 2)
        #expect(self.areTrue(world))
    }

    @Test(arguments: Side.allCases) func aLostWayIsFoundAgain(side: Side) throws {
        var world = try self.connected(.sealed)
        let before = (world.a.peer.made.count, world.b.peer.made.count)
        for side in Side.allCases { world.happens(.state(.disconnected), at: side) }
        // Of the other side's connection to the server nothing is known.
        try world.settle()
        try world.run(for: .seconds(10))
        #expect(world.a.told.contains(.interrupted) && world.a.told.contains(.restored))
        #expect(world.b.told.contains(.restored))
        #expect(world.a.telemetry.map(\.event).contains("ice-restart"))
        #expect(world.a.peer.made.count == before.0 + 1 && world.b.peer.made.count == before.1 + 1)
        if side == .b {
            world.with(.b) { $0.core.restart(now: $1) }
            world.b.state = .disconnected
            try world.run(for: .seconds(10))
            #expect(world.b.state == .connected && ModelPeer.fit(world.a.peer, world.b.peer))
        }
    }

    @Test func withoutAWayBothEndAndSayWhy() throws {
        var world = PairingWorld()
        world.isReachable = false
        try world.meet()
        for side in Side.allCases {
            let error = world[side].end?.flatMap(\.self)
            #expect(error?.code == .noRoute)
            #expect(error?.message.contains("host/udp") == true)
            #expect(error?.advice?.contains("No STUN or TURN server is configured") == true, "\(error?.advice ?? "")")
            #expect(world[side].telemetry.map(\.event).contains("ice-failed"))
            #expect(world[side].told.contains { if case .warning(let diagnosis) = $0 { diagnosis.hint == "no_stun" } else { false } })
        }
    }

    @Test func theServersDiagnosisCounts() throws {
        var world = PairingWorld()
        world.isReachable = false
        world.begin()
        for side in Side.allCases { world.enter(side) }
        world.pair()
        try world.run(for: .seconds(44)) { !$0.a.telemetry.filter { $0.event == "ice-failed" }.isEmpty }
        world.say(.diagnosis(Diagnosis(cause: "udp_blocked", side: "B")), to: .a)
        try world.run(for: .seconds(10))
        #expect(world.a.end??.advice?.hasPrefix("UDP is blocked in the network of the other device") == true)
    }

    @Test func nobodyComes() throws {
        var world = PairingWorld()
        world.begin()
        world.enter(.a)
        try world.run(for: .seconds(599))
        #expect(world.a.end == nil)
        try world.run(for: .seconds(2))
        #expect(world.a.end??.code == .peerNeverCame)
        #expect(world.b.end??.code == .serverUnreachable)
    }

    @Test func whoLeavesBeforeTheConnectionStandsMayComeBackSoon() throws {
        var world = PairingWorld()
        world.relay = { _, _, _ in [] }
        world.begin()
        for side in Side.allCases { world.enter(side) }
        world.pair()
        world.say(.peerLeft, to: .a)
        try world.run(for: .milliseconds(4_900))
        #expect(world.a.end == nil)
        try world.run(for: .seconds(2))
        #expect(world.a.end??.code == .peerLeft)
    }

    @Test func whoIsGoneAndWhoIsOutOfReach() throws {
        for isPresent in [false, true] {
            var world = try self.connected()
            world.isReachable = false
            for side in Side.allCases { world.happens(.state(.disconnected), at: side) }
            if !isPresent { world.say(.peerLeft, to: .a) }
            try world.run(for: .seconds(14))
            #expect(world.a.end == nil)
            try world.run(for: .seconds(2))
            #expect((world.a.end != nil) == !isPresent)
            try world.run(for: .seconds(120))
            #expect(world.a.end??.code == (isPresent ? .noRoute : .peerLeft))
        }
    }

    @Test func theOtherSideClosesTheLink() throws {
        var world = try self.connected()
        world.happens(.channelClosed, at: .a)
        try world.settle()
        #expect(world.a.end??.code == .peerLeft)
        world.with(.b) { $0.core.close(now: $1) }
        #expect(world.b.end == .some(nil))
        #expect(world.b.core.deadline == nil)
    }

    @Test func aLinkLivesOnWithoutTheServer() throws {
        var world = try self.connected()
        world.with(.a) { $0.core.sessionEnded(ClientError(.unresponsive, "gone"), now: $1) }
        try world.run(for: .seconds(600))
        #expect(world.a.end == nil && world.a.core.state == .connected)
        var other = PairingWorld()
        other.begin()
        other.with(.a) { $0.core.sessionEnded(ClientError(.replaced, "gone"), now: $1) }
        #expect(other.a.end??.code == .replaced)
    }

    @Test func anotherConnectionInThePeersPlaceEndsAnAttemptAndNoLink() throws {
        let strange = try RelayedFrame(
            ["type": "offer", "sdp": "v=0\r\na=ice-ufrag:x\r\na=fingerprint:sha-256 EE\r\n", "id": 9] as JSONValue)
        var world = try self.connected()
        world.say(.signal(strange), to: .b)
        try world.run(for: .seconds(30))
        #expect(world.b.end == nil)
        #expect(world.b.told.contains { if case .problem(let error) = $0 { error.code == .peerLeft } else { false } })
        var attempt = PairingWorld()
        attempt.relay = { number, _, frame in frame["type"] == "answer" ? [] : [frame] }
        attempt.begin()
        for side in Side.allCases { attempt.enter(side) }
        attempt.pair()
        try attempt.settle()
        attempt.say(.signal(strange), to: .b)
        try attempt.settle()
        #expect(attempt.b.end??.code == .peerLeft)
    }

    @Test func anEngineThatFailsOrHangsEndsTheAttempt() throws {
        var world = PairingWorld()
        world.a.peer.failsAt = "makeOffer"
        try world.meet()
        #expect(world.a.end??.code == .engineFailed)
        world = PairingWorld()
        world.b.answersSteps = false
        try world.meet()
        #expect(world.b.end??.code == .engineFailed)
        world = PairingWorld()
        world.b.peer.failsAt = "apply"
        try world.meet()
        #expect(world.b.end??.code == .protocolError)
        // One candidate that is refused is not needed.
        world = PairingWorld()
        world.b.peer.failsAt = "add"
        try world.meet()
        #expect(world.isConnected)
    }

    /// Frames as other clients send them.
    @Test func clientsWithoutNumbersAndObjects() throws {
        var world = PairingWorld()
        world.relay = { _, _, frame in
            [frame["sdp"]?["sdp"].map { ["type": frame["type"], "sdp": $0].jsonObject } ?? frame]
        }
        try world.meet()
        #expect(world.isConnected)
    }

    @Test func whatAHostilePeerSendsDoesNotPileUp() throws {
        var world = PairingWorld()
        world.b.answersSteps = false
        world.begin()
        for side in Side.allCases { world.enter(side) }
        world.pair()
        try world.settle()
        let candidate = try RelayedFrame(ICECandidate.frame(ICECandidate(candidate: "candidate:1 1 udp 1 192.0.2.1 5 typ host")))
        for _ in 0..<5_000 { world.say(.signal(candidate), to: .b) }
        #expect(world.b.core.waiting <= Negotiation.mostWaiting)
        world = try self.connected()
        for _ in 0..<5_000 { world.say(.signal(candidate), to: .b) }
        try world.settle()
        #expect(world.b.peer.added.count <= 1_002)
    }

    @Test func garbageIsPassedOver() throws {
        for text in [
            #"{"type":"offer"}"#, #"{"type":"offer","sdp":5}"#, #"{"type":"answer","sdp":{}}"#,
            #"{"type":"sender_ready","sas":7,"pake":null}"#,
            #"{"type":"ice","candidate":{"candidate":{"candidate":{"candidate":5}}}}"#, #"{"type":"ice","candidate":7,"x":1}"#,
            #"{"type":"offer","sdp":"\ud800"}"#, #"{"type":"ice","type":"offer","sdp":"v=0"}"#,
        ] {
            for proof in [Proof.none, .sealed] {
                var world = try self.connected(proof)
                if let frame = try? RelayedFrame(json: Array(text.utf8)) { world.say(.signal(frame), to: .b) }
                try world.run(for: .seconds(10))
                #expect(world.b.end == nil, "\(text)")
            }
        }
    }
}

extension Dictionary<String, JSONValue?> {
    fileprivate var jsonObject: JSONValue { .object(self.compactMapValues(\.self)) }
}
