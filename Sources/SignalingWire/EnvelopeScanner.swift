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
                case .ref: envelope.ref = field
                case .deliveredUpTo: envelope.deliveredUpTo = field
                case .mailbox: envelope.mailbox = field
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

    private enum Member { case type, to, payload, seq, upTo, ref, deliveredUpTo, mailbox, event, mode, reason }

    private static func member(_ key: JSONObject.Key, of text: Span<UInt8>) -> Member? {
        func isKey(_ word: StaticString) -> Bool { key.isWord(word, in: text) }
        if key.isEscaped {
            // Rare, so tried one after the other; an escaped key's length says nothing.
            if isKey("type") { return .type }
            if isKey("to") { return .to }
            if isKey("payload") { return .payload }
            if isKey("seq") { return .seq }
            if isKey("upTo") { return .upTo }
            if isKey("ref") { return .ref }
            if isKey("deliveredUpTo") { return .deliveredUpTo }
            if isKey("mailbox") { return .mailbox }
            if isKey("event") { return .event }
            if isKey("mode") { return .mode }
            return isKey("reason") ? .reason : nil
        }
        guard let word = ShortWord(key.content, of: text) else { return isKey("deliveredUpTo") ? .deliveredUpTo : nil }
        if word == ShortWord("type") { return .type }
        if word == ShortWord("to") { return .to }
        if word == ShortWord("payload") { return .payload }
        if word == ShortWord("seq") { return .seq }
        if word == ShortWord("upTo") { return .upTo }
        if word == ShortWord("event") { return .event }
        if word == ShortWord("ref") { return .ref }
        if word == ShortWord("mailbox") { return .mailbox }
        if word == ShortWord("mode") { return .mode }
        return word == ShortWord("reason") ? .reason : nil
    }

    private static func kind(_ type: Envelope.Field, of text: Span<UInt8>) -> FrameKind {
        // The most frequent first, and as they are mostly spelled.
        if let word = ShortWord(type.content, of: text, lowered: true) {
            if word == ShortWord("ice") { return .ice }
            if word == ShortWord("offer") { return .offer }
            if word == ShortWord("answer") { return .answer }
            if word == ShortWord("send") { return .send }
        }
        func isKind(_ word: StaticString) -> Bool { type.isWord(word, in: text) }
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
