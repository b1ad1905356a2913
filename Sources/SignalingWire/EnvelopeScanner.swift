/// Reads a frame's `type` and proves that the whole frame is well-formed JSON, in one pass and without building a tree. The relay path
/// reads no other JSON.
///
/// If a key is repeated, the last one counts, as in `JSON.parse`; keys may contain escapes; the value of `type` is compared without regard
/// to ASCII case. The bytes must already be known to be UTF-8.
package enum EnvelopeScanner {
    package static func scan(_ text: Span<UInt8>) throws(EnvelopeRefusal) -> Envelope {
        var envelope = Envelope()
        var type = Envelope.Field()
        do throws(JSONObject.Refusal) {
            try JSONObject.scan(text) { key, field in
                guard let word = key.word(in: text) else { return }
                if word == "type" {
                    type = field
                } else if let member = Envelope.Member(rawValue: word) {
                    envelope[member] = field
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

    private static func kind(_ type: Envelope.Field, of text: Span<UInt8>) -> FrameKind {
        // First the usual spelling; then escapes and upper case too.
        Word(type.content, of: text).flatMap(FrameKind.init)
            ?? Word(unescaping: type.content, of: text, ignoringCase: true).flatMap(FrameKind.init) ?? .unknown
    }
}
