import NIOCore
package import SignalingCore
import SignalingRuntime
import SignalingWire

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

    func refuse(_ code: ErrorCode, _ message: StaticString) {
        self.enqueue { ServerFrame.writeError(code, message, into: &$0) }
    }

    /// Answers a ping; behind a close frame this goes nowhere, as the outbox is sealed.
    func answerPing() { self.sendBack(.pong) }

    /// Sends what was just received, in a frame of its own.
    func sendBack(_ opcode: Opcode) {
        let payload = self.loop.message
        self.enqueue {
            WebSocketFrame.writeHeader(opcode, payload: payload.readableBytes, into: &$0)
            $0.writeImmutableBuffer(payload)
        }
    }

    func sendPing(_ token: UInt64) {
        self.enqueue {
            WebSocketFrame.writeHeader(.ping, payload: 8, into: &$0)
            $0.writeInteger(token)
        }
    }

    /// Sends as much as the channel takes, and carries out what the outbox orders.
    func drainOutbox() {
        // Writing can change the channel's writability, which leads back here.
        guard !self.isDraining, let context = self.context, let outbox = self.outbox else { return }
        self.isDraining = true
        defer { self.isDraining = false }
        while true {
            let taken = outbox.take(self.loop, canWrite: context.channel.isWritable)
            self.carryOut(taken.orders)
            guard taken.bytes.readableBytes > 0 else { break }
            self.bytesHandedOver += taken.bytes.readableBytes
            context.writeAndFlush(self.wrapOutboundOut(taken.bytes), promise: nil)
            self.loop.recycle(taken.bytes)
        }
        self.closeIfDone()
    }

    private func carryOut(_ orders: Outbox.Orders) {
        if orders.resumes > 0 {
            self.pauses -= orders.resumes
            self.readOnIfAllowed()
        }
        if orders.isAdmitted, case .waiting = self.phase {
            self.phase = .open
            self.scheduleTimer()
            if self.membership?.startsWaiting() == true { self.pauseReading() }
            self.receiveKept()
            self.readOnIfAllowed()
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
            self.context?.close(promise: nil)
        case .open:
            switch self.liveness.wake(now: now, outbound: self.outbound, isPaused: self.pauses > 0) {
            case .nothing: break
            case .ping(let token): self.sendPing(token)
            case .close(let code): self.beginClose(code)
            }
            self.scheduleTimer()
        }
    }

    /// Bytes handed to the channel that the socket has not taken.
    var bufferedBytes: Int {
        // A socket channel has this option; an embedded one takes everything at once.
        (try? self.context?.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    private var outbound: Liveness.Outbound {
        let buffered = self.bufferedBytes
        return Liveness.Outbound(
            flushed: self.bytesHandedOver - buffered, isPending: buffered > 0 || self.outbox?.isPending == true)
    }
}

extension WebSocketHandler: DrainableConnection {
    package func announceDrain(reconnectAfterMilliseconds: Int) {
        self.outbox?.order(self.loop) { $0.goingAway = reconnectAfterMilliseconds }
    }

    package func drain() { self.outbox?.order(self.loop) { $0.close = .goingAway } }

    package func abort() { self.context?.close(promise: nil) }
}
