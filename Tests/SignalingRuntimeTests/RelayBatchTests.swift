import ByteStreams
import MetricsCore
import NIOCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing
import WebSocketCore

/// Frames on their way to the other side, in the batch that all connections of a loop share.
@Suite struct RelayBatchTests {
    private let room = RoomID.number(3)

    @Test func itIsEmptyWhenItWasRelayedWhateverBecameOfIt() throws {
        let world = RuntimeWorld()
        let old = try #require(world.join(self.room, .a, sid: "s"))
        // Held, for nobody is there.
        #expect(world.relay(old, "1", "2") == .accepted)
        #expect(world.loop.batch.isEmpty)
        let b = try #require(world.join(self.room, .b))
        #expect(world.relay(old, "3") == .accepted)
        #expect(world.loop.batch.isEmpty)
        // Not relayed: the sender was replaced.
        let new = try #require(world.join(self.room, .a, sid: "s"))
        #expect(world.relay(old, "4") == .accepted)
        #expect(world.loop.batch.isEmpty)
        #expect(world.relay(new, "5") == .accepted)
        #expect(b.owner.takeFrames() == [.roomFull, .text("1"), .text("2"), .text("3"), .text("5")])
    }

    @Test func whatIsDroppedIsRelayedByNobody() throws {
        let world = RuntimeWorld()
        let a = try #require(world.join(self.room, .a))
        let b = try #require(world.join(self.room, .b))
        _ = b.owner.takeFrames()
        world.gather(.offer, .text, ByteBuffer(string: "of a connection that has left"))
        #expect(!world.loop.batch.isEmpty)
        world.loop.batch.removeAll()
        #expect(world.loop.batch.isEmpty)
        #expect(world.relay(a, "own") == .accepted)
        #expect(b.owner.takeFrames() == [.text("own")])
        #expect(world.counts.signalMessages[.kind(.offer)] == 0)
    }

    @Test func aLoopHasOneBatchAndEveryLoopItsOwn() {
        let world = RuntimeWorld()
        #expect(world.signaling.loop(world.context) === world.loop)
        let other = MemoryNetwork().context
        #expect(world.signaling.loop(other) !== world.loop)
    }

    /// A flood's storage is given back.
    @Test func itKeepsNoLargeBuffer() throws {
        let world = RuntimeWorld()
        let a = try #require(world.join(self.room, .a))
        let b = try #require(world.join(self.room, .b))
        b.owner.canWrite = false
        // The first goes to the receiver as it is, and the second is copied behind it.
        for _ in 0..<2 { _ = world.relay(a, String(repeating: "x", count: 4 * LoopContext.largestMessageKept)) }
        let buffer = world.context.takeBuffer()
        #expect(buffer.capacity <= LoopContext.largestMessageKept)
        _ = world.relay(a, "x")
        b.owner.canWrite = true
        b.owner.drain()
        #expect(b.owner.takeFrames()?.count == 4)
    }
}
