import Testing

@testable import SignalingClient

@Suite struct ICEServerRenewalTests {
    private func connected(_ expireIn: Duration?) throws -> PairingWorld {
        var world = PairingWorld(servers: ICEServerRenewal(expireIn: expireIn) { ([], nil) })
        try world.meet()
        #expect(world.isConnected)
        return world
    }

    private func restart(_ side: Side, in world: inout PairingWorld) throws {
        let before = world[side].peer.ufrag
        world.with(side) { $0.core.restart(now: $1) }
        try world.run(for: .seconds(1))
        #expect(world[side].peer.ufrag != before)
        #expect(ModelPeer.fit(world.a.peer, world.b.peer))
    }

    @Test(arguments: Side.allCases) func aRestartAfterTheirTimeAsksForFreshOnesFirst(side: Side) throws {
        var world = try self.connected(.seconds(60))
        try world.run(for: .seconds(29))
        try self.restart(side, in: &world)
        #expect(world.a.peer.renewals.isEmpty && world.b.peer.renewals.isEmpty)
        // From half a minute before the end on.
        try world.run(for: .seconds(1))
        let made = Side.allCases.map { world[$0].peer.made.count }
        try self.restart(side, in: &world)
        // Before the offer that restarts, and before the answer to it.
        #expect(Side.allCases.map { world[$0].peer.renewals } == made.map { [$0] })
    }

    @Test func freshOnesAreGoodForAsLongAsTheServerSays() throws {
        var world = try self.connected(.seconds(30))
        for side in Side.allCases { world[side].peer.renewal = .renewed(expireIn: .seconds(100)) }
        try self.restart(.a, in: &world)
        #expect(world.a.peer.renewals.count == 1)
        try world.run(for: .seconds(65))
        try self.restart(.a, in: &world)
        #expect(world.a.peer.renewals.count == 1)
        try world.run(for: .seconds(5))
        try self.restart(.b, in: &world)
        #expect(world.a.peer.renewals.count == 2 && world.b.peer.renewals.count == 2)
    }

    @Test func thoseThatStayGoodAreNotAskedForAgain() throws {
        for expireIn in [nil, Duration.zero] {
            var world = try self.connected(expireIn)
            for _ in 0..<3 { try self.restart(.a, in: &world) }
            #expect(world.a.peer.renewals.count == (expireIn == nil ? 0 : 1))
            try world.run(for: .seconds(86_400))
            try self.restart(.b, in: &world)
            #expect(world.a.peer.renewals.count == (expireIn == nil ? 0 : 1))
        }
    }

    @Test func withoutFreshOnesTheRestartIsMadeWithTheOld() throws {
        var world = try self.connected(.zero)
        world.a.peer.renewal = .notRenewed(retryAfter: nil)
        for count in 1...2 {
            try self.restart(.a, in: &world)
            #expect(world.a.peer.renewals.count == count)
        }
        // A server that says when is left alone until then.
        world.a.peer.renewal = .notRenewed(retryAfter: .seconds(20))
        for _ in 0..<2 { try self.restart(.a, in: &world) }
        #expect(world.a.peer.renewals.count == 3)
        try world.run(for: .seconds(20))
        try self.restart(.a, in: &world)
        #expect(world.a.peer.renewals.count == 4)
        #expect(world.a.end == nil && world.b.end == nil)
    }

    @Test func whatTheServerHadTooLateSavesAnAttemptThatGoesOn() throws {
        var world = PairingWorld(servers: ICEServerRenewal(expireIn: nil, retryAfter: .seconds(10)) { ([], nil) })
        world.isReachable = false
        world.begin()
        for side in Side.allCases { world.enter(side) }
        world.pair()
        try world.run(for: .seconds(9))
        #expect(world.a.peer.renewals.isEmpty)
        // With the relay there is a way.
        world.isReachable = true
        try world.run(for: .seconds(4)) { $0.isConnected }
        #expect(world.isConnected)
        #expect(world.a.peer.renewals == [1] && world.b.peer.renewals == [1])
    }

    @Test func aConnectionThatStandsIsNotTouchedByLateServers() throws {
        var world = PairingWorld(servers: ICEServerRenewal(expireIn: nil, retryAfter: .seconds(10)) { ([], nil) })
        try world.meet()
        try world.run(for: .seconds(60))
        #expect(world.a.peer.renewals.isEmpty && world.a.peer.made.count == 1)
        try self.restart(.a, in: &world)
        #expect(world.a.peer.renewals == [1])
    }

    @Test func aServerThatAlwaysRefusesIsNotAskedWithoutEnd() throws {
        var world = PairingWorld(servers: ICEServerRenewal(expireIn: nil, retryAfter: .zero) { ([], nil) })
        world.isReachable = false
        for side in Side.allCases { world[side].peer.renewal = .notRenewed(retryAfter: .zero) }
        try world.meet(within: .seconds(20))
        #expect(!world.isConnected)
        #expect((2...22).contains(world.a.peer.renewals.count))
    }
}
