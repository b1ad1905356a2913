/// Reads a request's head (RFC 9112), strictly: one space between the words of the request line, CR and LF at the end of each line, no
/// folded lines, no control characters. When more bytes have arrived it continues where it stopped, as `FieldParser` does. It refuses at
/// the first byte that cannot be part of a request.
struct HeadParser {
    private enum State { case method, target, version, fields }

    private var state = State.method
    private var fields = FieldParser()
    private var wordStart = 0

    /// Bytes that were looked at; once the head is complete, its length.
    private(set) var position = 0
    /// Its ranges count from the first byte. `bytes` is not set.
    private(set) var head = RequestHead()

    /// Length of the empty lines before a request, which are skipped (RFC 9112 section 2.2).
    static func emptyLines(_ input: Span<UInt8>) -> Int {
        var at = 0
        while at + 1 < input.count, input[at] == Byte.carriageReturn, input[at + 1] == Byte.lineFeed { at += 2 }
        return at
    }

    /// True once the head is complete. `input` begins with the bytes of the call before.
    @inline(__always)
    mutating func parse(_ input: Span<UInt8>) throws(ParseRefusal) -> Bool {
        while self.position < input.count {
            switch self.state {
            case .method:
                // It may be the beginning of an empty line, which is no part of a head.
                if self.position == 0, input.count == 1, input[0] == Byte.carriageReturn { return false }
                try self.readMethod(input)
            case .target: try self.readTarget(input)
            case .version: try self.readVersion(input)
            case .fields:
                switch try self.fields.next(input, &self.position) {
                case .needsMore: return false
                case .field: self.head.note(self.fields.name, self.fields.value, in: input)
                case .end: return true
                }
            }
        }
        return false
    }

    private mutating func readMethod(_ input: Span<UInt8>) throws(ParseRefusal) {
        var at = self.position
        let end = min(input.count, RequestMethod.longestName)
        while at < end, input[at] &- UInt8(ascii: "A") < 26 || input[at] == UInt8(ascii: "-") { at += 1 }
        self.position = at
        guard at < input.count else { return }
        guard input[at] == Byte.space, let method = RequestMethod(input, 0..<at) else { throw .malformed(.method) }
        self.head.method = method
        self.head.methodName = 0..<at
        self.begin(.target, at: at + 1)
    }

    private mutating func readTarget(_ input: Span<UInt8>) throws(ParseRefusal) {
        var at = self.position
        let limit = self.wordStart + HTTPSettings.maxHeaderField
        let end = min(input.count, limit)
        while at < end, input[at] &- 0x21 < 0x5E { at += 1 }
        self.position = at
        guard at < input.count else { return }
        guard input[at] == Byte.space else { throw at == limit ? .tooLong : .malformed(.target) }
        self.head.target = self.wordStart..<at
        guard RequestTarget.isTarget(input, self.head.target, of: self.head.method) else { throw .malformed(.target) }
        self.begin(.version, at: at + 1)
    }

    /// `HTTP/1.0` or `HTTP/1.1`, and the end of the line.
    private mutating func readVersion(_ input: Span<UInt8>) throws(ParseRefusal) {
        let name: StaticString = "HTTP/1."
        let length = name.utf8CodeUnitCount
        while self.position < input.count {
            let byte = input[self.position]
            let offset = self.position - self.wordStart
            if offset < length {
                // The literal is ASCII, hence pointer-backed, and `offset` is below its length.
                guard byte == name.utf8Start[offset] else { throw .malformed(.version) }
            } else if offset == length {
                guard byte == UInt8(ascii: "0") || byte == UInt8(ascii: "1") else { throw .malformed(.version) }
                self.head.isHTTP11 = byte == UInt8(ascii: "1")
            } else if offset == length + 1 {
                guard byte == Byte.carriageReturn else { throw .malformed(.version) }
            } else {
                guard byte == Byte.lineFeed else { throw .malformed(.lineEnd) }
                return self.begin(.fields, at: self.position + 1)
            }
            self.position += 1
        }
    }

    private mutating func begin(_ state: State, at position: Int) {
        self.state = state
        self.position = position
        self.wordStart = position
    }
}
