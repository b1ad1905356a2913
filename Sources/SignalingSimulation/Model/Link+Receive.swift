import NIOCore
import SignalingTestKit
import SignalingWire
import WebSocketCore

/// The client reads what the server wrote, and holds it to the contract.
extension Link {
    /// Takes bytes in; what is wrong with them, or nil.
    func receive(_ bytes: ByteBuffer) -> String? {
        self.inbound.writeImmutableBuffer(bytes)
        if !self.isUpgraded {
            guard let response = self.inbound.readSlice(length: Self.upgradeResponse.readableBytes) else { return nil }
            guard response == Self.upgradeResponse else { return "\(self.name): something came before the response to its upgrade" }
            self.isUpgraded = true
        }
        while let frame = self.nextFrame() {
            switch frame {
            case .success(let (opcode, payload)):
                if let fault = self.receive(opcode, payload) { return "\(self.name): \(fault)" }
            case .failure(let fault):
                return "\(self.name): \(fault.text)"
            }
        }
        self.inbound.discardReadBytes()
        return nil
    }

    private struct Fault: Error { var text: String }

    private func nextFrame() -> Result<(Opcode, ByteBuffer), Fault>? {
        let start = self.inbound.readerIndex
        guard let first = self.inbound.getInteger(at: start, as: UInt8.self),
            let short = self.inbound.getInteger(at: start + 1, as: UInt8.self)
        else { return nil }
        guard first & 0xF0 == 0x80, let opcode = Opcode(rawValue: first & 0x0F), opcode != .continuation else {
            return .failure(Fault(text: "a frame that no server may send starts with \(first)"))
        }
        var header = 2
        var length = Int(short)
        if short == 126 {
            guard let extended = self.inbound.getInteger(at: start + 2, as: UInt16.self) else { return nil }
            header = 4
            length = Int(extended)
        } else if short == 127 {
            guard let extended = self.inbound.getInteger(at: start + 2, as: UInt64.self) else { return nil }
            header = 10
            length = Int(extended)
        }
        let isShortest = header == 2 && length < 126 || header == 4 && length >= 126 || header == 10 && length > 0xFFFF
        guard isShortest else { return .failure(Fault(text: "a frame's length is masked or not spelled in the fewest bytes")) }
        guard let payload = self.inbound.getSlice(at: start + header, length: length) else { return nil }
        self.inbound.moveReaderIndex(forwardBy: header + length)
        return .success((opcode, payload))
    }

    private func receive(_ opcode: Opcode, _ payload: ByteBuffer) -> String? {
        if self.receivedClose != nil { return "something came after the close frame" }
        switch opcode {
        case .ping:
            if self.respondsToPings, !self.hasSentClose { self.wire.append(first: 0x8A, payload, mask: self.nextMask(), means: .nothing) }
            return nil
        case .pong:
            guard let expected = self.pongs.popFirst(), expected == payload else { return "a pong answers no ping" }
            return nil
        case .close:
            self.receivedClose = payload.getInteger(at: payload.readerIndex) ?? 1005
            if !self.hasSentClose {
                self.hasSentClose = true
                self.wire.append(first: 0x88, payload, mask: self.nextMask(), means: .close)
            }
            return nil
        case .text, .binary:
            return self.receiveMessage(opcode, payload)
        case .continuation:
            return "the server never fragments"
        }
    }

    private func receiveMessage(_ opcode: Opcode, _ payload: ByteBuffer) -> String? {
        if opcode == .text, payload.starts(with: "{\"type\":\"") {
            if payload == Frames.roomFull { return self.receivePresence(.roomFull) }
            if payload == Frames.peerLeft { return self.receivePresence(.peerLeft) }
            if payload.starts(with: Frames.diagnosis) { return self.receiveDiagnosis(payload) }
            if payload.starts(with: Frames.error) || payload.starts(with: Frames.accepted) { return self.receiveResponse(payload) }
            if payload.starts(with: Frames.mailbox) { return self.receiveMailbox(payload) }
            if payload.starts(with: Frames.send) { return self.receiveItem(payload, head: Frames.send, hasSID: false) }
            if payload.starts(with: Frames.deliver) { return self.receiveItem(payload, head: Frames.deliver, hasSID: true) }
            if payload.starts(with: Frames.goingAway) {
                if self.sawGoingAway { return "going_away came twice" }
                self.sawGoingAway = true
                return nil
            }
        }
        return self.receiveRelayed(opcode, payload)
    }

    private func receivePresence(_ presence: Expected) -> String? {
        let isFull = presence == .roomFull
        if self.isPaired == isFull { return isFull ? "a second room_full without peer_left" : "peer_left without room_full" }
        self.isPaired = isFull
        if self.isPresenceLoose {
            // Whatever presence frame is due next, if any, is taken for this one.
            if let place = self.nextPlace, self.expected[place].isPresence { self.expected.remove(at: place) }
            return nil
        }
        guard let place = self.nextPlace, self.expected[place] == presence else { return "\(presence) came; next was \(self.nextText)" }
        self.expected.remove(at: place)
        return nil
    }

    /// Of what it has yet to receive besides diagnoses, the first.
    private var nextPlace: CircularBuffer<Expected>.Index? { self.expected.firstIndex { !$0.isDiagnosis } }
    private var nextText: Substring { self.nextPlace.map { "\(self.expected[$0])".prefix(200) } ?? "nothing" }

    /// Diagnoses come in their order, and behind what they follow from. What brings them about is often said by another than whose frames they
    /// come among, so their place among those is left open.
    private func receiveDiagnosis(_ payload: ByteBuffer) -> String? {
        let text = String(buffer: payload)
        if let place = self.expected.firstIndex(where: \.isDiagnosis), case .diagnosis(let diagnosis) = self.expected[place],
            text.hasPrefix(diagnosis.head), text.hasSuffix(#""}"#)
        {
            let isEarly = self.expected[..<place].contains(where: \.isPresence)
            if isEarly, !self.isPresenceLoose { return "a diagnosis came before who is there was told" }
            self.expected.remove(at: place)
            return nil
        }
        if self.isPresenceLoose || self.room.pairing?.isUnsure == true { return nil }
        // Of two that leave in one turn, the server says who was first, and the other hears of that: it has no side when the turn is over.
        if ["peer_left", "signaling_lost"].contains(where: { text.hasPrefix(#"{"type":"diagnosis","cause":"\#($0)""#) }) {
            self.unexplained = text
            return nil
        }
        return "a diagnosis that nothing called for: \(text)"
    }

    private func receiveRelayed(_ opcode: Opcode, _ payload: ByteBuffer) -> String? {
        while self.isPresenceLoose, let place = self.nextPlace, self.expected[place].isPresence { self.expected.remove(at: place) }
        guard self.isPaired else { return "a frame of the other side came before room_full" }
        guard let place = self.nextPlace, case .relay(let text, let kind) = self.expected[place], kind == opcode, text == payload else {
            return "a relayed frame is lost, doubled, changed or out of order: got \(opcode) "
                + "\(String(buffer: payload).prefix(80)); next was \(self.nextText)"
        }
        self.expected.remove(at: place)
        self.expectedBytes -= text.readableBytes
        return nil
    }

    private func receiveResponse(_ payload: ByteBuffer) -> String? {
        let text = String(buffer: payload)
        let isExpected =
            switch self.responses.popFirst() {
            case .error(let code, let ref):
                text.hasPrefix("{\"type\":\"error\",\"code\":\"\(code.rawValue)\",")
                    && text.hasSuffix(ref.map { #"","ref":\#($0)}"# } ?? "\"}")
            case .accepted(let ref): text == #"{"type":"accepted","ref":\#(ref)}"#
            case .mailbox, nil: false
            }
        return isExpected ? nil : "a response that nothing called for: \(text)"
    }

    private func receiveMailbox(_ payload: ByteBuffer) -> String? {
        let text = String(buffer: payload)
        guard case .mailbox(let seq)? = self.responses.popFirst(),
            let id = MailboxID(text.utf8.dropFirst(Frames.mailbox.readableBytes).prefix(16)),
            text == #"{"type":"mailbox","id":"\#(id.text)","deliveredUpTo":\#(seq)}"#
        else { return "a mailbox frame that nothing called for: \(text)" }
        guard self.room.mailboxID == nil || self.room.mailboxID == id else { return "the room's mailbox has become another" }
        self.room.mailboxID = id
        self.awaitsMailbox = false
        return nil
    }

    private func receiveItem(_ frame: ByteBuffer, head: ByteBuffer, hasSID: Bool) -> String? {
        var rest = frame
        rest.moveReaderIndex(forwardBy: head.readableBytes)
        var seq: UInt64 = 0
        while let byte = rest.readInteger(as: UInt8.self), byte != UInt8(ascii: ",") { seq = seq &* 10 &+ UInt64(byte &- 48) }
        guard
            let payload = rest.getSlice(
                at: rest.readerIndex + Frames.payload.readableBytes, length: rest.readableBytes - Frames.payload.readableBytes - 1),
            rest.starts(with: Frames.payload)
        else { return "an item's frame is not as the contract spells it" }
        guard hasSID == (self.sid != nil) else { return "an item's type does not fit the sid parameter" }
        guard self.isListening else { return "item \(seq) came before hello though something was waiting" }
        guard !self.awaitsMailbox else { return "item \(seq) came before the mailbox frame" }
        let mailbox = self.room[mailbox: self.side]
        guard seq > self.lastSeq, seq > self.seatedAck else { return "item \(seq) came twice, late or after it was acknowledged" }
        guard seq <= mailbox.lastSeq else { return "item \(seq) was never accepted" }
        // Only what was acknowledged meanwhile may be left out.
        guard seq == max(self.lastSeq, self.seatedAck) + 1 || mailbox.acknowledged >= seq - 1 else {
            return "item \(seq) came after \(self.lastSeq), though those between were not acknowledged"
        }
        guard mailbox.items[Int(seq) - 1] == payload else { return "item \(seq) has another payload than was sent" }
        self.lastSeq = seq
        return nil
    }

    func nextMask() -> UInt32 { UInt32(truncatingIfNeeded: self.random.next()) }
}

/// The server's own frames, as docs/protocol.md spells them.
private enum Frames {
    static let roomFull = ByteBuffer(string: #"{"type":"room_full"}"#)
    static let peerLeft = ByteBuffer(string: #"{"type":"peer_left"}"#)
    static let diagnosis = ByteBuffer(string: #"{"type":"diagnosis","cause":""#)
    static let error = ByteBuffer(string: #"{"type":"error","code":""#)
    static let accepted = ByteBuffer(string: #"{"type":"accepted","ref":"#)
    static let mailbox = ByteBuffer(string: #"{"type":"mailbox","id":""#)
    static let send = ByteBuffer(string: #"{"type":"send","seq":"#)
    static let deliver = ByteBuffer(string: #"{"type":"deliver","seq":"#)
    static let payload = ByteBuffer(string: #""payload":"#)
    static let goingAway = ByteBuffer(string: #"{"type":"going_away","reconnectAfterMs":"#)
}

extension ByteBuffer {
    fileprivate func starts(with prefix: ByteBuffer) -> Bool {
        self.readableBytes >= prefix.readableBytes && self.getSlice(at: self.readerIndex, length: prefix.readableBytes) == prefix
    }

    fileprivate func starts(with text: StaticString) -> Bool { self.starts(with: ByteBuffer(staticString: text)) }
}
