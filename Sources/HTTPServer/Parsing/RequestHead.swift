package import NIOCore

/// A request's head: the fields that the server acts on, as ranges of its bytes. Other fields were checked and dropped.
package struct RequestHead: Sendable {
    /// A field that should come once.
    package struct Field: Sendable {
        package internal(set) var count = 0
        /// The first one's.
        package internal(set) var value = 0..<0

        mutating func note(_ value: Range<Int>) {
            if self.count == 0 { self.value = value }
            self.count += 1
        }
    }

    /// The head itself; more may follow.
    package internal(set) var bytes = ByteBuffer()

    var method = RequestMethod.other
    var methodName = 0..<0
    package internal(set) var target = 0..<0
    var isHTTP11 = true

    private(set) var host = Field()
    package private(set) var origin = Field()
    package private(set) var contentType = Field()
    private(set) var webSocketKey = Field()
    private(set) var webSocketVersion = Field()
    /// X-Forwarded-For, line by line.
    private(set) var forwardedFor: [Range<Int>] = []
    private(set) var forwardedScheme = Field()
    private(set) var ifNoneMatch = Field()
    private(set) var contentLength = ContentLength()
    private(set) var transferCoding = TransferCoding()
    private(set) var connection = ConnectionOptions()
    /// Whether it has an Upgrade field, and one that names the websocket protocol.
    private(set) var hasUpgrade = false
    private(set) var namesWebSocket = false
    private(set) var expectsContinue = false

    init() {}

    /// Takes note of a field; `value` may have blanks behind it.
    mutating func note(_ name: Range<Int>, _ value: Range<Int>, in input: Span<UInt8>) {
        switch name.count {
        case 4 where input.equalsIgnoringCase("host", in: name): self.host.note(input.trimmed(value))
        case 6 where input.equalsIgnoringCase("origin", in: name): self.origin.note(input.trimmed(value))
        case 6 where input.equalsIgnoringCase("expect", in: name):
            if Self.list(value, holds: "100-continue", in: input) { self.expectsContinue = true }
        case 7 where input.equalsIgnoringCase("upgrade", in: name):
            self.hasUpgrade = true
            if Self.list(value, holds: "websocket", in: input) { self.namesWebSocket = true }
        case 10 where input.equalsIgnoringCase("connection", in: name): self.connection.note(value, in: input)
        case 12 where input.equalsIgnoringCase("content-type", in: name): self.contentType.note(input.trimmed(value))
        case 13 where input.equalsIgnoringCase("if-none-match", in: name): self.ifNoneMatch.note(input.trimmed(value))
        case 14 where input.equalsIgnoringCase("content-length", in: name): self.contentLength.note(value, in: input)
        case 15 where input.equalsIgnoringCase("x-forwarded-for", in: name): self.forwardedFor.append(input.trimmed(value))
        case 17 where input.equalsIgnoringCase("transfer-encoding", in: name): self.transferCoding.note(value, in: input)
        case 17 where input.equalsIgnoringCase("sec-websocket-key", in: name): self.webSocketKey.note(input.trimmed(value))
        case 17 where input.equalsIgnoringCase("x-forwarded-proto", in: name): self.forwardedScheme.note(input.trimmed(value))
        case 21 where input.equalsIgnoringCase("sec-websocket-version", in: name): self.webSocketVersion.note(input.trimmed(value))
        default: break
        }
    }

    /// Takes note of a field of the trailer. All that matters there is whether the client will send another request.
    mutating func noteTrailer(_ name: Range<Int>, _ value: Range<Int>, in input: Span<UInt8>) throws(ParseRefusal) {
        if input.equalsIgnoringCase("connection", in: name) {
            if Self.list(value, holds: "close", in: input) { self.connection.closes = true }
        } else if input.equalsIgnoringCase("content-length", in: name) || input.equalsIgnoringCase("transfer-encoding", in: name) {
            throw .malformed(.trailer)
        }
    }

    fileprivate static func list(_ value: Range<Int>, holds word: StaticString, in input: Span<UInt8>) -> Bool {
        var elements = ListElements(value)
        while let element = elements.next(in: input) {
            if input.equalsIgnoringCase(word, in: element) { return true }
        }
        return false
    }

    // MARK: - What follows from them

    /// Whether the client may send further requests. HTTP/1.1 clients may unless they send `close`; HTTP/1.0 clients may if they send
    /// `keep-alive`. Contradictions and repetitions count as `close`.
    var isKeepAlive: Bool {
        if self.connection.closes || self.connection.keepAlives > 1 { return false }
        return self.isHTTP11 || self.connection.keepAlives == 1
    }

    /// Whether what follows cannot be read as a request: it may be in the protocol that the client asked to upgrade to (RFC 9110 section
    /// 7.8), even if it was not granted, or be meant for the host that CONNECT named.
    var isLastReadable: Bool { self.method == .connect || self.hasUpgrade && self.connection.upgrades }

    package var asksForWebSocket: Bool { self.namesWebSocket && self.connection.upgrades }

    /// Whether the head announces a body.
    var announcesBody: Bool { self.transferCoding.isPresent || self.contentLength.value ?? 1 > 0 }

    package func text(_ range: Range<Int>) -> String {
        String(decoding: self.bytes.readableBytesView.dropFirst(range.lowerBound).prefix(range.count), as: UTF8.self)
    }

    /// The first Origin; nil where no browser sent the request.
    package var originText: String? { self.origin.count > 0 ? self.text(self.origin.value) : nil }
}

/// What Connection says, as far as it matters here.
struct ConnectionOptions: Sendable {
    var closes = false
    private(set) var keepAlives = 0
    private(set) var upgrades = false

    fileprivate mutating func note(_ value: Range<Int>, in input: Span<UInt8>) {
        var elements = ListElements(value)
        while let element = elements.next(in: input) {
            switch element.count {
            case 5 where input.equalsIgnoringCase("close", in: element): self.closes = true
            case 7 where input.equalsIgnoringCase("upgrade", in: element): self.upgrades = true
            case 10 where input.equalsIgnoringCase("keep-alive", in: element): self.keepAlives += 1
            default: break
            }
        }
    }
}
