/// Reads the values of a frame's fields, once its kind has shown which of them count.
extension Envelope.Field {
    /// A whole number from 0 up. One that is too large for UInt64 becomes the largest, which is past the end of any mailbox.
    package enum Count: Equatable { case absent, invalid, value(UInt64) }

    /// A sequence number. JSON's `null` counts as absent. `5.0` and `5e0` are refused: no client writes a count that way.
    package func count(in text: Span<UInt8>) -> Count {
        switch self.form {
        case .absent, .null: return .absent
        case .string, .other: return .invalid
        case .number: break
        }
        var value: UInt64 = 0
        for index in self.range {
            let digit = text[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return .invalid }
            // Saturates: any number past the end of the mailbox means its end.
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            value = overflow || carry ? .max : sum
            if value == .max { return .value(.max) }
        }
        return .value(value)
    }

    /// The largest `ref`: up to here, JavaScript represents every whole number exactly.
    package static let largestRef: UInt64 = 1 << 53 - 1

    /// A `ref`: a count from 1 to `largestRef`.
    package func ref(in text: Span<UInt8>) -> Count {
        let count = self.count(in: text)
        if case .value(let ref) = count, ref == 0 || ref > Self.largestRef { return .invalid }
        return count
    }

    /// The longest text that is accepted as a mailbox's id; this server's own ids have 16 characters.
    private static let longestMailbox = 64

    /// Which mailbox a hello names; nil if the value is not a string, or could not be an id.
    package func mailbox(in text: Span<UInt8>) -> NamedMailbox? {
        switch self.form {
        case .absent, .null: return .unnamed
        case .number, .other: return nil
        case .string: break
        }
        guard let characters = self.characters(in: text, atMost: Self.longestMailbox) else { return nil }
        return MailboxID(characters).map(NamedMailbox.named) ?? .unknown
    }

    /// Whether the value is this ASCII word as a string, in any case.
    package func isWord(_ word: StaticString, in text: Span<UInt8>) -> Bool {
        guard self.form == .string else { return false }
        let content = self.content
        // A string without escapes that equals the word is as long as the word; a longer one can equal it only with escapes.
        return JSONText.content(content, escaped: content.count > word.utf8CodeUnitCount, of: text, equals: word, ignoringCase: true)
    }

    /// A string's characters with escapes decoded; nil if it is not a string, has more than `limit` characters, or has one outside ASCII.
    package func characters(in text: Span<UInt8>, atMost limit: Int) -> [UInt8]? {
        guard self.form == .string else { return nil }
        var characters: [UInt8] = []
        var index = self.range.lowerBound + 1
        while index < self.range.upperBound - 1 {
            guard characters.count < limit, let character = JSONText.asciiCharacter(text, &index) else { return nil }
            characters.append(character)
        }
        return characters
    }

    /// The side that a `to` names, in either case.
    package func side(in text: Span<UInt8>) -> Side? {
        if self.isWord("a", in: text) { return .a }
        return self.isWord("b", in: text) ? .b : nil
    }
}
