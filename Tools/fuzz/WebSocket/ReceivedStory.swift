import SignalingTestKit
import SignalingWire
import WebSocketCore

/// What one connection was told, checked as far as it can be without knowing what was sent.
struct ReceivedStory {
    private(set) var relayed: [ClientStream.Message] = []
    /// Mailbox items: their number, and their payload as it stands.
    private(set) var items: [(seq: UInt64, payload: [UInt8])] = []
    private(set) var refusals: [String] = []
    private(set) var pings: [[UInt8]] = []
    private(set) var pongs: [[UInt8]] = []
    private(set) var close: UInt16?
    private var mailbox: MailboxID?
    private var isPeerPresent = false
    private var isGoingAway = false

    init(_ frames: [ReceivedFrame], usesSID: Bool) throws {
        for frame in frames {
            try expect(self.close == nil, "after its close frame the server sent \(frame)")
            switch frame.opcode {
            case .text, .binary: try self.readMessage(frame, usesSID: usesSID)
            case .ping: self.pings.append(frame.payload)
            case .pong: self.pongs.append(frame.payload)
            case .close: try self.readClose(frame)
            case .continuation: throw Finding("the server sent a fragment")
            }
            if frame.opcode.rawValue >= 8 { try expect(frame.payload.count <= 125, "a control frame of \(frame.payload.count) bytes") }
        }
    }

    private mutating func readMessage(_ frame: ReceivedFrame, usesSID: Bool) throws {
        guard String(validating: frame.payload, as: UTF8.self) != nil, let envelope = try? EnvelopeScanner.scan(frame.payload.span) else {
            throw Finding("the server sent what is no JSON object with a type: \(frame)")
        }
        if envelope.kind.isRelayed {
            try expect(self.isPeerPresent, "a frame of the other side came while it was not there: \(frame)")
            self.relayed.append(.init(opcode: frame.opcode, payload: frame.payload))
            return
        }
        try expect(frame.opcode == .text, "the server's own frame is binary: \(frame)")
        // The server writes its frames in one way, so a little text is enough to tell them apart.
        let text = frame.text
        if frame == .roomFull {
            try expect(!self.isPeerPresent, "room_full a second time, with no peer_left between")
            self.isPeerPresent = true
        } else if frame == .peerLeft {
            try expect(self.isPeerPresent, "peer_left, and nobody was there")
            self.isPeerPresent = false
        } else if text.hasPrefix(#"{"type":"error","code":""#) {
            // Neither code nor message holds quotes or escapes.
            let parts = frame.payload.split(separator: UInt8(ascii: "\"")).map { String(decoding: $0, as: UTF8.self) }
            let hasRef = parts.count == 15 && parts[12...13] == [",", "ref"] && envelope[.ref].ref(in: frame.payload.span) != .invalid
            let isError =
                (parts.count == 13 || hasRef) && parts[8...10] == [",", "message", ":"] && !frame.payload.contains(UInt8(ascii: "\\"))
            guard isError, ErrorCode(rawValue: parts[7]) != nil else {
                throw Finding("an error frame that the contract does not have: \(frame)")
            }
            self.refusals.append(parts[7])
        } else if text.hasPrefix(#"{"type":"going_away","reconnectAfterMs":"#) {
            try expect(!self.isGoingAway, "going_away twice")
            self.isGoingAway = true
        } else if text.hasPrefix(#"{"type":"mailbox","#) {
            try self.readMailbox(frame, envelope)
        } else if text.hasPrefix(#"{"type":"diagnosis","cause":""#) {
            try self.checkDiagnosis(frame)
        } else if text.hasPrefix(#"{"type":"accepted","#) {
            guard case .value(let ref) = envelope[.ref].ref(in: frame.payload.span), text == #"{"type":"accepted","ref":\#(ref)}"# else {
                throw Finding("a frame that the contract does not have: \(frame)")
            }
        } else {
            try self.readItem(frame, envelope, usesSID: usesSID)
        }
    }

    private func checkDiagnosis(_ frame: ReceivedFrame) throws {
        // No member holds quotes or escapes.
        let parts = frame.payload.split(separator: UInt8(ascii: "\"")).map { String(decoding: $0, as: UTF8.self) }
        let hasHint = parts.count == 21 && parts[17] == "hint" && Diagnosis.Hint.allCases.contains { $0.name == parts[19] }
        let isDiagnosis =
            (parts.count == 17 || hasHint) && !frame.payload.contains(UInt8(ascii: "\\"))
            && Diagnosis.Cause.allCases.contains { $0.name == parts[7] } && parts[9] == "side"
            && Diagnosis.Place.allCases.contains { $0.name == parts[11] } && parts[13] == "advice"
        try expect(isDiagnosis, "a diagnosis that the contract does not have: \(frame)")
    }

    private mutating func readMailbox(_ frame: ReceivedFrame, _ envelope: Envelope) throws {
        guard case .value(let seq) = envelope[.deliveredUpTo].count(in: frame.payload.span), let id = frame.mailboxID,
            frame.text == #"{"type":"mailbox","id":"\#(id.text)","deliveredUpTo":\#(seq)}"#
        else { throw Finding("a frame that the contract does not have: \(frame)") }
        try expect(self.mailbox == nil || self.mailbox == id, "a room's mailbox has become another")
        self.mailbox = id
    }

    private mutating func readItem(_ frame: ReceivedFrame, _ envelope: Envelope, usesSID: Bool) throws {
        let head = usesSID ? #"{"type":"deliver","seq":"# : #"{"type":"send","seq":"#
        guard frame.payload.starts(with: head.utf8), case .value(let seq) = envelope[.seq].count(in: frame.payload.span) else {
            throw Finding("a frame that the contract does not have: \(frame)")
        }
        try expect(seq > self.items.last?.seq ?? 0, "item \(seq) came after item \(self.items.last?.seq ?? 0)")
        let whole = Array(head.utf8) + Array("\(seq),\"payload\":".utf8)
        let payload = Array(frame.payload.dropFirst(whole.count).dropLast())
        try expect(frame.payload == whole + payload + [UInt8(ascii: "}")], "a frame that the contract does not have: \(frame)")
        self.items.append((seq, payload))
    }

    private mutating func readClose(_ frame: ReceivedFrame) throws {
        guard !frame.payload.isEmpty else {
            self.close = 1005
            return
        }
        try expect(frame.payload.count >= 2, "a close frame of one byte")
        let code = UInt16(frame.payload[0]) << 8 | UInt16(frame.payload[1])
        try expect(WebSocketFrame.isValidOnTheWire(code), "close code \(code)")
        try expect(String(validating: frame.payload.dropFirst(2), as: UTF8.self) != nil, "a close reason that is not UTF-8")
        self.close = code
    }
}

extension ReceivedFrame {
    private static let mailboxHead = Array(#"{"type":"mailbox","id":""#.utf8)

    /// The id in a `mailbox` frame.
    var mailboxID: MailboxID? {
        guard self.payload.starts(with: Self.mailboxHead) else { return nil }
        return MailboxID(self.payload.dropFirst(Self.mailboxHead.count).prefix(16))
    }

    /// The frame with an id that every room could have.
    var withoutMailboxID: ReceivedFrame {
        guard let id = self.mailboxID else { return self }
        return .text(self.text.replacing(id.text, with: MailboxID(0).text))
    }
}
