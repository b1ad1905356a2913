import NIOCore
import SignalingRuntime
import SignalingWire
import Testing
import WebSocketCore

@Suite struct OutboxTests {
    private func fill(_ owner: RecordingOwner, _ count: Int, _ byte: UInt8 = 0x61, from sender: RecordingOwner? = nil) -> Bool {
        owner.outbox?.append(owner.context, sender: sender?.outbox) { $0.writeRepeatingByte(byte, count: count) } ?? false
    }

    @Test func whatIsPutInComesOutInOrderWithOneWakeABatch() {
        let world = RuntimeWorld()
        let owner = world.owner()
        for text in ["one ", "two ", "three"] { _ = owner.outbox?.append(world.context) { $0.writeString(text) } }
        #expect(owner.signals == 0 && owner.outbox?.isPending == true)
        world.context.flushTouched()
        #expect(owner.signals == 1 && String(buffer: owner.bytes) == "one two three")
        #expect(owner.outbox?.isPending == false && owner.outbox?.messages == 3)
        world.context.flushTouched()
        #expect(owner.signals == 1)
        _ = owner.outbox?.append(world.context) { $0.writeString("!") }
        world.context.flushTouched()
        #expect(owner.signals == 2 && String(buffer: owner.bytes) == "one two three!")
    }

    @Test func twoOwnersThatPassThingsOnWhileTheyAreWokenAreEachWokenOnce() {
        let world = RuntimeWorld()
        let owners = (0..<3).map { _ in world.owner() }
        for owner in owners { _ = self.fill(owner, 10) }
        world.context.flushTouched()
        #expect(owners.map(\.signals) == [1, 1, 1])
        #expect(owners.allSatisfy { $0.bytes.readableBytes == 10 })
    }

    @Test func ordersAreGatheredAndTakenOnce() {
        let world = RuntimeWorld()
        let owner = world.owner()
        owner.canWrite = false
        owner.outbox?.order(world.context) { $0.resumes += 1 }
        owner.outbox?.order(world.context) { $0.resumes += 1 }
        owner.outbox?.order(world.context) { $0.close = .replaced }
        world.context.flushTouched()
        var expected = Outbox.Orders.resumes(2)
        expected.close = .replaced
        #expect(owner.takeOrders() == [expected])
        owner.drain()
        #expect(owner.takeOrders() == [])
    }

    @Test func aChannelThatIsFullGetsOrdersAndNoBytes() {
        let world = RuntimeWorld()
        let owner = world.owner()
        owner.canWrite = false
        _ = self.fill(owner, 100)
        owner.outbox?.order(world.context) { $0.isProbed = true }
        world.context.flushTouched()
        #expect(owner.takeOrders() == [.probed] && owner.bytes.readableBytes == 0 && owner.outbox?.isPending == true)
        owner.canWrite = true
        owner.drain()
        #expect(owner.bytes.readableBytes == 100)
    }

    @Test func muchIsHandedOverAChunkAtATime() {
        let world = RuntimeWorld()
        let owner = world.owner()
        for byte in 1...5 as ClosedRange<UInt8> { _ = self.fill(owner, 60_000, byte) }
        world.context.flushTouched()
        #expect(owner.chunks == [65536, 65536, 65536, 65536, 300_000 - 4 * 65536])
        #expect(Array(owner.bytes.readableBytesView) == (1...5).flatMap { [UInt8](repeating: $0, count: 60_000) })
    }

    // MARK: - Congestion

    @Test func sendersWaitPastTheMarkAndGoOnOnceItHasDrained() {
        let world = RuntimeWorld()
        let (slow, one, two) = (world.owner(), world.owner(), world.owner())
        slow.canWrite = false
        #expect(!self.fill(slow, Outbox.congestionMark, from: one))
        #expect(self.fill(slow, 1, from: one))
        #expect(self.fill(slow, 1, from: two))
        // A sender waits once, whatever more it had in its hands.
        #expect(!self.fill(slow, 1, from: one))
        world.context.flushTouched()
        #expect(one.takeOrders() == [] && two.takeOrders() == [])
        slow.canWrite = true
        slow.drain()
        #expect(slow.bytes.readableBytes == Outbox.congestionMark + 3)
        world.context.flushTouched()
        #expect(one.takeOrders() == [.resumes(1)] && two.takeOrders() == [.resumes(1)])
        #expect(!self.fill(slow, 1, from: one))
    }

    @Test func sendersGoOnNoSoonerThanTheResumeMark() throws {
        let world = RuntimeWorld()
        let (slow, sender) = (world.owner(), world.owner())
        slow.canWrite = false
        #expect(self.fill(slow, Outbox.chunk * 2 + Outbox.resumeMark + 1, from: sender))
        let outbox = try #require(slow.outbox)
        for _ in 0..<2 {
            _ = outbox.take(world.context, canWrite: true)
            world.context.flushTouched()
            #expect(sender.takeOrders() == [])
        }
        _ = outbox.take(world.context, canWrite: true)
        world.context.flushTouched()
        #expect(sender.takeOrders() == [.resumes(1)])
    }

    /// A queue that never runs empty must not keep the storage of all that ever went through it.
    @Test func aQueueThatIsNeverEmptyStaysAsSmallAsWhatIsInIt() throws {
        let world = RuntimeWorld()
        let owner = world.owner()
        let outbox = try #require(owner.outbox)
        _ = self.fill(owner, 100_000)
        var largest = 0
        for _ in 0..<400 {
            let taken = outbox.take(world.context, canWrite: true)
            #expect(taken.bytes.readableBytes == Outbox.chunk)
            largest = max(largest, taken.bytes.storageCapacity)
            _ = self.fill(owner, Outbox.chunk)
        }
        #expect(largest <= 1 << 20)
    }

    // MARK: - The end

    @Test func aSealedOutboxEmptiesAndTakesNothing() {
        let world = RuntimeWorld()
        let (owner, sender) = (world.owner(), world.owner())
        owner.canWrite = false
        _ = self.fill(owner, 100)
        owner.outbox?.seal(world.context)
        #expect(!self.fill(owner, Outbox.congestionMark * 2, from: sender))
        owner.outbox?.order(world.context) { $0.isProbed = true }
        owner.canWrite = true
        world.context.flushTouched()
        #expect(owner.bytes.readableBytes == 100 && owner.takeOrders() == [])
        #expect(owner.outbox?.messages == 1)
    }

    /// A successor may have the side by now, and what is left in the queue may never be taken.
    @Test func aSealedOutboxLetsItsSendersGoOn() {
        let world = RuntimeWorld()
        let (owner, sender) = (world.owner(), world.owner())
        owner.canWrite = false
        #expect(self.fill(owner, Outbox.congestionMark * 2, from: sender))
        owner.outbox?.seal(world.context)
        world.context.flushTouched()
        #expect(sender.takeOrders() == [.resumes(1)])
        #expect(owner.outbox?.isPending == true)
        owner.canWrite = true
        owner.drain()
        world.context.flushTouched()
        #expect(sender.takeOrders() == [])
    }

    @Test func aConnectionThatEndsLetsItsSendersGoOn() {
        let world = RuntimeWorld()
        let (owner, sender) = (world.owner(), world.owner())
        owner.canWrite = false
        #expect(self.fill(owner, Outbox.congestionMark * 2, from: sender))
        world.context.flushTouched()
        let signals = owner.signals
        let outbox = owner.outbox
        owner.close()
        world.context.flushTouched()
        #expect(sender.takeOrders() == [.resumes(1)])
        #expect(outbox?.isPending == false && outbox?.messages == 1)
        #expect(outbox?.append(world.context, sender: sender.outbox) { $0.writeString("late") } == false)
        world.context.flushTouched()
        #expect(owner.signals == signals && outbox?.isPending == false)
    }

    @Test func aConnectionMayWaitForItself() {
        let world = RuntimeWorld()
        let owner = world.owner()
        owner.canWrite = false
        #expect(self.fill(owner, Outbox.congestionMark + 1, from: owner))
        owner.canWrite = true
        owner.drain()
        world.context.flushTouched()
        #expect(owner.takeOrders() == [.resumes(1)])
    }
}
