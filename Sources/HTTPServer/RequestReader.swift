import NIOCore

/// Takes heads and bodies out of a connection's bytes.
enum RequestReader {
    /// How the body of the request that is being read ends.
    enum Framing {
        case length(Int)
        case chunked(ChunkParser)

        /// What the head says, which `HeadRules` has found to be in order; nil where nothing follows.
        init?(_ head: RequestHead) {
            // RFC 9110 section 9.3.6: a request for a tunnel has no content. What stands behind it is not read anyway.
            guard head.method != .connect else { return nil }
            if head.transferCoding.isPresent {
                self = .chunked(ChunkParser())
            } else if let length = head.contentLength.value, length > 0 {
                self = .length(Int(clamping: length))
            } else {
                return nil
            }
        }
    }

    /// Reads a head, which is out of the input then; nil while it is not all there. Its bytes are those that were read: to be kept, they
    /// have to be copied.
    ///
    /// Put into its one caller: a head is large, and would be copied on the way back.
    @inline(__always)
    static func readHead(_ input: inout ByteBuffer, _ parser: inout HeadParser) throws(ParseRefusal) -> RequestHead? {
        if parser.position == 0 { input.moveReaderIndex(forwardBy: HeadParser.emptyLines(input.readableBytesUInt8Span)) }
        guard try parser.parse(input.readableBytesUInt8Span) else { return nil }
        var head = parser.head
        // All that is readable here is what the parser has looked at, and more: the slice is there.
        head.bytes = input.readSlice(length: parser.position) ?? ByteBuffer()
        return head
    }

    /// Adds what has come of a body; true once it is whole. `body` is bounded by `HTTPSettings.maxBody`, as the head was checked.
    static func readBody(
        _ input: inout ByteBuffer, _ framing: inout Framing, into body: inout ByteBuffer, of head: inout RequestHead
    ) throws(ParseRefusal) -> Bool {
        switch framing {
        case .length(let length):
            let missing = length - body.readableBytes
            guard body.readableBytes > 0 || missing > input.readableBytes else {
                body = input.readSlice(length: missing) ?? ByteBuffer()
                return true
            }
            if var part = input.readSlice(length: min(missing, input.readableBytes)) { body.writeBuffer(&part) }
            return body.readableBytes == length
        case .chunked(var parser):
            let isWhole = try parser.parse(&input, into: &body, of: &head)
            framing = .chunked(parser)
            return isWhole
        }
    }
}
