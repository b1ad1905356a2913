import NIOCore
import SignalingCore
import SignalingTestKit
import SignalingWire

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
            let connected = random.next() % 2 == 0
            let event =
                connected ? #"{"type":"telemetry","event":"ice-connected","mode":"direct"}"# : #"{"type":"telemetry","event":"ice-failed"}"#
            self.text(link, ByteBuffer(string: event), means: .telemetry(connected: connected))
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
        let text = ClientText.relay(
            link: link.id.rawValue, number: link.relayed, size: min(size, self.profile.maxMessage - 200), random: &random)
        let opcode: Opcode = random.next() % 8 == 0 ? .binary : .text
        link.wire.append(first: 0x80 | opcode.rawValue, text, mask: link.nextMask(), means: .relay(text, opcode))
    }

    /// A message in parts, with control frames between them.
    private func fragments(_ link: Link, _ random: inout SplitMix64) {
        link.relayed += 1
        var text = ClientText.relay(link: link.id.rawValue, number: link.relayed, size: Int(random.next() % 300), random: &random)
        let whole = text
        var opcode = Opcode.text
        while text.readableBytes > 0 {
            let length = min(text.readableBytes, Int(random.next() % 100))
            let isLast = length == text.readableBytes
            guard let part = text.readSlice(length: length) else { return }
            link.wire.append(
                first: (isLast ? 0x80 : 0) | opcode.rawValue, part, mask: link.nextMask(), means: isLast ? .relay(whole, .text) : .nothing)
            opcode = .continuation
            if !isLast, random.next() % 3 == 0 {
                let payload = ByteBuffer(integer: random.next())
                link.wire.append(first: 0x89, payload, mask: link.nextMask(), means: .ping(payload))
            }
        }
    }

    private func hello(_ link: Link, _ random: inout SplitMix64) {
        switch random.next() % 8 {
        case 0: self.text(link, ByteBuffer(string: #"{"type":"hello"}"#), means: .hello(0))
        case 1:
            // It claims more than it can know of.
            let seq = random.next() % 2_000
            self.text(link, ByteBuffer(string: #"{"type":"hello","deliveredUpTo":\#(seq),"sessionId":"x"}"#), means: .hello(seq))
        default:
            self.text(link, ByteBuffer(string: #"{"type":"hello","deliveredUpTo":\#(link.lastSeq)}"#), means: .hello(link.lastSeq))
        }
    }

    private func send(_ link: Link, _ random: inout SplitMix64) {
        link.itemsSent += 1
        let payload = ClientText.item(
            link: link.id.rawValue, number: link.itemsSent, size: min(Self.size(&random), self.profile.maxMessage / 2), random: &random)
        let side: Side = random.next() % 8 == 0 ? link.side : link.side.other
        let name = random.next() % 2 == 0 ? side.name : side.name.lowercased()
        let before = #"{"type":"send","to":"\#(name)","payload":"#
        var text = ByteBuffer(string: random.next() % 4 == 0 ? #"{"payload":"# : before)
        let isLast = text.readableBytes == before.utf8.count
        text.writeString(" ")
        text.writeImmutableBuffer(payload)
        text.writeString(isLast ? " }" : #","type":"send","to":"\#(name)"}"#)
        self.text(link, text, means: .send(side, payload))
    }

    private func acknowledge(_ link: Link, _ random: inout SplitMix64) {
        let seq = random.next() % 8 == 0 ? random.next() % 100 : random.next() % 4 == 0 ? link.lastSeq / 2 : link.lastSeq
        let field = random.next() % 2 == 0 ? "seq" : "upTo"
        self.text(link, ByteBuffer(string: #"{"type":"delivered","\#(field)":\#(seq)}"#), means: .acknowledge(seq))
    }

    /// What no good client sends.
    private func lie(_ link: Link, _ random: inout SplitMix64) {
        let mask = link.nextMask()
        func refused(_ text: String, _ code: ErrorCode) { self.text(link, ByteBuffer(string: text), means: .refused(code)) }
        switch random.next() % 22 {
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
        case 20: link.wire.append(first: 0x88, ByteBuffer(bytes: [0x03, 0xED]), mask: mask, means: .violation(.protocolError))
        default: link.wire.append(first: 0x88, ByteBuffer(bytes: [0x03]), mask: mask, means: .violation(.protocolError))
        }
    }
}
