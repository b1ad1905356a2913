import NIOCore

@testable import HTTPServer

extension RequestHead {
    /// A head as the parser reads it, from its first byte to its last.
    static func read(_ bytes: some Sequence<UInt8>) throws(ParseRefusal) -> RequestHead? {
        var parser = HeadParser()
        let bytes = ByteBuffer(bytes: bytes)
        guard try parser.parse(bytes.readableBytesUInt8Span) else { return nil }
        var head = parser.head
        head.bytes = bytes
        return head
    }

    static func read(
        _ method: String, _ target: String, _ fields: [(String, String)], version: String = "1.1"
    ) throws(ParseRefusal) -> RequestHead? {
        let lines = fields.map { "\($0.0): \($0.1)\r\n" }.joined()
        return try self.read("\(method) \(target) HTTP/\(version)\r\n\(lines)\r\n".utf8)
    }
}
