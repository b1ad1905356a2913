package import ByteStreams
package import NIOCore
package import NetworkAddresses

/// The server's end of a connection in memory, with the kernel's two buffers behind it. It keeps to the contract of `ByteStream` as the
/// transports do: it reads when the driver wants it to, sends what the send buffer takes, and is behind while more than a mark waits.
package final class MemoryStream: ByteStream {
    /// How a direction of a connection ended.
    package enum End: Equatable, Sendable { case fin, reset }

    /// What the contract leaves open, and each transport does in its own way.
    package enum Manner: Sendable {
        /// After each batch of calls whoever was touched is woken, and what was written goes out, asked for or not.
        case channel
        /// Only what was flushed goes out, and whoever drives the loop calls `flushTouched` at the end of a round, however many streams
        /// had their turn in it.
        case socket
    }

    /// Bytes that may wait for the send buffer before the stream is called behind.
    package static let mostWaiting = 64 * 1024

    package let peer: ClientAddress
    private let context: LoopContext
    /// Who speaks on the stream, until it ends: the two hold each other.
    package private(set) var driver: (any StreamDriver)?
    /// What the send buffer and the network take before the client has to read.
    package var sendCapacity: Int
    private let mostWaiting: Int
    private let manner: Manner

    /// What has arrived and was not read by the server yet.
    package private(set) var arrived = ByteBuffer()
    package private(set) var bytesRead = 0

    /// What was written and the send buffer has not taken.
    private var output = ByteBuffer()
    private var flushed = 0
    /// In the send buffer or on its way: the client has not read it.
    package private(set) var sent = ByteBuffer()
    package private(set) var bytesTaken = 0
    /// How the server's direction ended.
    package private(set) var sentEnd: End?
    /// Each flush that had something to send, in bytes.
    package private(set) var flushes: [Int] = []

    private var isBehind = false
    private var closesOutputWhenSent = false
    private var closesWhenSent = false
    private var owesCompletion = false
    private var isInCall = false
    /// On its way to another driver, which is to be told of this end.
    private var isMoving = false
    private var endOnTheWay: (end: End, reads: Int)?
    /// Makes a hand-over complete; at once, unless a test has it later, as where a stream moves to another loop.
    package var whenHandedOver: (_ complete: @escaping () -> Void) -> Void = { $0() }
    /// The client's end was noticed: what has arrived is all that comes.
    private var isEnding = false
    /// The client has reset the connection, and the server has not noticed yet.
    package private(set) var isReset = false
    /// A write has met the reset.
    private var failure: MemoryStreamReset?

    package init(
        context: LoopContext, peer: ClientAddress = .v4(0xC000_0201), sendCapacity: Int = .max,
        mostWaiting: Int = MemoryStream.mostWaiting, manner: Manner = .channel
    ) {
        self.context = context
        self.peer = peer
        self.sendCapacity = sendCapacity
        self.mostWaiting = mostWaiting
        self.manner = manner
    }

    /// The connection begins, with bytes that were read already.
    package func begin(_ driver: any StreamDriver, unread: ByteBuffer = ByteBuffer()) {
        self.call {
            self.bytesRead += unread.readableBytes
            self.goOn(with: driver, unread: unread)
        }
    }

    package var isOpen: Bool { self.driver != nil }

    // MARK: - The client's side; each within a turn of the loop

    /// Bytes arrive. They are read by `read`.
    package func arrive(_ bytes: ByteBuffer) {
        if self.isOpen { self.arrived.writeImmutableBuffer(bytes) }
    }

    /// Whether the server would take something now.
    package var canRead: Bool { self.isOpen && !self.isMoving && (self.isReading || self.isEnding) && self.arrived.readableBytes > 0 }

    /// Whether something has arrived that the server does not want.
    package var isHeldBack: Bool { self.isOpen && !self.isReading && !self.isEnding && self.arrived.readableBytes > 0 }

    /// One batch of the server's: what has arrived, a read of `most` bytes at a time, as long as it wants to read and `reads` are not done.
    package func read(most: Int = 65_536, reads: Int = 1) {
        guard self.canRead else { return }
        self.call { self.readOn(most: most, reads: reads) }
    }

    /// Bytes arrive and are read, as far as the server wants to.
    package func receive(_ bytes: ByteBuffer) {
        self.arrive(bytes)
        while self.canRead { self.read() }
    }

    /// The client ends its direction, or resets the connection. An end is noticed while the server does not read, too: what has arrived is
    /// handed on before, and if that takes more than so many reads, `read` goes on with it. A reset throws it away.
    package func end(_ end: End, reads: Int = .max) {
        guard self.isOpen else { return }
        if self.isMoving {
            self.endOnTheWay = (end, reads)
            return
        }
        self.call {
            if end == .reset {
                self.arrived.clear()
                return self.finish(MemoryStreamReset())
            }
            self.isEnding = true
            self.readOn(most: 65_536, reads: reads)
        }
    }

    /// The client resets the connection, and the server has yet to notice: what it sends meanwhile comes to nothing.
    package func resetUnnoticed() {
        guard self.isOpen else { return }
        self.isReset = true
        self.arrived.clear()
        self.sent.clear()
    }

    /// The server notices that.
    package func noticeReset() {
        guard self.isOpen, self.isReset else { return }
        self.call { self.finish(self.failure ?? MemoryStreamReset()) }
    }

    /// Whether there is anything for the client to read, or anybody who waits until it has.
    package var hasOutput: Bool { self.sent.readableBytes > 0 || self.output.readableBytes > 0 || self.isBehind }

    /// The client reads; space in the send buffer lets the server send on.
    package func takeSent(most: Int = .max) -> ByteBuffer {
        let slice = self.sent.readSlice(length: min(most, self.sent.readableBytes)) ?? ByteBuffer()
        self.sent.discardReadBytes()
        if self.isOpen {
            self.call {
                self.push()
                guard self.isBehind, self.isWritable else { return }
                self.isBehind = false
                self.driver?.becameWritable()
            }
        }
        return slice
    }

    // MARK: - ByteStream

    package var isReading = true

    package var isWritable: Bool { self.output.readableBytes <= self.mostWaiting && self.failure == nil }

    package var unsentBytes: Int { self.output.readableBytes }

    package func write(_ bytes: ByteBuffer) {
        guard self.isOpen, self.failure == nil, !self.closesOutputWhenSent, !self.closesWhenSent else { return }
        // A client that is never sent all of it would otherwise make the storage keep whatever went through.
        if self.output.readerIndex >= Self.mostWaiting { self.output.discardReadBytes() }
        self.output.writeImmutableBuffer(bytes)
    }

    package func flush() {
        guard self.isOpen else { return }
        self.context.loop.assertIsCurrent()
        let unflushed = self.output.readableBytes - self.flushed
        if unflushed > 0 { self.flushes.append(unflushed) }
        self.flushed = self.output.readableBytes
        self.push()
        if !self.isWritable { self.isBehind = true }
    }

    package func closeOutput() {
        self.closesOutputWhenSent = true
        self.flush()
    }

    package func closeWhenSent() {
        self.closesWhenSent = true
        self.flush()
    }

    package func close() { self.finish(nil) }

    package func handOver(key: UInt64?, unread: ByteBuffer, to make: @escaping @Sendable (LoopContext) -> any StreamDriver) {
        guard self.isOpen else { return }
        self.isMoving = true
        self.whenHandedOver { [self] in
            self.isMoving = false
            guard self.isOpen else { return }
            self.call { self.goOn(with: make(self.context), unread: unread) }
            if let (end, reads) = self.endOnTheWay.take() { self.end(end, reads: reads) }
        }
    }

    // MARK: - Input

    private func goOn(with driver: any StreamDriver, unread: ByteBuffer) {
        self.driver = driver
        self.owesCompletion = true
        driver.opened(on: self)
        // That may have ended the stream, or passed it on.
        if unread.readableBytes > 0 { self.driver?.received(unread) }
    }

    private func readOn(most: Int, reads: Int) {
        var left = reads
        while left > 0, self.canRead {
            self.handOn(most)
            left -= 1
        }
        if self.isOpen, self.isEnding, self.arrived.readableBytes == 0 { self.endOfInput() }
    }

    private func handOn(_ most: Int) {
        guard let chunk = self.arrived.readSlice(length: min(most, self.arrived.readableBytes)) else { return }
        self.bytesRead += chunk.readableBytes
        self.owesCompletion = true
        // A copy: a slice would keep all that has arrived.
        self.driver?.received(ByteBuffer(bytes: chunk.readableBytesView))
        if self.arrived.readableBytes == 0 { self.arrived.clear() }
    }

    private func endOfInput() {
        self.complete()
        if let driver = self.driver, driver.inputEnded() {
            self.isEnding = false
            return
        }
        guard self.output.readableBytes > 0, self.driver?.outlivesInput == true else { return self.finish(nil) }
        self.isEnding = false
        self.closeWhenSent()
    }

    // MARK: - Output

    /// Moves to the send buffer what it takes.
    private func push() {
        if self.isReset { return self.pushInVain() }
        let count = min(self.flushed, max(0, self.sendCapacity - self.sent.readableBytes))
        if count > 0, var part = self.output.readSlice(length: count) {
            self.sent.writeBuffer(&part)
            self.bytesTaken += count
            self.flushed -= count
            if self.output.readableBytes == 0 { self.output.clear() }
        }
        guard self.output.readableBytes == 0 else { return }
        if self.closesWhenSent {
            self.finish(nil)
        } else if self.closesOutputWhenSent, self.sentEnd == nil {
            self.sentEnd = .fin
        }
    }

    /// The system refuses. The driver is not to be ended within its own call: it hears of a failed write when the reset is noticed.
    private func pushInVain() {
        if self.flushed > 0 {
            self.failure = MemoryStreamReset()
            self.output.clear()
            self.flushed = 0
        } else if self.output.readableBytes == 0, self.closesWhenSent || self.closesOutputWhenSent {
            self.finish(nil)
        }
    }

    // MARK: - Calls of the driver

    private func finish(_ error: (any Error)?) {
        guard let driver = self.driver else { return }
        self.driver = nil
        self.isReset = false
        // A socket that is closed with unread input resets the connection instead of ending it.
        if self.sentEnd == nil { self.sentEnd = self.arrived.readableBytes > 0 ? .reset : .fin }
        self.output.clear()
        self.flushed = 0
        driver.ended(error)
    }

    private func complete() {
        // The driver may hand over to another when it is told, which is to be told as well.
        while self.owesCompletion, let driver = self.driver {
            self.owesCompletion = false
            driver.readCompleted()
        }
    }

    /// Makes calls of the driver, and does what follows a batch of them.
    private func call(_ body: () -> Void) {
        self.context.loop.assertIsCurrent()
        let isOutermost = !self.isInCall
        self.isInCall = true
        body()
        guard isOutermost else { return }
        self.complete()
        self.isInCall = false
        guard self.manner == .channel else { return }
        self.context.flushTouched()
        self.flush()
    }
}

/// Why a stream failed whose client has reset the connection.
package struct MemoryStreamReset: Error {}
