/// Makes lines of bytes as they come. What waits is bounded: of a line that is too long nothing is kept.
package struct LineSplitter: Sendable {
    package enum Line: Equatable, Sendable {
        case text(String)
        /// Longer than `limit` bytes.
        case tooLong
    }

    package static let limit = 65_536

    private var waiting: [UInt8] = []
    /// Where the bytes begin that `next` has not looked at.
    private var start = 0
    private var isPassingOver = false

    package init() {}

    package mutating func append(_ bytes: some Sequence<UInt8>) {
        self.waiting.removeFirst(self.start)
        self.start = 0
        self.waiting += bytes
    }

    /// The next whole line without its end. At the end of the input, also what is left without one.
    package mutating func next(atEnd: Bool = false) -> Line? {
        let rest = self.waiting[self.start...]
        if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            self.start = end + 1
            return self.line(rest[..<end])
        }
        if atEnd {
            self.start = self.waiting.count
            return rest.isEmpty && !self.isPassingOver ? nil : self.line(rest)
        }
        // A carriage return more may be the beginning of the line's end.
        if rest.count > Self.limit + 1 {
            self.isPassingOver = true
            self.waiting = []
            self.start = 0
        }
        return nil
    }

    private mutating func line(_ bytes: ArraySlice<UInt8>) -> Line {
        let text = bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes
        defer { self.isPassingOver = false }
        return self.isPassingOver || text.count > Self.limit ? .tooLong : .text(String(decoding: text, as: UTF8.self))
    }
}
