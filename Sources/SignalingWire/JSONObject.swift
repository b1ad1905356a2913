/// Walks the members of a JSON object, and checks its whole text on the way.
package enum JSONObject {
    /// Why a text is not a JSON object.
    package enum Refusal: Error, Equatable { case invalid, notAnObject }

    /// A member's key: the text between its quotes, as spelled.
    struct Key {
        let content: Range<Int>
        let isEscaped: Bool

        func isWord(_ word: StaticString, in text: Span<UInt8>) -> Bool {
            JSONText.content(self.content, escaped: self.isEscaped, of: text, equals: word, ignoringCase: false)
        }

        /// Nil if it is no word.
        @inline(__always)
        func word(in text: Span<UInt8>) -> Word? {
            self.isEscaped ? Word(unescaping: self.content, of: text, ignoringCase: false) : Word(self.content, of: text)
        }
    }

    /// The value of one member; if its key is repeated, the last value, as in `JSON.parse`. The text must be UTF-8.
    package static func member(_ name: StaticString, of text: Span<UInt8>) throws(Refusal) -> Envelope.Field {
        var found = Envelope.Field()
        try self.scan(text) { key, field in
            if key.isWord(name, in: text) { found = field }
        }
        return found
    }

    /// The value of one member that must not be repeated: absent if it is missing, nil if it is there twice.
    package static func soleMember(_ name: StaticString, of text: Span<UInt8>) throws(Refusal) -> Envelope.Field? {
        var (found, count) = (Envelope.Field(), 0)
        try self.scan(text) { key, field in
            guard key.isWord(name, in: text) else { return }
            found = field
            count += 1
        }
        return count > 1 ? nil : found
    }

    /// Calls this for each member whose key is a word, in a text that is known to be a well-formed object.
    static func forEachMember(of text: Span<UInt8>, _ body: (Word, Envelope.Field) -> Void) {
        try? self.scan(text) { key, field in
            if let word = key.word(in: text) { body(word, field) }
        }
    }

    /// Whether there is nothing but JSON's white space.
    package static func isBlank(_ text: Span<UInt8>) -> Bool {
        var at = 0
        return self.isEnd(text, &at)
    }

    @inline(__always)
    static func scan(_ text: Span<UInt8>, _ member: (Key, Envelope.Field) -> Void) throws(Refusal) {
        var at = 0
        JSONText.skipWhitespace(text, &at)
        guard at < text.count else { throw .invalid }
        guard text[at] == UInt8(ascii: "{") else {
            guard JSONText.skipValue(text, &at, depth: 0), self.isEnd(text, &at) else { throw .invalid }
            throw .notAnObject
        }
        at += 1
        JSONText.skipWhitespace(text, &at)
        if at < text.count, text[at] == UInt8(ascii: "}") {
            at += 1
        } else {
            try self.scanMembers(text, &at, member)
        }
        guard self.isEnd(text, &at) else { throw .invalid }
    }

    @inline(__always)
    private static func scanMembers(_ text: Span<UInt8>, _ at: inout Int, _ member: (Key, Envelope.Field) -> Void) throws(Refusal) {
        while true {
            guard at < text.count, text[at] == UInt8(ascii: "\""), let key = JSONText.skipString(text, &at), JSONText.skipColon(text, &at)
            else { throw .invalid }
            let start = at
            guard JSONText.skipValue(text, &at, depth: 1) else { throw .invalid }
            member(Key(content: key.content, isEscaped: key.escaped), Envelope.Field(of: text, start..<at))
            switch JSONText.skipSeparator(text, &at, closing: UInt8(ascii: "}")) {
            case .more: continue
            case .end: return
            case .malformed: throw .invalid
            }
        }
    }

    static func isEnd(_ text: Span<UInt8>, _ at: inout Int) -> Bool {
        JSONText.skipWhitespace(text, &at)
        return at == text.count
    }
}
