/// Reads the field lines of a head or a trailer, up to the empty line. When more bytes have arrived it continues where it stopped: each
/// byte is looked at once, and the result does not depend on where the input was cut.
package struct FieldParser {
    package enum Step: Equatable { case needsMore, field, end }

    private enum State { case lineStart, name, blanks, value, lineFeed, lastLineFeed }

    private var state = State.lineStart
    private var lineStart = 0
    private var count = 0
    private var total = 0

    /// The name of the field that `next` found.
    package private(set) var name = 0..<0
    /// Its value, with the blanks behind it.
    package private(set) var value = 0..<0

    package init() {}

    package mutating func next(_ input: Span<UInt8>, _ at: inout Int) throws(ParseRefusal) -> Step {
        while at < input.count {
            switch self.state {
            case .lineStart: try self.beginLine(input, &at)
            case .name: try self.readName(input, &at)
            case .blanks: self.skipBlanks(input, &at)
            case .value: try self.readValue(input, &at)
            case .lineFeed, .lastLineFeed:
                guard input[at] == Byte.lineFeed else { throw .malformed(.lineEnd) }
                at += 1
                if self.state == .lastLineFeed { return .end }
                self.total += self.value.upperBound - self.lineStart
                self.state = .lineStart
                return .field
            }
        }
        return .needsMore
    }

    /// Where this line must have ended; whatever stands there, the line is too long.
    private var limit: Int { self.lineStart + min(HTTPSettings.maxHeaderField, HTTPSettings.maxHeaderList - self.total) }

    private mutating func beginLine(_ input: Span<UInt8>, _ at: inout Int) throws(ParseRefusal) {
        if input[at] == Byte.carriageReturn {
            at += 1
            self.state = .lastLineFeed
            return
        }
        guard self.count < HTTPSettings.maxHeaderCount else { throw .tooLong }
        self.count += 1
        self.lineStart = at
        self.state = .name
    }

    /// A blank at the start would continue the line before (obsolete line folding). It cannot be part of a name, so it is refused, and so is
    /// one before the colon.
    private mutating func readName(_ input: Span<UInt8>, _ at: inout Int) throws(ParseRefusal) {
        let limit = self.limit
        let end = min(input.count, limit)
        while at < end, Byte.isToken(input[at]) { at += 1 }
        if at == limit { throw .tooLong }
        guard at < input.count else { return }
        guard input[at] == UInt8(ascii: ":"), at > self.lineStart else { throw .malformed(.fieldName) }
        self.name = self.lineStart..<at
        at += 1
        self.state = .blanks
    }

    private mutating func skipBlanks(_ input: Span<UInt8>, _ at: inout Int) {
        let limit = self.limit
        let end = min(input.count, limit)
        while at < end, Byte.isBlank(input[at]) { at += 1 }
        guard at == limit || at < input.count else { return }
        self.value = at..<at
        self.state = .value
    }

    private mutating func readValue(_ input: Span<UInt8>, _ at: inout Int) throws(ParseRefusal) {
        let limit = self.limit
        let end = min(input.count, limit)
        while at < end, Byte.isValue(input[at]) { at += 1 }
        guard at < input.count else { return }
        guard input[at] == Byte.carriageReturn else { throw at == limit ? .tooLong : .malformed(.fieldValue) }
        self.value = self.value.lowerBound..<at
        at += 1
        self.state = .lineFeed
    }
}
