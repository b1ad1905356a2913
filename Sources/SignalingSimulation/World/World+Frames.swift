import NIOCore
import SignalingCore
import SignalingTestKit
import SignalingWire
import WebSocketCore

/// Frames that clients send.
extension World {
    /// Bytes that a client's own send buffer takes.
    private static let mostUnsent = 1 << 20

    func write(_ link: Link, _ action: Action, _ random: inout SplitMix64) {
        guard !link.isVanished, !link.hasSentClose, link.wire.bytes.readableBytes < Self.mostUnsent else { return }
        switch action {
        case .relay: for _ in 0...(random.next() % 3) { self.relay(link, size: Self.size(&random), &random) }
        case .flood: for _ in 0..<40 { self.relay(link, size: Int(random.next() % 30_000), &random) }
        case .hello: self.hello(link, &random)
        case .send: self.send(link, &random)
        case .acknowledge: self.acknowledge(link, &random)
        case .telemetry:
            // Half of all are as most are: a success or a failure.
            let reports = PairingModel.Report.allCases
            let draw = random.next()
            let report = draw % 2 == 0 ? draw % 4 == 0 ? .direct : .failed : reports[Int((draw >> 8) % UInt64(reports.count))]
            self.text(link, ByteBuffer(string: report.text), means: .telemetry(report))
        case .ping:
            let payload = ByteBuffer(bytes: random.bytes(Int(random.next() % 126)))
            link.wire.append(first: 0x89, payload, mask: link.nextMask(), means: .ping(payload))
        case .fragment: self.fragments(link, &random)
        case .lie: self.lie(link, &random)
        default: break
        }
    }

    private static func size(_ random: inout SplitMix64) -> Int {
        switch random.next() % 64 {
        case 0: Int(random.next() % 200_000)
        case 1...4: Int(random.next() % 5_000)
        default: Int(random.next() % 200)
        }
    }

    private func text(_ link: Link, _ payload: ByteBuffer, means meaning: Meaning) {
        if payload.readableBytes > self.profile.maxMessage {
            // The header alone tells.
            let header = payload.readableBytes < 126 ? 6 : payload.readableBytes <= 0xFFFF ? 8 : 14
            link.wire.append(first: 0x81, payload, mask: link.nextMask(), means: .violation(.messageTooBig), end: header)
        } else {
            link.wire.append(first: 0x81, payload, mask: link.nextMask(), means: meaning)
        }
    }

    private func relay(_ link: Link, size: Int, _ random: inout SplitMix64) {
        link.relayed += 1
        let (kind, text) = ClientText.relay(
            link: link.id.rawValue, number: link.relayed, size: min(size, self.profile.maxMessage - 200), random: &random)
        let opcode: Opcode = random.next() % 8 == 0 ? .binary : .text
        link.wire.append(first: 0x80 | opcode.rawValue, text, mask: link.nextMask(), means: .relay(kind, text, opcode))
    }

    /// A message in parts, with control frames between them.
    private func fragments(_ link: Link, _ random: inout SplitMix64) {
        link.relayed += 1
        let (kind, whole) = ClientText.relay(
            link: link.id.rawValue, number: link.relayed, size: Int(random.next() % 300), random: &random)
        var text = whole
        var opcode = Opcode.text
        while text.readableBytes > 0 {
            let length = min(text.readableBytes, Int(random.next() % 100))
            let isLast = length == text.readableBytes
            guard let part = text.readSlice(length: length) else { return }
            link.wire.append(
                first: (isLast ? 0x80 : 0) | opcode.rawValue, part, mask: link.nextMask(),
                means: isLast ? .relay(kind, whole, .text) : .nothing)
            opcode = .continuation
            if !isLast, random.next() % 3 == 0 {
                let payload = ByteBuffer(integer: random.next())
                link.wire.append(first: 0x89, payload, mask: link.nextMask(), means: .ping(payload))
            }
        }
    }

    private func hello(_ link: Link, _ random: inout SplitMix64) {
        // Now and then it claims more than it can know of.
        let seq = random.next() % 8 == 0 ? random.next() % 2_000 : link.lastSeq
        let (name, mailbox) = self.mailboxName(link, &random)
        let asks = name.map { #","mailbox":"\#($0)""# } ?? ""
        let text: String
        switch random.next() % 4 {
        case 0 where seq == 0: text = #"{"type":"hello"\#(asks)}"#
        case 1: text = #"{"sessionId":"x","deliveredUpTo":\#(seq)\#(asks),"type":"HELLO"}"#
        default: text = #"{"type":"hello","deliveredUpTo":\#(seq)\#(asks)}"#
        }
        self.text(link, ByteBuffer(string: text), means: .hello(seq, mailbox: mailbox))
    }

    /// The mailbox that a client says its numbers are of: none, as clients do that do not ask; what it was told; or what it knows from
    /// elsewhere, or from before the server was started again.
    private func mailboxName(_ link: Link, _ random: inout SplitMix64) -> (text: String?, NamedMailbox) {
        let other = self.mailboxes.isEmpty ? nil : self.mailboxes[Int(random.next() % UInt64(self.mailboxes.count))]
        switch random.next() % 8 {
        case 0, 1, 2: return (nil, .unnamed)
        case 3: return ("", .unknown)
        case 4: return (other?.text ?? "an older kind of id", other.map(NamedMailbox.named) ?? .unknown)
        default:
            let known = link.room.mailboxID
            return (known?.text ?? "", known.map(NamedMailbox.named) ?? .unknown)
        }
    }

    private func send(_ link: Link, _ random: inout SplitMix64) {
        link.itemsSent += 1
        let payload = ClientText.item(
            link: link.id.rawValue, number: link.itemsSent, size: min(Self.size(&random), self.profile.maxMessage / 2), random: &random)
        let side: Side = random.next() % 8 == 0 ? link.side : link.side.other
        let ref = self.ref(link, &random)
        let member = ref.map { #""ref":\#($0),"# } ?? ""
        let name = random.next() % 2 == 0 ? side.name : side.name.lowercased()
        let before = #"{"type":"send",\#(member)"to":"\#(name)","payload":"#
        var text = ByteBuffer(string: random.next() % 4 == 0 ? #"{"payload":"# : before)
        let isLast = text.readableBytes == before.utf8.count
        text.writeString(" ")
        text.writeImmutableBuffer(payload)
        text.writeString(isLast ? " }" : #","type":"send",\#(member)"to":"\#(name)"}"#)
        self.text(link, text, means: .send(side, payload, ref: ref))
    }

    /// Some clients number what they send, and send again what they had, or may have had, no response for.
    private func ref(_ link: Link, _ random: inout SplitMix64) -> UInt64? {
        let sender = Sender(room: link.room.id, side: link.side, sid: link.sid)
        let last = self.sentRefs[sender, default: 0]
        switch random.next() % 8 {
        case 0, 1, 2: return nil
        case 3: return max(1, last)
        // Often the one before the last, which may have been refused where the last was stored.
        case 4: return last > 1 && last.isMultiple(of: 2) ? last - 1 : 1 + last / 2
        default:
            self.sentRefs[sender] = last + 1
            return last + 1
        }
    }

    private func acknowledge(_ link: Link, _ random: inout SplitMix64) {
        let seq = random.next() % 8 == 0 ? random.next() % 100 : random.next() % 4 == 0 ? link.lastSeq / 2 : link.lastSeq
        let field = random.next() % 2 == 0 ? "seq" : "upTo"
        self.text(link, ByteBuffer(string: #"{"type":"delivered","\#(field)":\#(seq)}"#), means: .acknowledge(seq))
    }

    /// What no good client sends.
    private func lie(_ link: Link, _ random: inout SplitMix64) {
        let mask = link.nextMask()
        func refused(_ text: String, _ code: ErrorCode, ref: UInt64? = nil) {
            self.text(link, ByteBuffer(string: text), means: .refused(code, ref: ref))
        }
        switch random.next() % 25 {
        case 0: refused("{", .invalidJSON)
        case 1: refused("{}", .missingType)
        case 2: refused(#"{"type":"shout"}"#, .unknownType)
        case 3: refused(#"{"type":"hello","deliveredUpTo":-1}"#, .invalidField)
        case 4: refused(#"{"type":"send","to":"C","payload":1}"#, .invalidField)
        case 5: refused(#"{"type":"send","to":"A"}"#, .invalidField)
        case 6: refused(#"{"type":"delivered"}"#, .invalidField)
        case 7: refused("\u{FEFF}{\"type\":\"ice\"}", .invalidJSON)
        case 8:
            refused(#"{"type":"ice","x":"# + String(repeating: "[", count: 200) + String(repeating: "]", count: 200) + "}", .invalidJSON)
        case 9: self.text(link, ByteBuffer(string: #"{"type":"telemetry","event":"rain"}"#), means: .refusedTelemetry)
        case 10:
            let text = ByteBuffer(bytes: Array(#"{"type":"ice","x":""#.utf8) + [0xFF, 0x22, 0x7D])
            link.wire.append(first: 0x82, text, mask: mask, means: .refused(.invalidJSON))
        case 11: link.wire.append(first: 0x8A, ByteBuffer(bytes: random.bytes(8)), mask: mask, means: .nothing)
        case 12: link.wire.append(first: 0x81, ByteBuffer(bytes: Array("{".utf8) + [0xFF]), mask: mask, means: .violation(.invalidPayload))
        case 13: link.wire.append(raw: [0x81, 0x02], means: .violation(.protocolError))
        case 14: link.wire.append(raw: [0xC1, 0x80], means: .violation(.protocolError))
        case 15: link.wire.append(raw: [0x83, 0x80], means: .violation(.protocolError))
        case 16: link.wire.append(raw: [0x80, 0x80], means: .violation(.protocolError))
        case 17: link.wire.append(raw: [0x09, 0x80], means: .violation(.protocolError))
        case 18: link.wire.append(raw: [0x89, 0xFE], means: .violation(.protocolError))
        case 19: link.wire.append(raw: [0x81, 0xFF, 0, 0, 0, 0, 0x10, 0, 0, 0], means: .violation(.messageTooBig))
        case 20: refused(#"{"type":"send","to":"A","payload":1,"ref":9007199254740992}"#, .invalidField)
        case 21: refused(#"{"type":"send","to":"C","payload":1,"ref":9007199254740991}"#, .invalidField, ref: 9_007_199_254_740_991)
        case 22: refused(#"{"type":"hello","mailbox":0}"#, .invalidField)
        case 23: link.wire.append(first: 0x88, ByteBuffer(bytes: [0x03, 0xED]), mask: mask, means: .violation(.protocolError))
        default: link.wire.append(first: 0x88, ByteBuffer(bytes: [0x03]), mask: mask, means: .violation(.protocolError))
        }
    }
}
