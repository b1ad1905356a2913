package import NIOCore

/// Reads replies as they come in, cut anywhere. No byte is looked for twice: neither those of a long string that is not whole yet, nor what
/// stands before the end of a line.
///
/// Strings are slices of what was fed. Those of a reply that began in an earlier feed lie in copies of their feeds, so that a long reply does
/// not keep a read buffer for every few bytes of it.
package struct RESPParser {
    package static let mostDepth = 8
    /// Values of one reply, those of attributes too.
    package static let mostElements = 1 << 20
    package static let mostBulk = 16 << 20
    /// Bytes of a line, without its end and the byte that says its type.
    package static let mostLine = 64 << 10
    /// Bytes of one reply.
    package static let mostReply = 64 << 20

    /// From its reader index on, what was not read.
    private var input = ByteBuffer()
    /// Somebody else may read the storage of `input` too: what is left of it is copied before more is added.
    private var isShared = false
    /// Bytes of it that have been looked at, and hold no end of a line.
    private var scanned = 0
    /// The string that comes next.
    private var awaited: (type: RESPType, length: Int)?
    /// What has begun and is not whole, the outermost first.
    private var open: [RESPAggregate] = []
    /// Of the reply that has begun.
    private var elements = 0
    private var consumed = 0
    private var violation: RESPViolation?

    package init() {}

    /// Bytes that were fed and not read: once `next` has returned nil, less than a line or a string.
    package var unreadBytes: Int { self.input.readableBytes }

    /// Takes what came in. Before more is fed, `next` is called until it returns nil.
    package mutating func feed(_ bytes: ByteBuffer) {
        guard self.violation == nil, bytes.readableBytes > 0 else { return }
        if self.input.readableBytes > 0 {
            self.input.writeImmutableBuffer(bytes)
        } else if self.open.isEmpty {
            self.input = bytes
            self.isShared = true
        } else {
            self.input = ByteBuffer(bytes: bytes.readableBytesView)
        }
    }

    /// The next reply that is whole. After a violation there is none any more, and it is thrown again.
    package mutating func next() throws(RESPViolation) -> RESPValue? {
        if let violation = self.violation { throw violation }
        do {
            while let token = try self.readToken() {
                if case .value(let value) = token, let reply = self.place(value) {
                    self.elements = 0
                    self.consumed = 0
                    return reply
                }
            }
        } catch {
            self.violation = error
            self.input = ByteBuffer()
            self.open = []
            throw error
        }
        if self.isShared {
            self.input = self.input.readableBytes > 0 ? ByteBuffer(bytes: self.input.readableBytesView) : ByteBuffer()
            self.isShared = false
        }
        return nil
    }

    // MARK: - Tokens

    private enum Token {
        case value(RESPValue)
        /// Part of a value has been read.
        case part
    }

    /// Nil where more has to come in first.
    private mutating func readToken() throws(RESPViolation) -> Token? {
        if let (type, length) = self.awaited { return try self.readString(type, length).map { .value($0) } }
        guard let byte = self.input.getInteger(at: self.input.readerIndex, as: UInt8.self) else { return nil }
        guard let type = RESPType(rawValue: byte) else { throw .unknownType }
        guard let line = try self.readLine() else { return nil }
        guard let value = try type.value(of: line) else { return try self.begin(type, RESPNumber.length(line)) }
        return .value(value)
    }

    /// A line without its type and its end.
    private mutating func readLine() throws(RESPViolation) -> ByteBuffer? {
        let view = self.input.readableBytesView
        let first = view.startIndex + 1
        guard let end = view[(view.startIndex + max(1, self.scanned))...].firstIndex(of: UInt8(ascii: "\n")) else {
            self.scanned = view.count
            // One more may be the CR.
            guard view.count - 1 <= Self.mostLine + 1 else { throw .lineTooLong }
            return nil
        }
        self.scanned = 0
        let length = end - first - 1
        guard length <= Self.mostLine else { throw .lineTooLong }
        guard length >= 0, view[end - 1] == UInt8(ascii: "\r") else { throw .malformedLine }
        try self.count(length + 3)
        // All of it was found to be there.
        self.input.moveReaderIndex(to: first)
        let line = self.input.readSlice(length: length)
        self.input.moveReaderIndex(forwardBy: 2)
        self.isShared = true
        return line
    }

    /// A type whose line says how much follows.
    private mutating func begin(_ type: RESPType, _ length: RESPNumber.Length?) throws(RESPViolation) -> Token {
        guard let length else { throw .malformedLength }
        switch (type, length) {
        case (.bulk, .null), (.array, .null): return .value(.null)
        case (_, .null): throw .malformedLength
        case (.bulk, .count(let length)), (.bulkError, .count(let length)), (.verbatim, .count(let length)):
            guard length <= Self.mostBulk else { throw .bulkTooLong }
            try self.count(length + 2)
            self.awaited = (type, length)
            return .part
        case (_, .count(let count)):
            return try self.begin(type, count: count)
        }
    }

    private mutating func begin(_ type: RESPType, count: Int) throws(RESPViolation) -> Token {
        guard type != .push || self.open.isEmpty else { throw .misplacedPush }
        guard self.open.count < Self.mostDepth else { throw .tooDeep }
        guard count <= Self.mostElements else { throw .tooManyElements }
        let aggregate = RESPAggregate(type, count: count)
        // An attribute counts itself too: endless empty ones would be an endless reply.
        self.elements += aggregate.left + (type == .attribute ? 1 : 0)
        guard self.elements <= Self.mostElements else { throw .tooManyElements }
        if aggregate.left == 0 { return aggregate.value.map { .value($0) } ?? .part }
        self.open.append(aggregate)
        return .part
    }

    private mutating func readString(_ type: RESPType, _ length: Int) throws(RESPViolation) -> RESPValue? {
        guard self.input.readableBytes >= length + 2, var string = self.input.readSlice(length: length + 2) else { return nil }
        guard string.readableBytesView.suffix(2).elementsEqual([UInt8(ascii: "\r"), UInt8(ascii: "\n")]) else { throw .missingLineEnd }
        string.moveWriterIndex(to: length)
        self.awaited = nil
        self.isShared = true
        guard let value = type.value(ofString: string) else { throw .malformedValue }
        return value
    }

    private mutating func count(_ bytes: Int) throws(RESPViolation) {
        self.consumed += bytes
        guard self.consumed <= Self.mostReply else { throw .replyTooLong }
    }

    // MARK: - Putting together

    /// Puts a value where it belongs; the reply, if that makes it whole.
    private mutating func place(_ value: RESPValue) -> RESPValue? {
        var value = value
        while let innermost = self.open.indices.last {
            self.open[innermost].add(value)
            guard self.open[innermost].left == 0 else { return nil }
            // What an attribute says about the value behind it is of no use here.
            guard let whole = self.open.removeLast().value else { return nil }
            value = whole
        }
        return value
    }
}

/// Something that consists of values, while they come in.
struct RESPAggregate {
    private let type: RESPType
    /// Values that are missing.
    private(set) var left: Int
    private var values: [RESPValue] = []

    init(_ type: RESPType, count: Int) {
        self.type = type
        self.left = type == .map || type == .attribute ? 2 * count : count
        // No more than a few: the count is only what somebody says.
        if type != .attribute { self.values.reserveCapacity(min(self.left, 64)) }
    }

    mutating func add(_ value: RESPValue) {
        self.left -= 1
        if self.type != .attribute { self.values.append(value) }
    }

    /// Nil for an attribute.
    var value: RESPValue? {
        switch self.type {
        case .set: .set(self.values)
        case .push: .push(self.values)
        case .map:
            .map(stride(from: 0, to: self.values.count, by: 2).map { RESPEntry(self.values[$0], self.values[$0 + 1]) })
        case .attribute: nil
        default: .array(self.values)
        }
    }
}
