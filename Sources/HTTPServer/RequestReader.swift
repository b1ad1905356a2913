import NIOCore

/// Takes heads and bodies out of a connection's bytes.
enum RequestReader {
    /// How it is known where the request's body ends.
    enum Framing {
        case length(Int)
        case chunked(ChunkParser)

        /// As the head says, which `HeadRules` has checked; nil if there is no body.
        init?(_ head: RequestHead) {
            // RFC 9110 section 9.3.6: a CONNECT request has no content, and what follows it is not read.
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

    /// Takes a head out of the input; nil while it has not all arrived. Its bytes lie in the read buffer: to be kept, they have to be copied.
    ///
    /// Inlined into its one caller, as a head is large and would be copied when it is returned.
    @inline(__always)
    static func readHead(_ input: inout ByteBuffer, _ parser: inout HeadParser) throws(ParseRefusal) -> RequestHead? {
        if parser.position == 0 { input.moveReaderIndex(forwardBy: HeadParser.emptyLines(input.readableBytesUInt8Span)) }
        guard try parser.parse(input.readableBytesUInt8Span) else { return nil }
        var head = parser.head
        // The parser has looked at so many bytes, so they are there.
        head.bytes = input.readSlice(length: parser.position) ?? ByteBuffer()
        return head
    }

    /// Adds what has arrived of a body; true once it is complete. `body` is at most `HTTPSettings.maxBody` long, as the head was checked.
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
