import ByteScan
import NIOCore
import SignalingCore
import SignalingRuntime
import SignalingWire
import TimeKeeping
import WebSocketCore

/// From bytes to what the room is told.
extension WebSocketHandler {
    func receive(_ bytes: ByteBuffer) {
        self.bytesIn += bytes.readableBytes
        let now = self.loop.clock.now()
        self.liveness.heard(now: now)
        var input = bytes
        if self.unread.readableBytes > 0 {
            self.unread.writeImmutableBuffer(bytes)
            input = self.unread
            self.unread = ByteBuffer()
        }
        self.process(&input, now: now)
        self.countPartialMessage()
        guard input.readableBytes > 0 else { return }
        // Its own copy: a few bytes must not keep a whole read buffer. What waits for admission is bounded by the socket's buffer, as
        // nothing is read on purpose meanwhile.
        self.unread = ByteBuffer()
        self.unread.writeImmutableBuffer(input)
    }

    /// Many connections with a large message each that never ends would take all memory, so those share a bound.
    private func countPartialMessage() {
        if case .closed = self.phase { return }
        let difference = self.reader.bufferedBytes - self.countedPartialBytes
        guard difference != 0 else { return }
        self.countedPartialBytes += difference
        guard !self.hub.rooms.totals.changePartialBytes(by: difference), difference > 0 else { return }
        // Looking for the client's close would mean to go on keeping its message, so nothing more of it is understood.
        self.reader.abandon()
        self.hasViolated = true
        self.countPartialMessage()
        self.beginClose(.serverFull)
        self.drainOutbox()
    }

    /// Reads what was kept while the side was being fought for.
    func receiveKept() {
        var input = self.unread
        self.unread = ByteBuffer()
        self.process(&input, now: self.loop.clock.now())
        self.countPartialMessage()
        if input.readableBytes > 0 { self.unread = input }
    }

    private func process(_ input: inout ByteBuffer, now: MonotonicTime) {
        var message = self.loop.takeMessageBuffer()
        defer { self.loop.giveBack(messageBuffer: &message) }
        while true {
            switch self.phase {
            case .idle, .waiting: return
            case .closed:
                input.clear()
                return
            case .open, .closing: break
            }
            let event = self.reader.next(from: &input, message: &message)
            if case .message(let opcode) = event {
                if case .open = self.phase { self.receive(message, opcode, now: now) }
                continue
            }
            // Whatever this leads to, the frames before it come first.
            self.relayGathered(now: now)
            switch event {
            case .needMore:
                return
            case .message:
                break
            case .ping:
                self.loop.metrics.count { $0.wsMessages[.ping] += 1 }
                self.answerPing(message)
            case .pong:
                self.loop.metrics.count { $0.wsMessages[.pong] += 1 }
                self.receivePong(message)
            case .close(let code):
                self.loop.metrics.count { $0.wsMessages[.close] += 1 }
                self.receiveClose(code)
            case .violation(let code):
                self.hasViolated = true
                self.beginClose(code)
            }
        }
    }

    private func receive(_ message: ByteBuffer, _ opcode: Opcode, now: MonotonicTime) {
        self.messagesIn += 1
        if self.settings.echoes { return self.sendBack(message, opcode) }
        let text = message.readableBytesUInt8Span
        let envelope: Envelope
        do throws(EnvelopeRefusal) {
            // The reader checks text only, and JSON is UTF-8 whatever the opcode says.
            if opcode == .binary, !UTF8Validator.isWhole(text) { throw .invalidJSON }
            envelope = try EnvelopeScanner.scan(text)
        } catch {
            self.relayGathered(now: now)
            self.loop.metrics.frameIn(nil, opcode: opcode, bytes: text.count)
            return self.refuse(error.code, error.message)
        }
        guard !envelope.kind.isRelayed else { return self.loop.gather(envelope.kind, opcode, message) }
        self.relayGathered(now: now)
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

    private func relayGathered(now: MonotonicTime) {
        guard self.loop.hasGathered, let membership = self.membership else { return }
        let outcome = membership.relay(now: now, self.loop)
        for _ in 0..<outcome.refused {
            self.refuse(.peerAbsent, "the other side is not connected, and no more can be held for it")
        }
        if outcome.mustWait { self.pauseReading() }
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
        if envelope[.event].isWord("ice-connected", in: text) {
            guard let time = membership.established(self.loop) else { return }
            let mode = ModeLabel(envelope[.mode], in: text)
            self.loop.metrics.count {
                $0.established[mode] += 1
                $0.timeToFirstFlow.observe(time.seconds)
            }
        } else if envelope[.event].isWord("ice-failed", in: text) {
            guard membership.failed() else { return }
            let reason = ReasonLabel(envelope[.reason], in: text)
            self.loop.metrics.count { $0.failed[reason] += 1 }
        } else {
            self.refuse(.invalidField, "event must be ice-connected or ice-failed")
        }
    }

    private func act(on outcome: Membership.Outcome, ref: UInt64? = nil) {
        switch outcome {
        case .accepted: break
        case .mustWait: self.pauseReading()
        case .refused(let code, let message): self.refuse(code, message, ref: ref)
        }
    }

    private func receivePong(_ payload: ByteBuffer) {
        guard payload.readableBytes == 8, let token = payload.getInteger(at: payload.readerIndex, as: UInt64.self) else { return }
        if self.probeToken == token {
            // A heartbeat's ping may have followed the probe; it is answered all the same.
            self.probeToken = nil
            self.membership?.holderAnswered(self.loop)
        }
        guard let roundTrip = self.liveness.pong(token: token, now: self.loop.clock.now()) else { return }
        self.loop.metrics.count { $0.wsRTT.observe(roundTrip.seconds) }
    }
}

extension ModeLabel {
    /// What a client says its connection is; absent is `unspecified`, anything unknown `other`.
    init(_ field: Envelope.Field, in text: Span<UInt8>) {
        guard field.isPresent, field.form != .null else {
            self = .unspecified
            return
        }
        let known: [(StaticString, ModeLabel)] = [
            ("direct", .direct), ("relay", .relay), ("host", .host), ("srflx", .srflx), ("prflx", .prflx), ("unspecified", .unspecified),
        ]
        for (word, label) in known where field.isWord(word, in: text) {
            self = label
            return
        }
        self = .other
    }
}

extension ReasonLabel {
    /// Why a client says its connection failed; absent is `ice-failed`, anything unknown `other`.
    init(_ field: Envelope.Field, in text: Span<UInt8>) {
        guard field.isPresent, field.form != .null else {
            self = .iceFailed
            return
        }
        let known: [(StaticString, ReasonLabel)] = [
            ("ice-failed", .iceFailed), ("timeout", .timeout), ("disconnected", .disconnected), ("closed", .closed),
            ("no-candidates", .noCandidates),
        ]
        for (word, label) in known where field.isWord(word, in: text) {
            self = label
            return
        }
        self = .other
    }
}
