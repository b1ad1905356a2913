import NIOCore
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import TimeKeeping

/// What the contract makes of the frames that the server has just read.
extension World {
    /// The frames of a connection that are wholly read, in their order.
    func consume(_ link: Link) {
        while link.violation == nil, !link.isConsumed, let meaning = link.wire.next(within: link.stream.bytesRead) {
            self.consume(meaning, of: link)
        }
    }

    private func consume(_ meaning: Meaning, of link: Link) {
        let room = link.room
        let isSeated = room[seat: link.side] === link
        if meaning.isMessage { self.counts.messages += 1 }
        switch meaning {
        case .relay(let payload, let opcode):
            guard isSeated else { return }
            self.tally.relayed += 1
            if let other = room[seat: link.side.other] {
                other.expect(.relay(payload, opcode))
            } else if link.held.count < 256, link.heldBytes + payload.readableBytes <= 1 << 20, self.mayStore(payload.readableBytes) {
                link.held.append((payload, opcode))
                link.heldBytes += payload.readableBytes
            } else {
                link.responses.append(.error(.peerAbsent))
            }
        case .hello(let seq, let mailbox):
            guard isSeated else { return }
            self.hello(seq, mailbox, of: link)
        case .send(let side, let payload, let ref):
            guard isSeated else { return }
            self.send(payload, to: side, ref, of: link)
        case .acknowledge(let seq):
            guard isSeated else { return }
            room[mailbox: link.side].acknowledge(upTo: seq)
        case .telemetry(let connected):
            guard self.admitTelemetry(link) else { return link.responses.append(.error(.rateLimited)) }
            if room.isPairingUnsure {
                self.counts.unsure += 1
            } else if connected, room.pairing?.isEstablished == false {
                room.pairing?.isEstablished = true
                self.counts.established += 1
            } else if !connected, room.pairing?.isFailed == false {
                room.pairing?.isFailed = true
                self.counts.failed += 1
            }
        case .refused(let code, let ref):
            link.responses.append(.error(code, ref: ref))
        case .refusedTelemetry:
            link.responses.append(.error(self.admitTelemetry(link) ? .invalidField : .rateLimited))
        case .ping(let payload):
            link.pongs.append(payload)
        case .nothing:
            break
        case .close:
            link.isConsumed = true
        case .violation(let code):
            link.violation = code
        }
    }

    private func hello(_ seq: UInt64, _ mailbox: NamedMailbox, of link: Link) {
        let room = link.room
        // Whoever names this life's id was told it, and so the model knows it.
        let isOfThisLife = mailbox == .unnamed || room.mailboxID.map { mailbox == .named($0) } ?? false
        if isOfThisLife { room[mailbox: link.side].acknowledge(upTo: seq) }
        if mailbox != .unnamed {
            link.responses.append(.mailbox(deliveredUpTo: room[mailbox: link.side].acknowledged))
            if !link.isListening { link.awaitsMailbox = true }
        }
        link.isListening = true
    }

    private func send(_ payload: ByteBuffer, to side: Side, _ ref: UInt64?, of link: Link) {
        let room = link.room
        let sid = link.sid.flatMap { $0.isEmpty ? nil : $0 }
        if let ref, let sid, let accepted = room.accepted[link.side], accepted.sid == sid, ref <= accepted.last {
            guard accepted.refs.contains(ref) || accepted.last - ref > 1024 else {
                self.tally.refusedAgain += 1
                return link.responses.append(.error(.mailboxFull, ref: ref))
            }
            self.tally.repeated += 1
            return link.responses.append(.accepted(ref))
        }
        let mailbox = room[mailbox: side]
        guard self.mayStore(payload.readableBytes), mailbox.count < self.profile.mailboxMessages,
            mailbox.bytes + payload.readableBytes <= self.profile.mailboxBytes
        else { return link.responses.append(.error(.mailboxFull, ref: ref)) }
        room[mailbox: side].append(payload)
        guard let ref else { return }
        link.responses.append(.accepted(ref))
        guard let sid else { return }
        if room.accepted[link.side]?.sid != sid { room.accepted[link.side] = (sid, ref, []) }
        room.accepted[link.side]?.last = ref
        room.accepted[link.side]?.refs.insert(ref)
    }

    private func admitTelemetry(_ link: Link) -> Bool {
        if self.now >= link.telemetryWindow.end { link.telemetryWindow = (self.now + .minutes(1), 0) }
        guard link.telemetryWindow.count < 60 else {
            self.counts.telemetryRefused += 1
            return false
        }
        link.telemetryWindow.count += 1
        return true
    }

    /// The bound on what all rooms store together.
    private func mayStore(_ bytes: Int) -> Bool {
        let stored = self.stored
        return stored.bytes + bytes + (stored.messages + 1) * RoomTotals.messageOverhead <= self.profile.maxStoredBytes
    }

    var stored: (messages: Int, bytes: Int) {
        // With the bound out of reach nobody asks.
        guard self.profile.maxStoredBytes < 1 << 30 else { return (0, 0) }
        return self.roomsInOrder.reduce((0, 0)) { sum, room in
            let seated = room.seated
            return (
                sum.0 + room.mailboxMessages + seated.reduce(0) { $0 + $1.held.count },
                sum.1 + room.mailboxBytes + seated.reduce(0) { $0 + $1.heldBytes }
            )
        }
    }
}
