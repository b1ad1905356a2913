import ByteStreams
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing
import TimeKeeping
import WebSocketCore
import WebSocketServer

@Suite struct RoomRegistryTests {
    private let room = RoomID.number(1)

    @Test func aRoomThatWasOnlyRelayedThroughGoesWithItsLastConnection() throws {
        let world = RuntimeWorld()
        let a = try #require(world.join(self.room, .a))
        #expect(world.relay(a, "offer") == .accepted)
        #expect(world.totals == Totals(rooms: 1, activeRooms: 1, peers: 1, heldBytes: 5))
        let b = try #require(world.join(self.room, .b))
        #expect(world.totals == Totals(rooms: 1, activeRooms: 1, peers: 2, pairings: 1))
        #expect(a.owner.takeFrames() == [.roomFull])
        #expect(b.owner.takeFrames() == [.roomFull, .text("offer")])
        world.leave(a)
        #expect(b.owner.takeFrames() == [.peerLeft])
        #expect(world.totals == Totals(rooms: 1, activeRooms: 1, peers: 1, pairings: 1))
        world.leave(b)
        #expect(world.totals == Totals() && world.rooms.count == 0)
    }

    @Test func gaugesAreBackToZeroAfterAThousandRooms() throws {
        let world = RuntimeWorld { $0.maxRooms = 1_000 }
        var random = SplitMix64(seed: 8)
        var peers: [RuntimeWorld.Peer] = []
        for number in 0..<1_000 as Range<UInt64> {
            for side in Side.allCases { peers.append(try #require(world.join(.number(number), side))) }
            if number.isMultiple(of: 10), let last = peers.last { #expect(world.send(last, to: .a, "123") == .accepted) }
        }
        #expect(
            world.totals == Totals(rooms: 1_000, activeRooms: 1_000, peers: 2_000, pairings: 1_000, mailboxMessages: 100, mailboxBytes: 300)
        )
        peers.shuffle(using: &random)
        for peer in peers { world.leave(peer) }
        #expect(world.totals == Totals(rooms: 100, mailboxMessages: 100, mailboxBytes: 300))
        world.advance(by: .minutes(11))
        while world.rooms.sweep(now: world.clock.now) {}
        #expect(world.totals == Totals())
    }

    @Test func aUsedMailboxIsKeptForItsTimeAfterTheLastActivity() throws {
        let world = RuntimeWorld { $0.roomTTL = .seconds(60) }
        let a = try #require(world.join(self.room, .a))
        #expect(world.send(a, to: .b, "\"x\"") == .accepted)
        world.advance(by: .seconds(30))
        world.leave(a)
        #expect(world.totals == Totals(rooms: 1, mailboxMessages: 1, mailboxBytes: 3))
        world.advance(by: .seconds(59))
        _ = world.rooms.sweep(now: world.clock.now)
        #expect(world.rooms.count == 1)
        // Somebody comes back in time: no deadline while they are here.
        let b = try #require(world.join(self.room, .b))
        world.advance(by: .minutes(10))
        _ = world.rooms.sweep(now: world.clock.now)
        world.hello(b)
        #expect(b.owner.takeFrames() == [.text(#"{"type":"send","seq":1,"payload":"x"}"#)])
        b.membership.delivered(upTo: 1, world.loop)
        #expect(world.totals == Totals(rooms: 1, activeRooms: 1, peers: 1))
        world.leave(b)
        // The numbering is worth keeping though nothing is stored.
        #expect(world.totals == Totals(rooms: 1))
        world.advance(by: .seconds(61))
        #expect(!world.rooms.sweep(now: world.clock.now))
        #expect(world.totals == Totals())
        let again = try #require(world.join(self.room, .a))
        #expect(world.send(again, to: .a, "1") == .accepted)
        #expect(again.owner.takeFrames() == [.text(#"{"type":"send","seq":1,"payload":1}"#)])
    }

    /// It is not in the room, and never leaves it.
    @Test func whoIsLockedOutDoesNotKeepARoom() throws {
        let world = RuntimeWorld { $0.roomTTL = .seconds(60) }
        let holder = try #require(world.join(self.room, .a, hasToken: true))
        #expect(world.send(holder, to: .a, "1") == .accepted)
        world.leave(holder)
        world.advance(by: .seconds(50))
        #expect(world.join(self.room, .a)?.outcome == .locked)
        #expect(world.totals == Totals(rooms: 1, mailboxMessages: 1, mailboxBytes: 1))
        world.advance(by: .seconds(11))
        _ = world.rooms.sweep(now: world.clock.now)
        #expect(world.totals == Totals())
    }

    @Test func aStrangerGoesWhenTheTokenIsShown() throws {
        let world = RuntimeWorld()
        let stranger = try #require(world.join(self.room, .a))
        let other = try #require(world.join(self.room, .b))
        _ = (stranger.owner.takeFrames(), other.owner.takeFrames())
        let holder = try #require(world.join(self.room, .a, hasToken: true))
        #expect(stranger.owner.takeOrders() == [.closing(.policyViolation)])
        #expect(other.owner.takeFrames() == [.peerLeft, .roomFull])
        #expect(holder.owner.takeFrames() == [.roomFull])
        world.leave(stranger)
        #expect(world.totals == Totals(rooms: 1, activeRooms: 1, peers: 2, pairings: 1))
    }

    @Test func noMoreRoomsThanAllowed() throws {
        let world = RuntimeWorld { $0.maxRooms = 2 }
        let one = try #require(world.join(.number(1), .a))
        let two = try #require(world.join(.number(2), .a))
        #expect(world.join(.number(3), .a) == nil)
        // Rooms that are there take their second side.
        #expect(world.join(.number(1), .b) != nil)
        #expect(world.send(two, to: .a, "1") == .accepted)
        world.leave(two)
        // Kept for its mailbox, it counts.
        #expect(world.join(.number(3), .a) == nil)
        world.advance(by: .minutes(11))
        _ = world.rooms.sweep(now: world.clock.now)
        #expect(world.join(.number(3), .a) != nil)
        _ = one
    }

    @Test func aReplacedConnectionThatEndsLateTouchesNobodysRoom() throws {
        let world = RuntimeWorld()
        let old = try #require(world.join(self.room, .a, sid: "s"))
        let new = try #require(world.join(self.room, .a, sid: "s"))
        #expect(old.owner.takeOrders() == [.closing(.replaced)])
        world.leave(new)
        #expect(world.totals == Totals())
        // Another room of that name is there by the time it ends.
        let next = try #require(world.join(self.room, .a))
        world.leave(old)
        #expect(world.totals == Totals(rooms: 1, activeRooms: 1, peers: 1))
        #expect(world.join(self.room, .b)?.owner.takeFrames() == [.roomFull])
        #expect(next.owner.takeFrames() == [.roomFull])
    }

    @Test func challengesReachThoseTheyConcern() throws {
        let world = RuntimeWorld()
        let holder = try #require(world.join(self.room, .a))
        let peer = try #require(world.join(self.room, .b))
        let challenger = try #require(world.join(self.room, .a))
        #expect(challenger.outcome == .waiting && holder.owner.takeOrders() == [.probed])
        #expect(try #require(world.join(self.room, .a)).outcome == .busy)
        _ = (holder.owner.takeFrames(), peer.owner.takeFrames())
        holder.membership.holderResponded(world.loop)
        world.context.flushTouched()
        #expect(challenger.owner.takeOrders() == [.closing(.policyViolation)])
        world.leave(challenger)

        let second = try #require(world.join(self.room, .a))
        second.membership.challengeExpired(world.loop)
        world.context.flushTouched()
        #expect(holder.owner.takeOrders() == [.probed, .closing(.unresponsive)])
        #expect(second.owner.takeOrders() == [.released])
        #expect(peer.owner.takeFrames() == [.peerLeft, .roomFull] && second.owner.takeFrames() == [.roomFull])
        #expect(world.totals.peers == 2)
        world.leave(holder)
        #expect(world.totals.peers == 2)
    }

    @Test func aHolderThatIsNotReadKeepsItsSide() throws {
        let world = RuntimeWorld()
        let holder = try #require(world.join(self.room, .a))
        holder.owner.outbox.isReadingPaused = true
        let challenger = try #require(world.join(self.room, .a))
        challenger.membership.challengeExpired(world.loop)
        world.context.flushTouched()
        #expect(challenger.owner.takeOrders() == [.closing(.policyViolation)])
    }
}
