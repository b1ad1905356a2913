import ByteStreams
import MetricsCore
import NIOCore
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing
import TimeKeeping
import WebSocketCore

@Suite struct MembershipTests {
    private let room = RoomID.number(2)

    private func pair(_ world: RuntimeWorld) throws -> (a: RuntimeWorld.Peer, b: RuntimeWorld.Peer) {
        let a = try #require(world.join(self.room, .a))
        let b = try #require(world.join(self.room, .b))
        _ = (a.owner.takeFrames(), b.owner.takeFrames())
        return (a, b)
    }

    private func item(_ seq: Int, _ payload: String) -> ReceivedFrame { .text(#"{"type":"send","seq":\#(seq),"payload":\#(payload)}"#) }

    @Test func framesArriveByteForByteAndAreCounted() throws {
        let world = RuntimeWorld()
        let (a, b) = try self.pair(world)
        var batch = world.loop.takeBatch()
        world.gather(&batch, .offer, .binary, ByteBuffer(bytes: [0, 1, 2]))
        for text in ["{ }", ""] { world.gather(&batch, .ice, .text, ByteBuffer(string: text)) }
        #expect(world.relay(a, &batch) == .accepted)
        #expect(world.relay(b, "[]") == .accepted)
        #expect(b.owner.takeFrames() == [ReceivedFrame(.binary, [0, 1, 2]), .text("{ }"), .text("")])
        #expect(a.owner.takeFrames() == [.text("[]")])
        let counts = world.counts
        #expect(counts.signalMessages[.kind(.offer)] == 1 && counts.signalMessages[.kind(.ice)] == 3)
        #expect(counts.signalBytesIn[.kind(.offer)] == 3 && counts.signalBytesIn[.kind(.ice)] == 5)
        #expect(counts.signalBytesOut[.kind(.offer)] == 3 && counts.signalBytesOut[.kind(.ice)] == 5)
        #expect(counts.wsMessages[.binary] == 1 && counts.wsMessages[.text] == 3)
        #expect(counts.wsFrameBytesIn.sum == 8 && counts.wsFrameBytesOut.sum == 8)
    }

    /// What the batch held goes into the queue without a copy only where nothing is before it.
    @Test func aBatchGoesBehindWhatWaits() throws {
        let world = RuntimeWorld()
        let (a, b) = try self.pair(world)
        b.owner.canWrite = false
        #expect(world.relay(a, "1", "2") == .accepted)
        #expect(world.send(a, to: .b, "3") == .accepted)
        #expect(world.relay(a, "4", "5") == .accepted)
        #expect(world.relay(a, "6") == .accepted)
        b.owner.canWrite = true
        b.owner.drain()
        #expect(b.owner.takeFrames() == [.text("1"), .text("2"), self.item(1, "3"), .text("4"), .text("5"), .text("6")])
    }

    @Test func framesForNobodyAreHeldOrRefused() throws {
        let world = RuntimeWorld { $0.maxStoredBytes = 10 + 2 * RoomTotals.messageOverhead }
        let a = try #require(world.join(self.room, .a))
        #expect(world.relay(a, "123456") == .accepted)
        // The bound of what the whole server stores: ten bytes, and what two messages cost besides.
        #expect(world.relay(a, "12345") == .refused(1))
        // Of a batch each frame is decided on for itself.
        #expect(world.relay(a, "12345", "1234", "1") == .refused(2))
        #expect(world.send(a, to: .b, "1") == .refused(.mailboxFull, ""))
        #expect(world.totals.heldBytes == 10)
        let b = try #require(world.join(self.room, .b))
        #expect(b.owner.takeFrames() == [.roomFull, .text("123456"), .text("1234")])
        #expect(world.totals.heldBytes == 0)
        #expect(world.send(a, to: .b, "1234567890") == .accepted)
        #expect(world.send(a, to: .b, "1") == .refused(.mailboxFull, ""))
        // A relayed frame is stored nowhere.
        #expect(world.relay(a, "12345678901234567890") == .accepted)
    }

    @Test func aFullMailboxIsToldToTheSender() throws {
        let world = RuntimeWorld { $0.mailbox.messages = 2 }
        let (a, b) = try self.pair(world)
        for _ in 0..<2 { #expect(world.send(a, to: .b, "0") == .accepted) }
        #expect(world.send(a, to: .b, "0") == .refused(.mailboxFull, ""))
        #expect(b.owner.takeFrames() == [self.item(1, "0"), self.item(2, "0")])
        b.membership.delivered(upTo: 2, world.loop)
        #expect(world.send(a, to: .b, "0") == .accepted)
    }

    @Test func storedItemsKeepNothingOfTheBufferTheyCameIn() throws {
        let world = RuntimeWorld()
        let (a, b) = try self.pair(world)
        world.leave(b)
        #expect(world.send(a, to: .b, "\"first\"") == .accepted)
        #expect(world.relay(a, "held") == .accepted)
        // The batch's buffer is used again.
        _ = world.relay(b, String(repeating: "!", count: 100))
        let back = try #require(world.join(self.room, .b))
        world.hello(back)
        #expect(back.owner.takeFrames() == [.roomFull, .text("held"), self.item(1, "\"first\"")])
    }

    /// A slow receiver's items wait in its mailbox, where they are counted and bounded, not in its queue.
    @Test func itemsForASlowReceiverWaitInTheMailbox() throws {
        let world = RuntimeWorld()
        let (a, b) = try self.pair(world)
        b.owner.canWrite = false
        let payload = "\"" + String(repeating: "p", count: 49_998) + "\""
        for _ in 0..<20 { #expect(world.send(a, to: .b, payload) == .accepted) }
        #expect(a.owner.takeOrders() == [])
        #expect(world.totals.mailboxMessages == 20 && world.totals.mailboxBytes == 1_000_000)
        b.owner.canWrite = true
        b.owner.drain()
        world.context.flushTouched()
        // What was queued before the queue counted as long, and the order to come for the rest.
        #expect(b.owner.takeFrames() == (1...3).map { self.item($0, payload) })
        #expect(b.owner.takeOrders() == [.drained])
        var seq = 4
        while seq <= 20 {
            b.membership.deliverMore(world.loop)
            world.context.flushTouched()
            let frames = try #require(b.owner.takeFrames())
            #expect(!frames.isEmpty && frames == (seq..<seq + frames.count).map { self.item($0, payload) })
            seq += max(1, frames.count)
            #expect(b.owner.takeOrders() == (seq <= 20 ? [.drained] : []))
        }
        #expect(world.send(a, to: .b, "21") == .accepted)
        #expect(b.owner.takeFrames() == [self.item(21, "21")])
    }

    @Test func aRelayingSenderWaitsForASlowReceiver() throws {
        let world = RuntimeWorld()
        let (a, b) = try self.pair(world)
        b.owner.canWrite = false
        let frame = String(repeating: "f", count: 60_000)
        #expect((0..<3).map { _ in world.relay(a, frame) } == [.accepted, .accepted, .mustWait])
        #expect(world.relay(a, frame) == .accepted)
        // The other direction is nobody else's business.
        #expect(world.relay(b, frame) == .accepted)
        b.owner.canWrite = true
        b.owner.drain()
        world.context.flushTouched()
        #expect(a.owner.takeOrders() == [.resumes(1)])
        #expect(b.owner.takeFrames()?.count == 4)
    }

    @Test func aReplacedConnectionHasNoSay() throws {
        let world = RuntimeWorld()
        let old = try #require(world.join(self.room, .a, sid: "s"))
        let b = try #require(world.join(self.room, .b))
        let new = try #require(world.join(self.room, .a, sid: "s"))
        _ = (b.owner.takeFrames(), new.owner.takeFrames())
        #expect(world.relay(old, "late") == .accepted)
        #expect(world.send(old, to: .b, "1") == .accepted)
        #expect(b.owner.takeFrames() == [] && world.totals.mailboxMessages == 0)
    }

    @Test func reportsCountOnceForEachRoomFull() throws {
        let world = RuntimeWorld()
        let a = try #require(world.join(self.room, .a))
        for event in [Telemetry.Event.connected, .failed] { world.report(a, event) }
        #expect(world.counts.established.values.reduce(0, +) == 0 && world.counts.failed.values.reduce(0, +) == 0)
        let b = try #require(world.join(self.room, .b))
        world.advance(by: .milliseconds(120))
        for peer in [b, a] {
            world.report(peer, .connected) { $0.mode = .relay }
            world.report(peer, .failed) { $0.reason = .peerLeft }
        }
        #expect(world.counts.established[.relay] == 1 && world.counts.failed[.other] == 1)
        #expect(world.counts.established.values.reduce(0, +) == 1 && world.counts.failed.values.reduce(0, +) == 1)
        #expect(world.counts.timeToFirstFlow.sum == 0.12)
    }
}
