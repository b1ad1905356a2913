package import ByteStreams
package import NIOCore
package import NetworkAddresses
import TimeKeeping

/// One HTTP/1.1 connection: puts requests together within their bounds, asks the routes for the responses, and hands the connection over
/// when it becomes a WebSocket.
package final class HTTPConnection: StreamDriver {
    enum State {
        /// Between requests. `hasBegun`: the next head has begun to arrive.
        case idle(hasBegun: Bool)
        /// A head has arrived, and its body has not yet.
        case reading
        /// A request has arrived, and its response comes later. What follows is kept.
        case responding
        /// The last response is written. `isAgreed`: the client said that it would send no more, and has sent no more.
        case ending(isAgreed: Bool)
        /// The last response is sent, and the client has a moment to read it.
        case lingering
        case closed
    }

    /// A request whose body has not all arrived.
    private struct PartialRequest {
        var request: HTTPRequest
        var framing: RequestReader.Framing
    }

    let services: HTTPServices
    let context: LoopContext
    private let loop: HTTPLoop
    var state = State.idle(hasBegun: false)
    var stream: (any ByteStream)?
    /// Whose connection it is, where a proxy has said so in a PROXY header.
    private var introduced: ClientAddress?
    package var place = ConnectionPlace()

    /// Of a head that has not all arrived.
    private var parser: HeadParser?
    private var partial: PartialRequest?
    /// Input that is not a whole head yet, or of a chunked body's trailer; or what follows a request whose response comes later.
    var unread = ByteBuffer()
    /// In the state `responding`.
    var late: LateResponse?
    /// The client has ended its direction while it waited for a response.
    var inputHasEnded = false
    /// Responses to the requests of the read that is being handled.
    private var output = ByteBuffer()

    /// When the connection stops waiting.
    var deadline = MonotonicTime(nanoseconds: 0)
    var timer: (token: ExpiryToken, deadline: MonotonicTime)?
    /// `unsentBytes` of the stream when it was looked at last.
    var unsentBefore = 0

    /// Bytes of responses that are gathered before it is checked whether the client reads them.
    private static let mostGathered = 16 * 1024

    package init(services: HTTPServices, context: LoopContext) {
        self.services = services
        self.context = context
        self.loop = context.local { _ in HTTPLoop(metrics: services.metrics.makeShard(labels: services.routes.labels)) }
    }

    // MARK: - Stream events

    package func opened(on stream: any ByteStream) {
        self.stream = stream
        self.context.connections.insert(self)
        // A client that sends nothing at all is cut off, too.
        self.deadline = self.context.clock.now() + self.services.settings.readHeaderTimeout
    }

    package func received(_ bytes: ByteBuffer) {
        switch self.state {
        case .ending: self.state = .ending(isAgreed: false)
        case .responding: self.keep(bytes)
        case .idle, .reading, .lingering, .closed: break
        }
        guard self.isListening else { return }
        var input = bytes
        var isOwn = false
        if self.unread.readableBytes > 0 {
            self.unread.writeImmutableBuffer(bytes)
            input = self.unread
            // Otherwise the bytes would have two owners, and to add to them would copy them.
            self.unread = ByteBuffer()
            isOwn = true
        }
        self.work(off: input, isOwn: isOwn)
    }

    func work(off input: consuming ByteBuffer, isOwn: Bool) {
        self.handle(&input)
        if input.readableBytes == 0 { return }
        switch self.state {
        case .ending: self.state = .ending(isAgreed: false)
        // Copied unless it is the connection's own already: a read buffer is used again by the loop.
        case .idle, .reading: self.unread = isOwn && input.readerIndex == 0 ? input : input.copied
        case .responding: self.keep(input)
        case .lingering, .closed: break
        }
    }

    package func readCompleted() {
        switch self.state {
        case .idle(hasBegun: false) where self.parser != nil:
            // A head has begun, and must be complete in time from its first byte on.
            self.state = .idle(hasBegun: true)
            self.deadline = self.context.clock.now() + self.services.settings.readHeaderTimeout
            self.sendResponses()
        case .idle, .reading: self.sendResponses()
        // Whoever responds later bounds the time. A deadline that is filed finds nothing to do.
        case .responding: return self.sendResponses()
        case .ending(let isAgreed): self.finishResponses(isAgreed: isAgreed)
        case .lingering, .closed: return
        }
        self.fileDeadline()
    }

    package func becameWritable() {}

    /// A client may say that it has no more requests, and wait for the responses (RFC 9112 section 9.6).
    package var outlivesInput: Bool { true }

    package func identified(as client: ClientAddress) { self.introduced = client }

    package func ended(_ error: (any Error)?) {
        if let error { self.logFailure(error) }
        self.leave()
    }

    // MARK: - Requests

    private var isListening: Bool {
        switch self.state {
        case .idle, .reading: true
        case .responding, .ending, .lingering, .closed: false
        }
    }

    private func handle(_ input: inout ByteBuffer) {
        while self.isListening {
            if case .reading = self.state {
                guard self.readBody(&input) else { return }
                continue
            }
            guard input.readableBytes > 0 else { return }
            var parser = self.parser.take() ?? HeadParser()
            do throws(ParseRefusal) {
                guard let head = try RequestReader.readHead(&input, &parser) else {
                    // An empty line before a request does not count as its beginning.
                    if parser.position > 0 { self.parser = parser }
                    return
                }
                self.receive(head, &input)
            } catch {
                return self.refuse(ForeignProtocol(input.readableBytesUInt8Span)?.problem ?? error.problem)
            }
        }
    }

    private func receive(_ head: RequestHead, _ input: inout ByteBuffer) {
        let bytes = head.bytes.readableBytesUInt8Span
        let route = self.services.routes.row(bytes, target: head.target)
        let now = self.context.clock.now()
        let (client, isByProxy) = self.client(of: head)
        var request = HTTPRequest(
            head: head, body: ByteBuffer(), client: client, isByProxy: isByProxy, route: route, startedAt: now)
        if let problem = HeadRules.violation(of: head) { return self.refuse(problem, of: request) }
        if !self.services.settings.hosts.allows(head), !self.services.routes.isForAnyHost(route) {
            return self.refuse(.misdirected, of: request)
        }
        request.isFromOwnPage = self.isFromOwnPage(head)
        guard var framing = RequestReader.Framing(head) else { return self.respond(to: request, &input) }
        if head.isHTTP11, head.expectsContinue { self.append { $0.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n") } }
        do throws(ParseRefusal) {
            if try RequestReader.readBody(&input, &framing, into: &request.body, of: &request.head) {
                return self.respond(to: request, &input)
            }
        } catch {
            return self.refuse(error.problem, of: request)
        }
        // The read buffer is used again by the loop.
        request.head.bytes = request.head.bytes.copied
        self.partial = PartialRequest(request: request, framing: framing)
        self.state = .reading
        self.deadline = now + self.services.settings.readHeaderTimeout
    }

    /// False while the body is not complete.
    private func readBody(_ input: inout ByteBuffer) -> Bool {
        // Taken out, so that bytes are added in place and not to a copy.
        guard var partial = self.partial.take() else { return false }
        do throws(ParseRefusal) {
            guard
                try RequestReader.readBody(&input, &partial.framing, into: &partial.request.body, of: &partial.request.head)
            else {
                self.partial = partial
                return false
            }
        } catch {
            self.refuse(error.problem, of: partial.request)
            return false
        }
        self.state = .idle(hasBegun: false)
        self.respond(to: partial.request, &input)
        return true
    }

    /// Whose socket it is at the other end or, where a PROXY header came, whom that names.
    var peer: ClientAddress { self.introduced ?? self.stream?.peer ?? .v4(0) }

    private func client(of head: RequestHead) -> (address: ClientAddress, isByProxy: Bool) {
        let peer = self.peer
        guard !head.forwardedFor.isEmpty else { return (peer, self.introduced != nil) }
        let isTrusted = self.services.settings.proxies.contains(peer)
        if !isTrusted, self.introduced == nil { self.services.forwarding.forwarded(by: peer, self.services.logger) }
        let address = self.services.settings.proxies.clientAddress(peer: peer, forwardedFor: head.forwardedFor.map(head.text))
        return (address, isTrusted || self.introduced != nil)
    }

    /// Asked only where the answer matters.
    private func isFromOwnPage(_ head: RequestHead) -> Bool {
        let settings = self.services.settings
        guard head.origin.count == 1, head.host.count == 1, !settings.cors.allowsEveryPage else { return false }
        var isSecure = settings.isSecure
        // A proxy that ends TLS says what the browser spoke. The host it has to leave as it is: which other field names it is for no
        // proxy to say, as pages can send those.
        if head.forwardedScheme.count == 1, settings.proxies.contains(self.peer) {
            isSecure = head.text(head.forwardedScheme.value).lowercasedASCII == "https"
        }
        return settings.hosts.isOwn(head.text(head.origin.value), host: head.text(head.host.value), isSecure: isSecure)
    }

    // MARK: - Responses

    private func respond(to request: HTTPRequest, _ rest: inout ByteBuffer) {
        self.carryOut(self.services.routes.outcome(of: request, self.context, self.services.settings.cors), of: request, &rest)
    }

    func carryOut(_ outcome: consuming HTTPOutcome, of request: HTTPRequest, _ rest: inout ByteBuffer) {
        switch consume outcome {
        case .upgrade(let upgrade):
            self.record(request, status: .switchingProtocols, at: self.context.clock.now())
            self.upgrade(upgrade, unread: rest)
        case .respond(var response):
            self.send(&response, to: request)
        case .later(let deferred):
            self.wait(for: deferred, request, &rest)
        }
    }

    private func send(_ response: inout HTTPResponse, to request: HTTPRequest) {
        let now = self.context.clock.now()
        self.record(request, response, at: now)
        let mayGoOn = request.head.isKeepAlive && !request.head.isLastReadable
        let keepsAlive = mayGoOn && !response.closes && !self.services.isEnding() && self.isBeingReadFrom()
        // `isBeingReadFrom` may have flushed, and found that the connection is gone.
        guard self.stream != nil else { return }
        self.write(&response, to: request, keepsAlive: keepsAlive)
        if keepsAlive {
            self.state = .idle(hasBegun: false)
            self.deadline = now + self.services.settings.idleTimeout
        } else {
            self.state = .ending(isAgreed: !request.head.isKeepAlive && !request.head.isLastReadable)
        }
    }

    /// Responds before a request has all arrived, or to bytes that are no request, and ends the connection.
    func refuse(_ problem: Problem, of request: HTTPRequest? = nil) {
        let request = request ?? self.partial.take()?.request
        var response = problem.response
        if let request {
            self.record(request, response, at: self.context.clock.now())
        } else {
            self.logUnreadable(problem)
            self.loop.metrics.responded(self.services.routes.label(nil), response.status, duration: nil)
        }
        self.write(&response, to: request, keepsAlive: false)
        self.state = .ending(isAgreed: false)
    }

    /// Takes a body that is in the loop's buffer out of the response.
    private func write(_ response: inout HTTPResponse, to request: HTTPRequest?, keepsAlive: Bool) {
        var surroundings = ResponseSurroundings(
            unixSeconds: self.context.clock.unixSeconds(), omitsBody: false, keepsAlive: keepsAlive, permission: .notAsked,
            strictTransport: self.services.settings.strictTransport)
        if let request {
            surroundings.omitsBody = request.head.method == .head
            if self.services.routes.isForPages(request.route) {
                surroundings.permission = self.services.settings.cors.permission(for: request.head, isOwnPage: request.isFromOwnPage)
            }
        }
        self.append { $0.write(response, surroundings, dates: self.loop.dates) }
        if var buffer = response.takeBuffer() { self.context.recycle(&buffer) }
    }

    @inline(__always)
    private func append(_ write: (inout ByteBuffer) -> Void) {
        // Moved into a local variable: the many small writes are cheaper there than on a property of an object.
        var output = self.output
        self.output = ByteBuffer()
        if output.capacity == 0 { output = self.context.takeBuffer() }
        write(&output)
        self.output = output
    }

    /// False if the client sends requests and does not read the responses. Then this response is the last, so that they cannot pile up.
    private func isBeingReadFrom() -> Bool {
        guard let stream = self.stream else { return false }
        if stream.isWritable, self.output.readableBytes < Self.mostGathered { return true }
        self.sendResponses()
        return stream.isWritable
    }

    private func sendResponses() {
        guard let stream = self.stream, self.output.readableBytes > 0 else { return }
        var bytes = self.output
        self.output = ByteBuffer()
        stream.write(bytes)
        stream.flush()
        // Only files are so long that a client may take a while to read them.
        if bytes.readableBytes > Self.mostGathered { self.unsentBefore = self.stream?.unsentBytes ?? 0 }
        self.context.recycle(&bytes)
    }

    /// Sends the last response, and ends this direction of the connection.
    func finishResponses(isAgreed: Bool) {
        self.sendResponses()
        guard let stream = self.stream else { return }
        // The client sends no more, and the system has taken the whole response. So nothing can arrive at the closed socket and cause a
        // reset, which could make the client lose the response.
        if isAgreed, stream.unsentBytes == 0 { return stream.close() }
        // Otherwise input may be unread, and closing a socket with unread input resets the connection.
        self.state = .lingering
        self.unsentBefore = stream.unsentBytes
        self.deadline = self.context.clock.now() + Self.lingerTime
        stream.closeOutput()
    }

    private func record(_ request: HTTPRequest, _ response: HTTPResponse, at now: MonotonicTime) {
        self.record(request, status: response.status, reason: response.reason, at: now)
    }

    private func record(_ request: HTTPRequest, status: HTTPStatus, reason: String? = nil, at now: MonotonicTime) {
        let duration = now - request.startedAt
        let label = self.services.routes.label(request.route)
        self.loop.metrics.responded(label, status, duration: duration)
        self.log(request, label, status, reason: reason, duration)
    }

    // MARK: - The end

    private func upgrade(_ upgrade: HTTPUpgrade, unread: ByteBuffer) {
        guard let stream = self.stream else { return upgrade.abandoned() }
        // Nobody would tell the next driver of that end.
        if self.inputHasEnded {
            upgrade.abandoned()
            return stream.close()
        }
        self.append { output in
            switch upgrade.response {
            case .granted(let accept): WebSocketHandshake.writeResponse(accept, into: &output)
            case .passedOn(let head): output.writeImmutableBuffer(head)
            }
        }
        // Not flushed: the first frames, if there are any, go out in the same write.
        stream.write(self.output)
        self.leave()
        stream.handOver(key: upgrade.key, unread: unread, to: upgrade.makeDriver)
    }

    private func leave() {
        self.state = .closed
        self.stream = nil
        self.partial = nil
        self.parser = nil
        self.unread = ByteBuffer()
        self.output = ByteBuffer()
        if let timer = self.timer { self.context.timers.cancel(timer.token) }
        self.timer = nil
        self.context.connections.remove(self)
        self.late.take()?.cancel()
    }
}

extension ByteBuffer {
    /// A copy in storage of its own, no larger than needed.
    var copied: ByteBuffer { ByteBuffer(bytes: self.readableBytesView) }
}
