/// A message of the server.
package enum ReceivedFrame: Sendable, Equatable {
    case relayed(RelayedFrame)
    case paired
    case peerLeft
    case item(RawItem)
    case mailbox(id: String, deliveredUpTo: UInt64)
    case accepted(ref: UInt64)
    case refused(code: String, message: String, ref: UInt64?)
    case diagnosis(Diagnosis)
    case goingAway(reconnectAfterMs: UInt64)

    /// Nil for what this version does not know: it may be a frame of a later version, and is ignored.
    package init?(_ message: [UInt8]) {
        guard let fields = Fields(message), let type = fields.text("type")?.asciiLowercased else { return nil }
        switch type {
        case _ where RelayedFrame.types.contains(type):
            self = .relayed(RelayedFrame(type: type, json: message))
        case "room_full":
            self = .paired
        case "peer_left":
            self = .peerLeft
        case "send", "deliver":
            guard let seq = fields.count("seq"), let payload = fields["payload"] else { return nil }
            self = .item(RawItem(seq: seq, json: Array(payload)))
        case "mailbox":
            guard let id = fields.text("id"), let upTo = fields.count("deliveredUpTo"), id.utf8.count <= Self.longestMailboxID,
                id.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) })
            else {
                return nil
            }
            self = .mailbox(id: id, deliveredUpTo: upTo)
        case "accepted":
            guard let ref = fields.count("ref") else { return nil }
            self = .accepted(ref: ref)
        case "error":
            guard let code = fields.text("code") else { return nil }
            self = .refused(code: code, message: fields.text("message") ?? "", ref: fields.count("ref"))
        case "diagnosis":
            guard let cause = fields.text("cause") else { return nil }
            let side = fields.text("side").flatMap { ["A", "B", "both"].contains($0) ? $0 : nil }
            self = .diagnosis(Diagnosis(cause: cause, side: side, hint: fields.text("hint"), advice: fields.text("advice")))
        case "going_away":
            guard let after = fields.count("reconnectAfterMs") else { return nil }
            self = .goingAway(reconnectAfterMs: after)
        default:
            return nil
        }
    }

    /// As long as what the server takes in `hello`.
    private static let longestMailboxID = 64
}

/// The members of a frame that mean something.
private struct Fields {
    private let message: [UInt8]
    private let places: [String: Range<Int>]

    private static let names: Set<String> = [
        "type", "seq", "payload", "id", "deliveredUpTo", "ref", "code", "message", "cause", "side", "hint", "advice", "reconnectAfterMs",
    ]

    init?(_ message: [UInt8]) {
        guard let places = JSONScanner.members(message, Self.names) else { return nil }
        self.message = message
        self.places = places
    }

    subscript(name: String) -> ArraySlice<UInt8>? { self.places[name].map { self.message[$0] } }

    func text(_ name: String) -> String? {
        guard let literal = self[name], literal.first == UInt8(ascii: "\"") else { return nil }
        return JSONText.string(literal)
    }

    func count(_ name: String) -> UInt64? { self[name].flatMap(JSONText.count) }
}
