/// Reads a frame's `type` and proves that all of it is well-formed JSON, in one pass and without building a tree: on the relay path
/// this is all the JSON there is.
///
/// Of a repeated key the last counts, as in `JSON.parse`; keys may be spelled with escapes; the value of `type` is compared without
/// regard to ASCII case. The bytes must already be known to be UTF-8.
package enum EnvelopeScanner {
    package static func scan(_ text: Span<UInt8>) throws(EnvelopeRefusal) -> Envelope {
        var envelope = Envelope()
        var type = Envelope.Field()
        do throws(JSONObject.Refusal) {
            try JSONObject.scan(text) { key, field in
                switch self.member(key, of: text) {
                case nil: break
                case .type: type = field
                case .to: envelope.to = field
                case .payload: envelope.payload = field
                case .seq: envelope.seq = field
                case .upTo: envelope.upTo = field
                case .deliveredUpTo: envelope.deliveredUpTo = field
                case .event: envelope.event = field
                case .mode: envelope.mode = field
                case .reason: envelope.reason = field
                }
            }
        } catch {
            throw error == .invalid ? .invalidJSON : .notAnObject
        }
        switch type.form {
        case .absent: throw .missingType
        case .string: break
        case .number, .null, .other: throw .typeNotAString
        }
        envelope.kind = self.kind(type, of: text)
        return envelope
    }

    private enum Member { case type, to, payload, seq, upTo, deliveredUpTo, event, mode, reason }

    private static func member(_ key: JSONObject.Key, of text: Span<UInt8>) -> Member? {
        func isKey(_ word: StaticString) -> Bool { key.isWord(word, in: text) }
        if key.isEscaped {
            // Rare, so tried one after the other; an escaped key's length says nothing.
            if isKey("type") { return .type }
            if isKey("to") { return .to }
            if isKey("payload") { return .payload }
            if isKey("seq") { return .seq }
            if isKey("upTo") { return .upTo }
            if isKey("deliveredUpTo") { return .deliveredUpTo }
            if isKey("event") { return .event }
            if isKey("mode") { return .mode }
            return isKey("reason") ? .reason : nil
        }
        switch key.content.count {
        case 2: return isKey("to") ? .to : nil
        case 3: return isKey("seq") ? .seq : nil
        case 4:
            if isKey("type") { return .type }
            if isKey("upTo") { return .upTo }
            return isKey("mode") ? .mode : nil
        case 5: return isKey("event") ? .event : nil
        case 6: return isKey("reason") ? .reason : nil
        case 7: return isKey("payload") ? .payload : nil
        case 13: return isKey("deliveredUpTo") ? .deliveredUpTo : nil
        default: return nil
        }
    }

    private static func kind(_ type: Envelope.Field, of text: Span<UInt8>) -> FrameKind {
        func isKind(_ word: StaticString) -> Bool { type.isWord(word, in: text) }
        // The most frequent first.
        if isKind("ice") { return .ice }
        if isKind("offer") { return .offer }
        if isKind("answer") { return .answer }
        if isKind("send") { return .send }
        if isKind("delivered") { return .delivered }
        if isKind("telemetry") { return .telemetry }
        if isKind("hello") { return .hello }
        return isKind("sender_ready") ? .senderReady : .unknown
    }
}
