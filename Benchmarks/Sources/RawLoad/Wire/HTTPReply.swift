/// An answer to a request, found in what a server sent.
package enum HTTPReply: Equatable, Sendable {
    case needMore
    /// The body lies behind `head` bytes.
    case reply(status: Int, head: Int, body: Int)
    case malformed(String)

    private static let end = Array("\r\n\r\n".utf8)
    private static let start = Array("HTTP/1.1 ".utf8)
    private static let line: [UInt8] = [UInt8(ascii: "\n")]
    private static let length = Array("content-length:".utf8)
    private static let encoding = Array("transfer-encoding:".utf8)
    private static let longest = 1 << 20

    /// The answer that the bytes begin with.
    package static func scan(_ bytes: UnsafeRawBufferPointer) -> HTTPReply {
        guard let blank = bytes.offset(of: self.end) else {
            return bytes.count > self.longest ? .malformed("a head without end") : .needMore
        }
        let head = UnsafeRawBufferPointer(rebasing: bytes[..<(blank + 2)])
        guard head.count > 12, head.starts(with: self.start), let status = self.number(head[9..<12]) else {
            return .malformed("the status line")
        }
        var body = 0
        var place = head.offset(of: self.line)
        while let start = place.map({ $0 + 1 }), start < head.count {
            place = head.offset(of: self.line, from: start)
            let field = head[start..<(place ?? head.count)]
            if self.isNamed(field, self.encoding) { return .malformed("a body without a length") }
            guard self.isNamed(field, self.length) else { continue }
            guard let value = self.number(field.dropFirst(self.length.count)), value <= self.longest else {
                return .malformed("Content-Length")
            }
            body = value
        }
        guard bytes.count - blank - 4 >= body else { return .needMore }
        return .reply(status: status, head: blank + 4, body: body)
    }

    private static func isNamed(_ field: Slice<UnsafeRawBufferPointer>, _ name: [UInt8]) -> Bool {
        // Names are told apart without regard to case; a bit makes letters small and leaves the hyphen and the colon as they are.
        field.count >= name.count && zip(field, name).allSatisfy { $0 | 0x20 == $1 }
    }

    /// Digits between blanks.
    private static func number(_ bytes: Slice<UnsafeRawBufferPointer>) -> Int? {
        var value: Int?
        var isOver = false
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                guard !isOver, value ?? 0 <= self.longest else { return nil }
                value = (value ?? 0) * 10 + Int(byte - UInt8(ascii: "0"))
            case UInt8(ascii: " "), UInt8(ascii: "\r"): isOver = value != nil
            default: return nil
            }
        }
        return value
    }
}
