import NIOCore
import SignalingCore
import SignalingRuntime
import SignalingWire
package import TimeKeeping
import WebSocketCore

/// From the outbox to the socket, and what timers lead to.
extension WebSocketHandler: OutboxOwner {
    package func outboxSignalled() {
        self.drainOutbox()
        // On this loop others may have been touched: senders that read on, peers told of a close.
        self.loop.flushTouched()
    }

    /// Queues a frame of the server's own. A client that asks for answers faster than it reads them is not read from meanwhile.
    func enqueue(_ write: (inout ByteBuffer) -> Void) {
        guard let outbox = self.outbox else { return }
        if outbox.append(self.loop, sender: outbox, write) { self.pauseReading() }
    }

    func refuse(_ code: ErrorCode, _ message: StaticString, ref: UInt64? = nil) {
        self.enqueue { ServerFrame.writeError(code, message, ref: ref, into: &$0) }
    }

    /// Answers a ping; behind a close frame this goes nowhere, as the outbox is sealed.
    func answerPing(_ payload: ByteBuffer) { self.sendBack(payload, .pong) }

    /// Sends what was just received, in a frame of its own.
    func sendBack(_ payload: ByteBuffer, _ opcode: Opcode) {
        self.enqueue {
            WebSocketFrame.write(opcode, payload: payload, into: &$0)
        }
    }

    func sendPing(_ token: UInt64) {
        self.enqueue {
            WebSocketFrame.writeHeader(.ping, payload: 8, into: &$0)
            $0.writeInteger(token)
        }
    }

    /// Sends as much as the stream takes, and carries out what the outbox orders.
    func drainOutbox() {
        // What is written can end the stream, which leads back here.
        guard !self.isDraining, let stream = self.stream, let outbox = self.outbox else { return }
        self.isDraining = true
        defer { self.isDraining = false }
        while true {
            var taken = outbox.take(self.loop, canWrite: stream.isWritable)
            self.carryOut(taken.orders)
            guard taken.bytes.readableBytes > 0 else { break }
            self.bytesHandedOver += taken.bytes.readableBytes
            stream.write(taken.bytes)
            stream.flush()
            self.loop.recycle(&taken.bytes)
            if taken.isLast { break }
        }
        self.closeIfDone()
    }

    private func carryOut(_ orders: Outbox.Orders) {
        if orders.resumes > 0 {
            self.pauses -= orders.resumes
            self.updateReading()
        }
        if orders.isAdmitted, case .waiting = self.phase {
            self.phase = .open
            self.scheduleTimer()
            if self.membership?.startsWaiting() == true { self.pauseReading() }
            self.receiveKept()
            self.updateReading()
        }
        if orders.isProbed, case .open = self.phase {
            let token = self.liveness.probe(now: self.loop.clock.now())
            self.probeToken = token
            self.sendPing(token)
        }
        if orders.deliversMore { self.membership?.deliverMore(self.loop) }
        if let delay = orders.goingAway {
            self.enqueue { ServerFrame.writeGoingAway(reconnectAfterMilliseconds: delay, into: &$0) }
        }
        if let code = orders.close { self.beginClose(code) }
    }
}

extension WebSocketHandler: DeadlineTarget {
    package func deadlineReached(now: MonotonicTime) {
        self.timer = nil
        switch self.phase {
        case .idle, .closed:
            return
        case .waiting:
            self.membership?.challengeExpired(self.loop)
        // Both outcomes, admission and refusal, come as orders; until they are carried out there is nothing to time.
        case .closing:
            self.stream?.close()
        case .open:
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
        return Liveness.Outbound(
            flushed: self.bytesHandedOver - buffered, isPending: buffered > 0 || self.outbox?.isPending == true)
    }
}

extension WebSocketHandler: DrainableConnection {
    package func announceDrain(reconnectAfterMilliseconds: Int) {
        self.outbox?.order(self.loop) { $0.goingAway = reconnectAfterMilliseconds }
    }

    package func drain() { self.outbox?.order(self.loop) { $0.close = .goingAway } }

    package func abort() { self.stream?.close() }
}
