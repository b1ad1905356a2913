import ByteStreams
import NIOCore
import SignalingTestKit
import Testing
import WebSocketCore
import WebSocketServer

@Suite struct OutboxTests {
    private let context = MemoryNetwork().context

    private func owner(_ id: UInt64 = 1) -> RecordingOwner { RecordingOwner(id: id, context: self.context) }

    private func fill(_ owner: RecordingOwner, _ count: Int, _ byte: UInt8 = 0x61, from sender: RecordingOwner? = nil) -> Bool {
        owner.outbox.append(owner.context, sender: sender?.outbox) { $0.writeRepeatingByte(byte, count: count) }
    }

    @Test func whatIsPutInComesOutInOrderWithOneWakeABatch() {
        let owner = self.owner()
        for text in ["one ", "two ", "three"] { _ = owner.outbox.append(self.context) { $0.writeString(text) } }
        #expect(owner.signals == 0 && owner.outbox.isPending)
        self.context.flushTouched()
        #expect(owner.signals == 1 && String(buffer: owner.bytes) == "one two three")
        #expect(owner.outbox.isPending == false && owner.outbox.messages == 3)
        self.context.flushTouched()
        #expect(owner.signals == 1)
        _ = owner.outbox.append(self.context) { $0.writeString("!") }
        self.context.flushTouched()
        #expect(owner.signals == 2 && String(buffer: owner.bytes) == "one two three!")
    }

    @Test func twoOwnersThatPassThingsOnWhileTheyAreWokenAreEachWokenOnce() {
        let owners = (1...3).map(self.owner)
        for owner in owners { _ = self.fill(owner, 10) }
        self.context.flushTouched()
        #expect(owners.map(\.signals) == [1, 1, 1])
        #expect(owners.allSatisfy { $0.bytes.readableBytes == 10 })
    }

    @Test func ordersAreGatheredAndTakenOnce() {
        let owner = self.owner()
        owner.canWrite = false
        owner.outbox.order(self.context) { $0.resumes += 1 }
        owner.outbox.order(self.context) { $0.resumes += 1 }
        owner.outbox.order(self.context) { $0.close = .replaced }
        self.context.flushTouched()
        var expected = Outbox.Orders.resumes(2)
        expected.close = .replaced
        #expect(owner.takeOrders() == [expected])
        owner.drain()
        #expect(owner.takeOrders() == [])
    }

    @Test func aStreamThatIsFullGetsOrdersAndNoBytes() {
        let owner = self.owner()
        owner.canWrite = false
        _ = self.fill(owner, 100)
        owner.outbox.order(self.context) { $0.isProbed = true }
        self.context.flushTouched()
        #expect(owner.takeOrders() == [.probed] && owner.bytes.readableBytes == 0 && owner.outbox.isPending)
        owner.canWrite = true
        owner.drain()
        #expect(owner.bytes.readableBytes == 100)
    }

    @Test func muchIsHandedOverAChunkAtATime() {
        let owner = self.owner()
        for byte in 1...5 as ClosedRange<UInt8> { _ = self.fill(owner, 60_000, byte) }
        self.context.flushTouched()
        #expect(owner.chunks == [65536, 65536, 65536, 65536, 300_000 - 4 * 65536])
        #expect(Array(owner.bytes.readableBytesView) == (1...5).flatMap { [UInt8](repeating: $0, count: 60_000) })
    }

    // MARK: - Congestion

    @Test func sendersWaitPastTheMarkAndGoOnOnceItHasDrained() {
        let (slow, one, two) = (self.owner(1), self.owner(2), self.owner(3))
        slow.canWrite = false
        #expect(!self.fill(slow, Outbox.congestionMark, from: one))
        #expect(self.fill(slow, 1, from: one))
        #expect(self.fill(slow, 1, from: two))
        // A sender waits once, whatever more it had in its hands.
        #expect(!self.fill(slow, 1, from: one))
        self.context.flushTouched()
        #expect(one.takeOrders() == [] && two.takeOrders() == [])
        slow.canWrite = true
        slow.drain()
        #expect(slow.bytes.readableBytes == Outbox.congestionMark + 3)
        self.context.flushTouched()
        #expect(one.takeOrders() == [.resumes(1)] && two.takeOrders() == [.resumes(1)])
        #expect(!self.fill(slow, 1, from: one))
    }

    @Test func sendersGoOnNoSoonerThanTheResumeMark() {
        let (slow, sender) = (self.owner(1), self.owner(2))
        slow.canWrite = false
        #expect(self.fill(slow, Outbox.chunk * 2 + Outbox.resumeMark + 1, from: sender))
        let outbox = slow.outbox
        for _ in 0..<2 {
            _ = outbox.take(self.context, canWrite: true)
            self.context.flushTouched()
            #expect(sender.takeOrders() == [])
        }
        _ = outbox.take(self.context, canWrite: true)
        self.context.flushTouched()
        #expect(sender.takeOrders() == [.resumes(1)])
    }

    /// A queue that never runs empty must not keep the storage of all that ever went through it.
    @Test func aQueueThatIsNeverEmptyStaysAsSmallAsWhatIsInIt() {
        let owner = self.owner()
        let outbox = owner.outbox
        _ = self.fill(owner, 100_000)
        var largest = 0
        for _ in 0..<400 {
            let taken = outbox.take(self.context, canWrite: true)
            #expect(taken.bytes.readableBytes == Outbox.chunk)
            largest = max(largest, taken.bytes.storageCapacity)
            _ = self.fill(owner, Outbox.chunk)
        }
        #expect(largest <= 1 << 20)
    }

    // MARK: - The end

    @Test func aSealedOutboxEmptiesAndTakesNothing() {
        let (owner, sender) = (self.owner(1), self.owner(2))
        owner.canWrite = false
        _ = self.fill(owner, 100)
        owner.outbox.seal(self.context)
        #expect(!self.fill(owner, Outbox.congestionMark * 2, from: sender))
        owner.outbox.order(self.context) { $0.isProbed = true }
        owner.canWrite = true
        self.context.flushTouched()
        #expect(owner.bytes.readableBytes == 100 && owner.takeOrders() == [])
        #expect(owner.outbox.messages == 1)
    }

    /// A successor may have the side by now, and what is left in the queue may never be taken.
    @Test func aSealedOutboxLetsItsSendersGoOn() {
        let (owner, sender) = (self.owner(1), self.owner(2))
        owner.canWrite = false
        #expect(self.fill(owner, Outbox.congestionMark * 2, from: sender))
        owner.outbox.seal(self.context)
        self.context.flushTouched()
        #expect(sender.takeOrders() == [.resumes(1)])
        #expect(owner.outbox.isPending)
        owner.canWrite = true
        owner.drain()
        self.context.flushTouched()
        #expect(sender.takeOrders() == [])
    }

    @Test func aConnectionThatEndsLetsItsSendersGoOn() {
        let (owner, sender) = (self.owner(1), self.owner(2))
        owner.canWrite = false
        #expect(self.fill(owner, Outbox.congestionMark * 2, from: sender))
        self.context.flushTouched()
        let signals = owner.signals
        let outbox = owner.outbox
        owner.close()
        self.context.flushTouched()
        #expect(sender.takeOrders() == [.resumes(1)])
        #expect(outbox.isPending == false && outbox.messages == 1)
        #expect(outbox.append(self.context, sender: sender.outbox) { $0.writeString("late") } == false)
        self.context.flushTouched()
        #expect(owner.signals == signals && outbox.isPending == false)
    }

    @Test func aConnectionMayWaitForItself() {
        let owner = self.owner()
        owner.canWrite = false
        #expect(self.fill(owner, Outbox.congestionMark + 1, from: owner))
        owner.canWrite = true
        owner.drain()
        self.context.flushTouched()
        #expect(owner.takeOrders() == [.resumes(1)])
    }
}
