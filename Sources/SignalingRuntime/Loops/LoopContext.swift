package import NIOCore
import SignalingCore

/// What all connections of one event loop share: scratch space, the timers, the metrics it alone writes, and the list of peers that got
/// something to send. Used on its loop only.
package final class LoopContext {
    package let eventLoop: any EventLoop
    package let clock: ServerClock
    package let metrics: MetricsShard
    package let timers: LoopTimers
    package let connections = LoopConnections()

    /// Where a message is unmasked to before it is read. Valid until the next frame of any connection of this loop.
    package var message = ByteBuffer()
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

    /// An empty buffer to gather writes in.
    func takeBuffer() -> ByteBuffer {
        if let spare = self.spareBuffers.popLast() { return spare }
        var buffer = ByteBuffer()
        buffer.reserveCapacity(self.gatherSize)
        return buffer
    }

    /// Gives a buffer back; kept only if nobody else still reads it.
    package func recycle(_ buffer: consuming ByteBuffer) {
        var buffer = buffer
        // Capacities are rounded up to powers of two, hence the factor.
        guard self.spareBuffers.count < Self.mostKept, buffer.capacity >= self.gatherSize, buffer.capacity < 2 * self.gatherSize else {
            return
        }
        if buffer.modifyIfUniquelyOwned({ $0.clear() }) != nil { self.spareBuffers.append(buffer) }
    }

    /// After a message: one that grew large must not stay.
    package func trimMessage() {
        if self.message.capacity > Self.largestMessageKept { self.message = ByteBuffer() }
    }
}
