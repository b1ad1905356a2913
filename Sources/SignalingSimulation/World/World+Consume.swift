import NIOCore
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import TimeKeeping
import WebSocketCore
import WebSocketServer

/// What the contract makes of the frames that the server has just read.
extension World {
    /// The frames of a connection that are wholly read, in their order.
    func consume(_ link: Link) {
        let handled = link.connection?.bytesHandled ?? 0
        if let before = link.handledAtChange, before < handled {
            // First, as what follows may come back to this connection.
            link.handledAtChange = nil
            self.consume(link, upTo: before)
            self.followOther(of: link)
        }
        self.consume(link, upTo: handled)
        guard link.progress == .open else { return }
        guard link.connection?.hasUnfinishedMessage == true else {
            link.unfinished = nil
            return
        }
        if link.unfinished == nil { link.unfinished = (self.now, handled) }
    }

    private func consume(_ link: Link, upTo handled: Int) {
        link.consumedBytes = handled
        while link.violation == nil, !link.isConsumed, let meaning = link.wire.next(within: handled) {
            self.consume(meaning, of: link)
        }
    }

    /// Those of whom something was kept, as they had to wait: what was dealt with of it since.
    func consumeKept() { self.consumeKept(of: self.links) }

    func consumeKept(of links: [Link]) {
        for link in links where !link.isWaiting && link.connection?.bytesHandled ?? 0 > link.consumedBytes {
            self.consume(link)
        }
    }

    private func consume(_ meaning: Meaning, of link: Link) {
        let room = link.room
        let isSeated = room[seat: link.side] === link
        if meaning.isMessage { self.counts.messages += 1 }
        switch meaning {
        case .relay(let kind, let payload, let opcode):
            guard isSeated else { return }
            self.tally.relayed += 1
            if let other = room[seat: link.side.other] {
                other.expect(.relay(payload, opcode))
                room.pairing?.sent(kind, by: link.side)
            } else if link.held.count < 256, link.heldBytes + payload.readableBytes <= 1 << 20,
                self.mayStore(payload.readableBytes, in: room)
            {
                link.held.append((kind, payload, opcode))
                link.heldBytes += payload.readableBytes
            } else {
                self.refuse(.peerAbsent, of: link)
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
        case .telemetry(let report):
            guard self.admitTelemetry(link) else { return self.refuse(.rateLimited, of: link) }
            // Whoever has lost its side has no part in the pairing any more.
            guard isSeated else { return }
            self.count(report, in: room)
            room.pairing?.note(report, by: link.side)
            self.diagnose(room)
        case .refused(let code, let ref):
            self.refuse(code, ref: ref, of: link)
        case .refusedTelemetry:
            self.refuse(self.admitTelemetry(link) ? .invalidField : .rateLimited, of: link)
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

    /// Each time between two `room_full` counts one success and one failure.
    private func count(_ report: PairingModel.Report, in room: RoomModel) {
        if report == .resumed || report == .restart { return }
        if room.isRoundUnsure {
            self.counts.unsure += 1
        } else if report.isConnected, room.pairing?.isEstablished == false {
            room.pairing?.isEstablished = true
            self.counts.established += 1
        } else if !report.isConnected, room.pairing?.isFailed == false {
            room.pairing?.isFailed = true
            self.counts.failed += 1
        }
    }

    /// Whoever is there is told why the peers do not reach each other, when that is news.
    func diagnose(_ room: RoomModel) {
        guard let diagnosis = room.pairing?.news(), room.pairing?.isUnsure == false else { return }
        for link in room.seated { link.expect(.diagnosis(diagnosis)) }
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
        // It was given none yet, and is given none of those that are done with.
        if !link.isListening { link.seatedAck = max(link.seatedAck, room[mailbox: link.side].acknowledged) }
        link.isListening = true
    }

    private func send(_ payload: ByteBuffer, to side: Side, _ ref: UInt64?, of link: Link) {
        let room = link.room
        if let ref, let isAccepted = room.numberedRefs(of: link.side)?.isAccepted(ref, sid: link.sid) {
            guard isAccepted else {
                self.tally.refusedAgain += 1
                return self.refuse(.mailboxFull, ref: ref, of: link)
            }
            self.tally.repeated += 1
            // The response to the original is that to this one too, and is yet to come.
            if room.isPending(ref, of: link.side) { return }
            return link.responses.append(.accepted(ref))
        }
        let mailbox = room[mailbox: side]
        guard self.mayStore(payload.readableBytes, in: room), mailbox.count < self.profile.mailboxMessages,
            mailbox.bytes + payload.readableBytes <= self.profile.mailboxBytes, self.store?.isFailing != true
        else { return self.refuse(.mailboxFull, ref: ref, of: link) }
        room.number(payload, for: side, from: link, ref: ref)
        if self.store == nil { self.acceptFirst(in: room) } else { self.isStoring(in: room) }
    }

    /// An `error` frame comes back; or, with 600 of them in a minute, the connection is closed.
    private func refuse(_ code: ErrorCode, ref: UInt64? = nil, of link: Link) {
        if self.now >= link.refusalWindow.end { link.refusalWindow = (self.now + .minutes(1), 0) }
        link.refusalWindow.count += 1
        if link.refusalWindow.count > 600 { link.violation = .policyViolation } else { link.responses.append(.error(code, ref: ref)) }
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

    /// The bound on what all rooms store together, and the share of whoever made this one.
    private func mayStore(_ bytes: Int, in room: RoomModel) -> Bool {
        // With the bound out of reach nobody asks.
        guard self.profile.maxStoredBytes < 1 << 30 else { return true }
        let overhead = RoomTotals.messageOverhead
        let held = self.roomsInOrder.map { room in
            let stored = room.stored
            return (room.owner, stored.bytes + stored.messages * overhead)
        }
        return ShareModel(bound: self.profile.maxStoredBytes, held: held).verdict(on: bytes + overhead, for: room.owner) == .granted
    }
}
