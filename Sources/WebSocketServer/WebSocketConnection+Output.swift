package import ByteStreams
import FairShares
package import NIOCore
package import TimeKeeping
package import WebSocketCore

/// From the outbox to the stream, and what timers lead to.
extension WebSocketConnection: OutboxOwner {
    package func outboxSignalled() {
        self.drainOutbox()
        // On this loop others may have been touched: senders that read on, others that are told of a close.
        self.context.flushTouched()
    }

    /// Queues a frame of the server's own. A client that asks for frames faster than it reads them is not read from meanwhile.
    package func enqueue(_ write: (inout ByteBuffer) -> Void) {
        if self.outbox.append(self.context, sender: self.outbox, write) { self.pauseReading() }
    }

    /// Queues a frame with this payload.
    package func send(_ payload: ByteBuffer, _ opcode: Opcode) {
        self.enqueue { WebSocketFrame.write(opcode, payload: payload, into: &$0) }
    }

    private func sendPing(_ token: UInt64) {
        self.enqueue {
            WebSocketFrame.writeHeader(.ping, payload: 8, into: &$0)
            $0.writeInteger(token)
        }
    }

    /// Sends as much as the stream takes, and carries out what the outbox orders.
    ///
    /// To carry out an order can lead back here. What was taken has gone to the stream by then, so bytes go out in the order in which they
    /// were put in.
    func drainOutbox() {
        var isWritable = true
        while let stream = self.stream {
            isWritable = stream.isWritable
            var taken = self.outbox.take(self.context, canWrite: isWritable)
            let isSent = taken.bytes.readableBytes > 0
            if isSent {
                self.bytesOut += taken.bytes.readableBytes
                stream.write(taken.bytes)
                stream.flush()
                self.context.recycle(&taken.bytes)
            }
            if taken.isLast { break }
            self.carryOut(taken.orders)
            // What that put in is signalled anew.
            if !isSent { break }
        }
        self.countOutput(isWritable)
        self.endIfSent()
    }

    /// What may wait for each client without being counted.
    private static let mostUncounted = 16 * 1024

    /// Many clients that take little of much would take all memory, so what waits for them has a bound together. Asked after each write, and
    /// now and then, as a stream does not say that it has got rid of the last of it.
    private func countOutput(_ isWritable: Bool) {
        guard let stream = self.stream else { return }
        let unsent = stream.unsentBytes
        let isBehind = unsent > Self.mostUncounted || !isWritable
        guard isBehind || self.countedOutputBytes > 0 else { return }
        let bytes = isBehind ? unsent + self.outbox.pendingBytes : 0
        if bytes == self.countedOutputBytes { return }
        self.countedOutputBytes = bytes
        self.hold(.outputBytes, bytes)?.order(self.context, evenIfSealed: true) { $0.givesUpOutput = true }
    }

    private func carryOut(_ orders: Outbox.Orders) {
        if orders.resumes > 0 { self.changePauses(by: -orders.resumes) }
        if orders.isReleased { self.release() }
        if orders.isProbed, case .open = self.phase {
            let token = self.liveness.probe(now: self.context.clock.now())
            self.probe = token
            self.sendPing(token)
        }
        if orders.hasDrained, self.takesPart { self.sink.drained() }
        // It may have given the memory back meanwhile.
        if orders.givesUpMessage, self.countedPartialBytes > 0 { self.giveUpMessage(.serverFull) }
        if orders.givesUpOutput { self.giveUpOutput() }
        if let code = orders.close { self.beginClose(code) }
    }

    /// Whether the sink can still put something in.
    private var takesPart: Bool {
        switch self.phase {
        case .held, .open: true
        case .idle, .closing, .closed: false
        }
    }
}

extension WebSocketConnection: DeadlineTarget {
    package func deadlineReached(now: MonotonicTime) {
        self.timer = nil
        switch self.phase {
        case .idle, .closed: return
        // Whatever comes of it, release or refusal, comes as an order.
        case .held: self.sink.holdExpired()
        case .closing: self.stream?.close()
        case .open:
            self.countOutput(self.stream?.isWritable ?? true)
            if self.isMessageLate(now: now) { return self.giveUpMessage(.policyViolation, reason: "message took too long") }
            switch self.liveness.wake(now: now, outbound: self.outbound, isPaused: self.pauses > 0) {
            case .nothing: break
            case .ping(let token): self.sendPing(token)
            case .close(let code): self.beginClose(code)
            }
            self.scheduleTimer()
        }
    }

    private var outbound: Liveness.Outbound {
        let buffered = self.stream?.unsentBytes ?? 0
        return Liveness.Outbound(flushed: self.bytesOut - buffered, isPending: buffered > 0 || self.outbox.isPending)
    }
}

extension WebSocketConnection: DrainableConnection {
    package var passing: Passing? { self.sink.passing }

    package func announceDrain(reconnectAfterMilliseconds: Int) {
        if self.takesPart { self.sink.goesAway(reconnectAfterMilliseconds: reconnectAfterMilliseconds) }
    }

    package func drain() { self.outbox.order(self.context) { $0.close = .goingAway } }

    package func abort() { self.stream?.close() }
}
