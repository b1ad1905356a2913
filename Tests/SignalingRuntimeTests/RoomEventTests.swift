import NIOConcurrencyHelpers
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing
import TimeKeeping

/// Writes down what it is told.
private final class EventList: RoomObserver {
    private let told = NIOLockedValueBox<[String]>([])

    func observed(_ event: RoomEvent, in room: RoomID, side: Side?) {
        let text = if case .pairingEnded(let end) = event { "pairing \(end.outcome.name)" } else { "\(event)" }
        self.told.withLockedValue { $0.append("\(side?.name ?? "-") \(text)") }
    }

    /// What it was told since the last time.
    func take() -> [String] {
        self.told.withLockedValue { told in
            defer { told = [] }
            return told
        }
    }
}

/// What rooms tell an observer.
@Suite struct RoomEventTests {
    private let room = RoomID.number(5)
    private let list = EventList()

    private func world(_ change: @escaping (inout SignalingParts.Options) -> Void = { _ in }) -> RuntimeWorld {
        RuntimeWorld {
            $0.observer = self.list
            change(&$0)
        }
    }

    @Test func aPairingFromItsBeginningToItsEnd() throws {
        let world = self.world()
        let a = try #require(world.join(self.room, .a))
        #expect(self.list.take() == ["A joined"])
        _ = world.relay(a, "offer", "ice")
        #expect(self.list.take() == ["A framesHeld(2)"])
        let b = try #require(world.join(self.room, .b))
        #expect(self.list.take() == ["B joined", "B paired"])
        _ = world.relay(a, "ice")
        _ = world.relay(b, "answer")
        #expect(self.list.take() == [])
        world.leave(a)
        #expect(self.list.take() == ["A left"])
        world.leave(b)
        #expect(self.list.take() == ["B left", "- pairing unreported", "- forgotten"])
    }

    @Test func onlyFramesThatAreHeldCount() throws {
        let world = self.world { $0.maxStoredBytes = 10 + RoomTotals.messageOverhead }
        let a = try #require(world.join(self.room, .a))
        _ = world.relay(a, "123456", "1")
        #expect(self.list.take() == ["A joined", "A framesHeld(1)"])
        _ = world.relay(a, "1")
        #expect(self.list.take() == [])
    }

    @Test func aTakeover() throws {
        let world = self.world()
        let old = try #require(world.join(self.room, .a, sid: "s"))
        let b = try #require(world.join(self.room, .b))
        _ = self.list.take()
        let new = try #require(world.join(self.room, .a, sid: "s"))
        #expect(self.list.take() == ["A tookOver"])
        world.leave(old)
        #expect(self.list.take() == [])
        world.leave(b)
        world.leave(new)
        #expect(self.list.take() == ["B left", "A left", "- pairing unreported", "- forgotten"])
    }

    @Test func challengesAndHowTheyEnd() throws {
        let world = self.world()
        let holder = try #require(world.join(self.room, .a))
        _ = try #require(world.join(self.room, .b))
        _ = self.list.take()
        let first = try #require(world.join(self.room, .a))
        #expect(self.list.take() == ["A challenged"])
        _ = try #require(world.join(self.room, .a))
        #expect(self.list.take() == ["A turnedAway"])
        holder.membership.holderResponded(world.loop)
        #expect(self.list.take() == ["A turnedAway"])
        world.leave(first)
        #expect(self.list.take() == [])

        let second = try #require(world.join(self.room, .a))
        #expect(self.list.take() == ["A challenged"])
        second.membership.challengeExpired(world.loop)
        #expect(self.list.take() == ["A evicted", "A admitted", "A paired"])
        world.leave(holder)
        #expect(self.list.take() == [])

        _ = try #require(world.join(self.room, .a))
        world.leave(second)
        #expect(self.list.take() == ["A challenged", "A left", "A admitted", "A paired"])
    }

    @Test func itemsAndTheRoomTheyAreKeptIn() throws {
        let world = self.world {
            $0.roomTTL = .seconds(60)
            $0.mailbox.messages = 2
        }
        let a = try #require(world.join(self.room, .a, sid: "a"))
        #expect(world.send(a, to: .b, "12345", ref: 1) == .accepted)
        #expect(self.list.take() == ["A joined", "A itemStored(for: SignalingWire.Side.b, bytes: 5)"])
        // Sent again, and one too many.
        #expect(world.send(a, to: .b, "12345", ref: 1) == .accepted)
        #expect(world.send(a, to: .b, "1") == .accepted)
        _ = world.send(a, to: .b, "1")
        #expect(self.list.take() == ["A itemStored(for: SignalingWire.Side.b, bytes: 1)"])
        world.leave(a)
        #expect(self.list.take() == ["A left", "- kept"])
        // A connection that ends twice is not told of twice.
        a.membership.leave(.closed, world.loop)
        world.advance(by: .seconds(59))
        while world.rooms.sweep(now: world.clock.now) {}
        #expect(self.list.take() == [])
        world.advance(by: .seconds(2))
        while world.rooms.sweep(now: world.clock.now) {}
        #expect(self.list.take() == ["- forgotten"])
    }
}
