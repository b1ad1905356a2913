package import NIOCore
import SignalingCore
package import SignalingWire
package import WebSocketCore

/// What all connections of one event loop share: scratch space, the timers, the metrics it alone writes, and the list of peers that got
/// something to send. Used on its loop only.
package final class LoopContext {
    package let eventLoop: any EventLoop
    package let clock: ServerClock
    package let metrics: MetricsShard
    package let timers: LoopTimers
    package let connections = LoopConnections()

    /// Where messages are unmasked to, between one connection and the next.
    private var messageBuffer = ByteBuffer()
    /// The `Date` of HTTP answers.
    package let dateLine = DateLine()
    /// What the connection that is being read has for the other side of its room.
    private var relayed = RelayBatch()
    /// Reused for what rooms answer.
    var actions: [RoomAction] = []

    private var touched: [Outbox] = []
    private var isFlushing = false
    private var spareBuffers: [ByteBuffer] = []

    /// Bytes up to which writes are gathered in a buffer that is used again; a longer burst takes one of its own.
    private let gatherSize: Int
    /// A message buffer that grew past this is not kept.
    private static let largestMessageKept = 64 * 1024
    /// Buffers in reserve; a burst's further ones go back to the allocator.
    private static let mostKept = 64

    package init(eventLoop: any EventLoop, clock: ServerClock, metrics: MetricsShard, gatherSize: Int = 4096) {
        self.eventLoop = eventLoop
        self.gatherSize = gatherSize
        self.clock = clock
        self.metrics = metrics
        self.timers = LoopTimers(eventLoop: eventLoop, clock: clock)
        self.timers.afterFiring = { [unowned self] in self.flushTouched() }
    }

    /// Remembers that this outbox must be looked at by its own loop once the current batch of input is through.
    func touch(_ outbox: Outbox) { self.touched.append(outbox) }

    /// Wakes everyone who got something: once each a batch, however many frames it was. Every entry point from the channel ends with this.
    package func flushTouched() {
        // Waking a connection can touch others (a drained queue lets its senders read on) and lead back here: whoever is touched
        // meanwhile is reached by the loop that is running, over a list that grows.
        guard !self.isFlushing else { return }
        self.isFlushing = true
        defer { self.isFlushing = false }
        var index = 0
        while index < self.touched.count {
            self.touched[index].wake(from: self)
            index += 1
        }
        self.touched.removeAll(keepingCapacity: self.touched.count <= 1024)
    }

    /// Adds a frame to those that go to the other side together: `Membership.relay`.
    package func gather(_ kind: FrameKind, _ opcode: Opcode, _ message: ByteBuffer) {
        if self.relayed.bytes.capacity == 0 { self.relayed.bytes = self.takeBuffer() }
        self.relayed.append(kind, opcode, message)
    }

    package var hasGathered: Bool { !self.relayed.isEmpty }

    /// Runs `body` on what was gathered, and begins anew.
    func relayGathered<Result>(_ body: (inout RelayBatch) -> Result) -> Result {
        defer {
            self.relayed.removeAll()
            if self.relayed.bytes.capacity > Self.largestMessageKept { self.relayed.bytes = ByteBuffer() }
        }
        return body(&self.relayed)
    }

    /// So many have got something that their buffers are all there are to be used again, and their data leaves the processor's caches: it
    /// is time for `flushTouched`.
    package var isCrowded: Bool { self.touched.count >= Self.mostKept }

    /// An empty buffer to gather writes in.
    package func takeBuffer() -> ByteBuffer {
        if let spare = self.spareBuffers.popLast() { return spare }
        var buffer = ByteBuffer()
        buffer.reserveCapacity(self.gatherSize)
        return buffer
    }

    /// Takes a buffer back, and keeps it if nobody else still reads it.
    package func recycle(_ buffer: inout ByteBuffer) {
        // Capacities are rounded up to powers of two, hence the factor.
        guard self.spareBuffers.count < Self.mostKept, buffer.capacity >= self.gatherSize, buffer.capacity < 2 * self.gatherSize else {
            return
        }
        guard buffer.modifyIfUniquelyOwned({ $0.clear() }) != nil else { return }
        self.spareBuffers.append(buffer)
        buffer = ByteBuffer()
    }

    /// A buffer to unmask messages to.
    package func takeMessageBuffer() -> ByteBuffer {
        var buffer = ByteBuffer()
        swap(&buffer, &self.messageBuffer)
        return buffer
    }

    /// Keeps it for the next connection; one that grew large must not stay.
    package func giveBack(messageBuffer buffer: inout ByteBuffer) {
        if buffer.capacity <= Self.largestMessageKept { swap(&buffer, &self.messageBuffer) }
    }
}
