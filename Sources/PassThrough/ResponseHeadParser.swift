import HTTPServer

/// Reads a response's head (RFC 9112) as strictly as the server reads requests. When more bytes have arrived it continues where it stopped,
/// so the result does not depend on where the input was cut.
struct ResponseHeadParser {
    private enum State { case statusLine, lineFeed, fields }

    private var state = State.statusLine
    private var parser = FieldParser()

    /// Bytes that were looked at; once the head is complete, its length.
    private(set) var position = 0
    private(set) var status = 0
    private(set) var contentLength = ContentLength()
    private(set) var hasTransferCoding = false
    /// Fields that mean something to whoever the response is passed on to, by their names and values; a repetition of one counts for nothing.
    private(set) var noted: [(field: PassedField, value: Range<Int>)] = []

    enum PassedField: CaseIterable {
        case contentType, retryAfter, upgrade, webSocketVersion

        var name: StaticString {
            switch self {
            case .contentType: "content-type"
            case .retryAfter: "retry-after"
            case .upgrade: "upgrade"
            case .webSocketVersion: "sec-websocket-version"
            }
        }
    }

    private static let version: StaticString = "HTTP/1.1 "
    private static let statusEnd = 12

    /// True once the head is complete. `input` begins with the bytes of the call before, and is looked at up to `most` bytes.
    mutating func parse(_ input: Span<UInt8>, most: Int) throws(ResponseFault) -> Bool {
        let isCut = input.count > most
        if try self.parse(isCut ? input.extracting(first: most) : input) { return true }
        guard !isCut else { throw .headTooLong }
        return false
    }

    private mutating func parse(_ input: Span<UInt8>) throws(ResponseFault) -> Bool {
        while self.position < input.count {
            switch self.state {
            case .statusLine: try self.takeStatusLine(input[self.position])
            case .lineFeed:
                guard input[self.position] == Byte.lineFeed else { throw .statusLine }
                self.position += 1
                self.state = .fields
            case .fields:
                switch try self.nextField(input) {
                case .needsMore: return false
                case .field: self.note(self.parser.name, self.parser.value, in: input)
                case .end: return true
                }
            }
        }
        return false
    }

    private mutating func takeStatusLine(_ byte: UInt8) throws(ResponseFault) {
        switch self.position {
        case 0..<Self.version.utf8CodeUnitCount:
            // The literal is ASCII, hence pointer-backed, and the position is below its length.
            guard byte == Self.version.utf8Start[self.position] else { throw .statusLine }
        case Self.version.utf8CodeUnitCount..<Self.statusEnd:
            guard Byte.isDigit(byte) else { throw .statusLine }
            self.status = self.status * 10 + Int(byte - UInt8(ascii: "0"))
        case Self.statusEnd:
            guard byte == UInt8(ascii: " "), (100...599).contains(self.status) else { throw .statusLine }
        default:
            if byte == Byte.carriageReturn { self.state = .lineFeed } else if !Byte.isValue(byte) { throw .statusLine }
        }
        self.position += 1
    }

    private mutating func nextField(_ input: Span<UInt8>) throws(ResponseFault) -> FieldParser.Step {
        do throws(ParseRefusal) {
            return try self.parser.next(input, &self.position)
        } catch {
            throw error == .tooLong ? .headTooLong : .fields
        }
    }

    private mutating func note(_ name: Range<Int>, _ value: Range<Int>, in input: Span<UInt8>) {
        if input.equalsIgnoringCase("content-length", in: name) { return self.contentLength.note(value, in: input) }
        if input.equalsIgnoringCase("transfer-encoding", in: name) { self.hasTransferCoding = true }
        for field in PassedField.allCases where input.equalsIgnoringCase(field.name, in: name) {
            guard !self.noted.contains(where: { $0.field == field }) else { return }
            self.noted.append((field, input.trimmed(value)))
        }
    }
}
