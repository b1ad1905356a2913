/// How a frame's fields read once its kind says which of them count.
extension Envelope.Field {
    /// A whole number from 0 up; one too large for UInt64 reads as the largest, which is past the end of any mailbox.
    package enum Count: Equatable { case absent, invalid, value(UInt64) }

    /// A sequence number. JSON's `null` reads as absent, and `5.0` or `5e0` are refused: no client writes a count that way.
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
            // Saturates: a number past the end of the mailbox means its end, however large it is.
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            value = overflow || carry ? .max : sum
            if value == .max { return .value(.max) }
        }
        return .value(value)
    }

    /// The largest `ref`: up to here every number of JavaScript's is exact.
    package static let largestRef: UInt64 = 1 << 53 - 1

    /// A `ref`: like a count, from 1 to `largestRef`.
    package func ref(in text: Span<UInt8>) -> Count {
        let count = self.count(in: text)
        if case .value(let ref) = count, ref == 0 || ref > Self.largestRef { return .invalid }
        return count
    }

    /// The longest text that may stand for a mailbox's id: one of this server's has 16 characters.
    private static let longestMailbox = 64

    /// Which mailbox a hello names; nil where the value is no string, or none that could be an id.
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
        // A string without escapes is as long as the word, or it is another one.
        return JSONText.content(content, escaped: content.count > word.utf8CodeUnitCount, of: text, equals: word, ignoringCase: true)
    }

    /// A string's characters, escapes undone: nil where it is no string, has more than `limit`, or one that is not ASCII.
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

    /// The side a `to` names, in either case.
    package func side(in text: Span<UInt8>) -> Side? {
        if self.isWord("a", in: text) { return .a }
        return self.isWord("b", in: text) ? .b : nil
    }
}
