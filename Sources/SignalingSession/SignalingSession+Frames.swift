import ByteScan
import ByteStreams
import MetricsCore
import NIOCore
import SignalingCore
import SignalingRuntime
import SignalingWire
import TimeKeeping
import WebSocketCore
package import WebSocketServer

/// From messages to what the room is told.
extension SignalingSession {
    package func received(_ messages: inout WebSocketMessages) {
        // Frames for the other side are gathered, so that the room and the receiver are asked once a read and not once a frame.
        var batch = self.loop.takeBatch()
        while let event = messages.next() {
            switch event {
            case .message(let opcode): self.receive(messages.payload, opcode, &batch, now: messages.now)
            case .interruption: self.relay(&batch, now: messages.now)
            }
        }
        self.relay(&batch, now: messages.now)
        self.loop.giveBack(&batch)
    }

    private func receive(_ message: ByteBuffer, _ opcode: Opcode, _ batch: inout RelayBatch, now: MonotonicTime) {
        let text = message.readableBytesUInt8Span
        let envelope: Envelope
        do throws(EnvelopeRefusal) {
            // The reader checks text only, and JSON is UTF-8 whatever the opcode says.
            if case .binary = opcode, !UTF8Validator.isWhole(text) { throw .invalidJSON }
            envelope = try EnvelopeScanner.scan(text)
        } catch {
            self.relay(&batch, now: now)
            self.loop.metrics.frameIn(nil, opcode: opcode, bytes: text.count)
            return self.refuse(error.code, error.message)
        }
        guard !envelope.kind.isRelayed else {
            batch.append(envelope.kind, opcode, message, self.loop)
            if batch.isLarge { self.relay(&batch, now: now) }
            return
        }
        self.relay(&batch, now: now)
        self.loop.metrics.frameIn(envelope.kind, opcode: opcode, bytes: text.count)
        guard let membership = self.membership else { return }
        switch envelope.kind {
        case .offer, .answer, .ice, .senderReady: break
        case .hello: self.receiveHello(envelope, text, membership)
        case .send: self.receiveSend(envelope, message, membership)
        case .delivered: self.receiveDelivered(envelope, text, membership)
        case .telemetry: self.receiveTelemetry(envelope, text, membership)
        case .unknown: self.refuse(.unknownType, "the server does not know this type")
        }
    }

    /// The frames gathered so far go to the other side.
    private func relay(_ batch: inout RelayBatch, now: MonotonicTime) {
        guard !batch.isEmpty, let membership = self.membership else { return }
        let outcome = membership.relay(&batch, now: now, self.loop)
        for _ in 0..<outcome.refused {
            self.refuse(.peerAbsent, "the other side is not connected, and no more can be held for it")
        }
        if outcome.mustWait { self.connection?.pauseReading() }
    }

    private func receiveHello(_ envelope: Envelope, _ text: Span<UInt8>, _ membership: Membership) {
        guard let mailbox = envelope[.mailbox].mailbox(in: text) else {
            return self.refuse(.invalidField, "mailbox must be the id of a mailbox frame, or empty")
        }
        let deliveredUpTo: UInt64
        switch envelope[.deliveredUpTo].count(in: text) {
        case .absent: deliveredUpTo = 0
        case .value(let seq): deliveredUpTo = seq
        case .invalid: return self.refuse(.invalidField, "deliveredUpTo must be a whole number from 0 up")
        }
        self.act(on: membership.hello(.init(deliveredUpTo: deliveredUpTo, mailbox: mailbox), self.loop))
    }

    private func receiveSend(_ envelope: Envelope, _ message: ByteBuffer, _ membership: Membership) {
        let text = message.readableBytesUInt8Span
        let ref: UInt64?
        switch envelope[.ref].ref(in: text) {
        case .absent: ref = nil
        case .value(let number): ref = number
        case .invalid: return self.refuse(.invalidField, "ref must be a whole number from 1 to 9007199254740991")
        }
        guard let side = envelope[.to].side(in: text) else {
            return self.refuse(.invalidField, "to must be A or B", ref: ref)
        }
        guard envelope[.payload].isPresent else {
            return self.refuse(.invalidField, "payload is missing", ref: ref)
        }
        self.act(on: membership.send(to: side, payload: envelope[.payload].range, of: message, ref: ref, self.loop), ref: ref)
    }

    private func receiveDelivered(_ envelope: Envelope, _ text: Span<UInt8>, _ membership: Membership) {
        switch (envelope[.upTo].count(in: text), envelope[.seq].count(in: text)) {
        case (.invalid, _), (.absent, .invalid), (.absent, .absent):
            self.refuse(.invalidField, "delivered needs seq or upTo, a whole number from 0 up")
        case (.value(let seq), _), (.absent, .value(let seq)):
            membership.delivered(upTo: seq, self.loop)
        }
    }

    private func receiveTelemetry(_ envelope: Envelope, _ text: Span<UInt8>, _ membership: Membership) {
        guard self.telemetry.admit(now: self.loop.clock.now()) else {
            self.loop.metrics.count { $0.rateLimited[.telemetry] += 1 }
            return self.refuse(.rateLimited, "at most 60 telemetry frames a minute")
        }
        guard let report = Telemetry(envelope, in: text) else {
            return self.refuse(.invalidField, "event must be ice-connected, ice-failed or ice-restart")
        }
        membership.report(report, self.loop)
    }

    private func refuse(_ code: ErrorCode, _ message: StaticString, ref: UInt64? = nil) {
        guard self.refusals.admit(now: self.loop.clock.now()) else {
            self.connection?.beginClose(.policyViolation, reason: "too many refused frames")
            return
        }
        self.connection?.enqueue { ServerFrame.writeError(code, message, ref: ref, into: &$0) }
    }

    private func act(on outcome: Membership.Outcome, ref: UInt64? = nil) {
        switch outcome {
        case .accepted: break
        case .mustWait: self.connection?.pauseReading()
        case .refused(let code, let message): self.refuse(code, message, ref: ref)
        }
    }
}
