import HTTPServer
package import NIOCore

/// Takes a home's response to an upgrade out of what comes from it. Pure.
package struct HomeResponseReader {
    package enum Step: Equatable {
        case needsMore
        /// The head as it came, and what came behind it, which belongs to the connection.
        case granted(head: ByteBuffer, rest: ByteBuffer)
        case refused(HomeRefusal)
    }

    /// Of a refusal whose body has not all arrived.
    private struct Body {
        var refusal: HomeRefusal
        /// Nil if it ends with the connection.
        let length: Int?
    }

    private var input = ByteBuffer()
    private var parser = ResponseHeadParser()
    /// Bytes of interim responses, which are skipped (RFC 9110 section 15.2).
    private var skipped = 0
    private var body: Body?

    package init() {}

    /// Not to be called any more once it has returned anything but `needsMore`, or thrown.
    package mutating func read(_ bytes: ByteBuffer) throws(ResponseFault) -> Step {
        self.input.writeImmutableBuffer(bytes)
        while self.body == nil {
            guard try self.readHead(self.input) else { return .needsMore }
            // The parser has looked at so many bytes, so they are there.
            let head = self.input.readSlice(length: self.parser.position) ?? ByteBuffer()
            switch self.parser.status {
            case 101: return .granted(head: head, rest: self.input)
            case 100..<200:
                self.skipped += head.readableBytes
                self.input.discardReadBytes()
                self.parser = ResponseHeadParser()
            default: self.body = try self.refusal(head)
            }
        }
        return try self.readBody()
    }

    /// The home sends nothing more. Nil if something is missing.
    package func end() -> HomeRefusal? {
        guard let body = self.body, body.length == nil else { return nil }
        var refusal = body.refusal
        refusal.body = self.input
        return refusal
    }

    /// `input` is the property, which the parser could not look at while it changes itself.
    private mutating func readHead(_ input: ByteBuffer) throws(ResponseFault) -> Bool {
        try self.parser.parse(input.readableBytesUInt8Span, most: PassThroughSettings.maxHead - self.skipped)
    }

    private func refusal(_ head: ByteBuffer) throws(ResponseFault) -> Body {
        let code = self.parser.status
        guard code >= 400, let status = HTTPStatus.allCases.first(where: { $0.code == code }) else { throw .status(code) }
        guard !self.parser.hasTransferCoding, let length = self.parser.contentLength.value else { throw .framing }
        guard length <= PassThroughSettings.maxBody else { throw .bodyTooLong }
        var refusal = HomeRefusal(status: status, contentType: nil, fields: [], body: ByteBuffer())
        for (field, range) in self.parser.noted {
            let value = String(decoding: head.readableBytesView.dropFirst(range.lowerBound).prefix(range.count), as: UTF8.self)
            switch field {
            case .contentType: refusal.contentType = value
            case .retryAfter: refusal.fields.append(HTTPField("Retry-After", value))
            case .upgrade: refusal.fields.append(HTTPField("Upgrade", value))
            case .webSocketVersion: refusal.fields.append(HTTPField("Sec-WebSocket-Version", value))
            }
        }
        return Body(refusal: refusal, length: self.parser.contentLength.isPresent ? Int(length) : nil)
    }

    private mutating func readBody() throws(ResponseFault) -> Step {
        guard let body = self.body, let length = body.length else {
            guard self.input.readableBytes <= PassThroughSettings.maxBody else { throw .bodyTooLong }
            return .needsMore
        }
        guard let bytes = self.input.readSlice(length: length) else { return .needsMore }
        var refusal = body.refusal
        refusal.body = bytes
        return .refused(refusal)
    }
}
