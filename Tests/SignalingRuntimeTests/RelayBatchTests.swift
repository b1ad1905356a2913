import ByteStreams
import MetricsCore
import NIOCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing
import WebSocketCore

/// Frames on their way to the other side, in a batch whose space all connections of a loop use in turn.
@Suite struct RelayBatchTests {
    private let room = RoomID.number(3)

    @Test func itIsEmptyWhenItWasRelayedWhateverBecameOfIt() throws {
        let world = RuntimeWorld()
        let old = try #require(world.join(self.room, .a, sid: "s"))
        var batch = world.loop.takeBatch()
        func relay(_ peer: RuntimeWorld.Peer, _ text: String) {
            world.gather(&batch, .ice, .text, ByteBuffer(string: text))
            #expect(peer.membership.relay(&batch, now: world.clock.now, world.loop) == .accepted)
            #expect(batch.isEmpty)
        }
        // Held, for nobody is there.
        relay(old, "1")
        relay(old, "2")
        let b = try #require(world.join(self.room, .b))
        relay(old, "3")
        // Not relayed: the sender was replaced.
        let new = try #require(world.join(self.room, .a, sid: "s"))
        relay(old, "4")
        world.loop.giveBack(&batch)
        #expect(world.relay(new, "5") == .accepted)
        #expect(b.owner.takeFrames() == [.roomFull, .text("1"), .text("2"), .text("3"), .text("5")])
    }

    @Test func whatIsDroppedIsRelayedByNobody() throws {
        let world = RuntimeWorld()
        let a = try #require(world.join(self.room, .a))
        let b = try #require(world.join(self.room, .b))
        _ = b.owner.takeFrames()
        var batch = world.loop.takeBatch()
        world.gather(&batch, .offer, .text, ByteBuffer(string: "of a connection that has left"))
        #expect(!batch.isEmpty)
        world.loop.giveBack(&batch)
        batch = world.loop.takeBatch()
        #expect(batch.isEmpty)
        world.loop.giveBack(&batch)
        #expect(world.relay(a, "own") == .accepted)
        #expect(b.owner.takeFrames() == [.text("own")])
        #expect(world.counts.signalMessages[.kind(.offer)] == 0)
    }

    @Test func signalingKeepsOneObjectALoop() {
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
