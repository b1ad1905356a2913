package import NIOCore

/// What all streams of one event loop share: the clock, the timers, buffers to be used again, the open connections, and the list of those
/// that have something to send. Used on its loop only.
package final class LoopContext {
    package let loop: any StreamLoop
    package let clock: ServerClock
    package let timers: LoopTimers
    package let connections = LoopConnections()

    private var touched: [any LoopWakeable] = []
    private var isFlushing = false
    private var spareBuffers: [ByteBuffer] = []
    /// Where messages are put together, between one connection and the next.
    private var messageBuffer = ByteBuffer()
    private var locals: [(type: ObjectIdentifier, value: AnyObject)] = []

    /// Bytes up to which writes are gathered in a buffer that is used again; a longer burst takes one of its own.
    private let gatherSize: Int
    /// A message buffer that grew past this is not kept.
    package static let largestMessageKept = 64 * 1024
    /// Buffers in reserve; a burst's further ones go back to the allocator.
    private static let mostKept = 64

    package init(loop: any StreamLoop, clock: ServerClock, gatherSize: Int = 4096) {
        self.loop = loop
        self.gatherSize = gatherSize
        self.clock = clock
        self.timers = LoopTimers(loop: loop, clock: clock)
        self.timers.afterFiring = { [unowned self] in self.flushTouched() }
    }

    // MARK: - What protocols keep for all their connections of a loop

    /// The one object of this type on this loop, made when it is first asked for.
    package func local<Value: AnyObject>(_ type: Value.Type = Value.self, _ make: (LoopContext) -> Value) -> Value {
        let id = ObjectIdentifier(type)
        for local in self.locals where local.type == id {
            // It was put there under the identifier of its own type.
            return unsafeDowncast(local.value, to: type)
        }
        let value = make(self)
        self.locals.append((id, value))
        return value
    }

    /// Drops every deadline, and what protocols keep here, which may hold this context: the loop is about to end.
    package func stop() {
        self.timers.stop()
        self.locals = []
    }

    // MARK: - Waking those that have something to send

    /// Notes that this one is to be woken once the current batch of input is done.
    package func touch(_ sleeper: any LoopWakeable) { self.touched.append(sleeper) }

    /// Wakes everyone who got something: once a batch, however many frames it was. Whoever calls drivers calls this after a batch of calls.
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

    /// So many have got something that their buffers are all there are to be used again, and their data leaves the processor's caches: it
    /// is time for `flushTouched`.
    package var isCrowded: Bool { self.touched.count >= Self.mostKept }

    // MARK: - Buffers

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

    /// A buffer to put messages together in.
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

/// Something that others, on any loop, may give work to, and that does it on its own loop.
package protocol LoopWakeable: AnyObject, Sendable {
    /// `context` is that of the loop on which it was touched.
    func wake(from context: LoopContext)
}
