/// Walks the elements of a JSON array, and checks its whole text on the way.
package enum JSONArray {
    /// The elements in their order; nil if the text is no JSON array, or has more of them than that. The text must be UTF-8.
    package static func elements(of text: Span<UInt8>, atMost limit: Int = .max) -> [Envelope.Field]? {
        var at = 0
        JSONText.skipWhitespace(text, &at)
        guard at < text.count, text[at] == UInt8(ascii: "[") else { return nil }
        at += 1
        JSONText.skipWhitespace(text, &at)
        var elements: [Envelope.Field] = []
        if at < text.count, text[at] == UInt8(ascii: "]") {
            at += 1
        } else {
            guard self.walk(text, &at, into: &elements, atMost: limit) else { return nil }
        }
        JSONText.skipWhitespace(text, &at)
        return at == text.count ? elements : nil
    }

    private static func walk(_ text: Span<UInt8>, _ at: inout Int, into elements: inout [Envelope.Field], atMost limit: Int) -> Bool {
        while true {
            let start = at
            guard elements.count < limit, JSONText.skipValue(text, &at, depth: 1) else { return false }
            elements.append(Envelope.Field(of: text, start..<at))
            switch JSONText.skipSeparator(text, &at, closing: UInt8(ascii: "]")) {
            case .more: continue
            case .end: return true
            case .malformed: return false
            }
        }
    }

    /// In a text that is known to be well-formed: calls this for the first few elements of a field's value, if that is an array.
    static func forEachElement(of text: Span<UInt8>, _ field: Envelope.Field, most: Int, _ body: (Envelope.Field) -> Void) {
        guard field.form == .other, text[field.range.lowerBound] == UInt8(ascii: "[") else { return }
        var at = field.range.lowerBound + 1
        JSONText.skipWhitespace(text, &at)
        if text[at] == UInt8(ascii: "]") { return }
        for _ in 0..<most {
            let start = at
            guard JSONText.skipValue(text, &at, depth: 1) else { return }
            body(Envelope.Field(of: text, start..<at))
            guard JSONText.skipSeparator(text, &at, closing: UInt8(ascii: "]")) == .more else { return }
        }
    }
}
