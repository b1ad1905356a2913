import ByteScan
import SignalingTestKit
import SignalingWire

extension FuzzTarget {
    static let envelope = FuzzTarget(
        name: "envelope", summary: "the envelope scanner against Foundation's JSON parser and a plain one",
        maxLength: 2048, briefRuns: 100_000,
        makeCheck: { EnvelopeCheck.check })
}

/// The scanner accepts what RFC 8259 accepts, and reads the same out of it as Foundation does; `FoundationJSON` lists where those two
/// part ways.
enum EnvelopeCheck {
    /// The plain parser recurses, so it is not asked about what would take its stack.
    private static let deepestForPlainParser = 600

    static func check(_ input: [UInt8]) throws {
        let ours = self.scan(input)
        try self.checkUTF8(input)
        let shape = DocumentShape(input)
        if shape.deepest <= self.deepestForPlainParser { try self.compareWithPlainParser(input, shape, ours) }
        try self.compareWithFoundation(input, ours)
    }

    /// As the handler does it: bytes that are no UTF-8 are not shown to the scanner.
    private static func scan(_ text: [UInt8]) -> Result<Envelope, EnvelopeRefusal> {
        var validator = UTF8Validator()
        guard validator.consume(text.span), validator.isAtBoundary else { return .failure(.invalidJSON) }
        return Result { () throws(EnvelopeRefusal) in try EnvelopeScanner.scan(text.span) }
    }

    // MARK: - UTF-8

    private static func checkUTF8(_ input: [UInt8]) throws {
        var whole = UTF8Validator()
        let isUTF8 = whole.consume(input.span) && whole.isAtBoundary
        try expect(isUTF8 == (String(validating: input, as: UTF8.self) != nil), "UTF-8: \(isUTF8) and the standard library says otherwise")
        let cut = input.isEmpty ? 0 : Int(input[0]) % input.count
        var parts = UTF8Validator()
        let isUTF8InParts = parts.consume(Array(input[..<cut]).span) && parts.consume(Array(input[cut...]).span) && parts.isAtBoundary
        try expect(isUTF8InParts == isUTF8, "UTF-8: \(isUTF8) at once, \(isUTF8InParts) cut at \(cut)")
    }

    // MARK: - Against the grammar

    private static func compareWithPlainParser(
        _ input: [UInt8], _ shape: DocumentShape, _ ours: Result<Envelope, EnvelopeRefusal>
    ) throws {
        let isText = String(validating: input, as: UTF8.self) != nil
        let plain = isText && shape.deepest <= 128 ? PlainJSON(input) : nil
        switch ours {
        case .failure(.invalidJSON):
            try expect(plain == nil, "refused, though it is JSON")
        case .failure(.notAnObject):
            try expect(plain != nil && plain?.members == nil, "taken for JSON that is no object")
        case .failure(.missingType):
            try expect(plain?.members != nil && plain?["type"] == nil, "taken for an object without a type")
        case .failure(.typeNotAString):
            try expect(plain?["type"] != nil && plain?["type"]?.text == nil, "its type is taken for no string")
        case .success(let envelope):
            guard let plain, let type = plain["type"]?.text else { throw Finding("accepted, though it is no JSON object with a type") }
            try expect(envelope.kind == self.kind(type), "its type is \(type), not \(envelope.kind)")
            try TelemetryCheck.check(envelope, input, plain)
        }
    }

    // MARK: - Against Foundation

    private static func compareWithFoundation(_ input: [UInt8], _ ours: Result<Envelope, EnvelopeRefusal>) throws {
        let (theirs, text) = FoundationJSON.readByContract(input)
        let oursOfText = text == input ? ours : self.scan(text)
        try expect(self.outcome(ours) == self.outcome(oursOfText), "\(self.outcome(ours)), and otherwise with \(shown(text))")
        switch (oursOfText, theirs) {
        case (.failure(.invalidJSON), .invalid), (.failure(.notAnObject), .notAnObject): break
        case (.failure(.invalidJSON), _): throw Finding("refused, though Foundation reads it")
        case (_, .invalid): throw Finding("accepted, though Foundation refuses it")
        case (.failure(.missingType), .object(let members)):
            try expect(members["type"] == nil, "its type is not found")
        case (.failure(.typeNotAString), .object(let members)):
            try expect(members["type"].map { !($0 is String) } ?? false, "its type is taken for no string")
        case (.success(let envelope), .object(let members)):
            try FieldComparison(text: text, members: members).check(envelope)
        case (_, .object), (_, .notAnObject): throw Finding("it is an object to one and none to the other")
        }
    }

    private static func outcome(_ result: Result<Envelope, EnvelopeRefusal>) -> String {
        switch result {
        case .success(let envelope): envelope.kind.name
        case .failure(let refusal): "\(refusal)"
        }
    }

    /// What a `type` says, its case set aside as ASCII has it.
    static func kind(_ type: String) -> FrameKind {
        let folded = String(decoding: type.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
        // Compared by bytes: as Strings, canonically equivalent texts are equal.
        return FrameKind.allCases.first { $0 != .unknown && Array($0.name.utf8) == Array(folded.utf8) } ?? .unknown
    }
}
