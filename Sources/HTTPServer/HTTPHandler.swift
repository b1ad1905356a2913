import Logging
package import NIOCore
package import NIOHTTP1
package import SignalingCore
package import SignalingRuntime

/// One HTTP/1.1 connection: puts requests together within their bounds, has them answered, and hands the connection over when it becomes
/// a WebSocket. NIO's decoder in front of it parses heads; answers are short and known in full, so they are written as bytes.
package final class HTTPHandler: ChannelInboundHandler, RemovableChannelHandler {
    package typealias InboundIn = HTTPServerRequestPart
    package typealias OutboundOut = ByteBuffer

    private enum State {
        /// Between requests. `hasBegun`: bytes of the next head are here.
        case idle(hasBegun: Bool)
        case reading(PartialRequest)
        /// The last answer is out, and the client is given a moment to read it.
        case lingering
        case upgraded
        case closed
    }

    private struct PartialRequest {
        var request: CompleteRequest
        let startedAt: MonotonicTime
    }

    private let services: HTTPServices
    private let loop: LoopContext
    private let decoder: ByteToMessageHandler<HTTPRequestDecoder>
    private var state = State.idle(hasBegun: false)
    private var context: ChannelHandlerContext?
    private var peer = ClientAddress.v4(0)
    private var timer: ExpiryToken?
    private var dates = DateCache()

    /// How long a connection is kept for the client to read the last answer, before it is cut.
    private static let lingerTime = TimeSpan.seconds(2)

    private init(services: HTTPServices, loop: LoopContext, decoder: ByteToMessageHandler<HTTPRequestDecoder>) {
        self.services = services
        self.loop = loop
        self.decoder = decoder
    }

    /// Puts the decoder and a handler at the end of a new connection's pipeline.
    package static func install(in pipeline: ChannelPipeline.SynchronousOperations, services: HTTPServices, loop: LoopContext) throws {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = HTTPSettings.maxHeaderField
        limits.maxHeaderListSize = HTTPSettings.maxHeaderList
        limits.maxHeaderFieldCount = HTTPSettings.maxHeaderCount
        let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits))
        try pipeline.addHandler(decoder)
        try pipeline.addHandler(HTTPHandler(services: services, loop: loop, decoder: decoder))
    }

    // MARK: - Channel events

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.peer = context.remoteAddress.flatMap(ClientAddress.init) ?? .v4(0)
        self.loop.connections.insert(self)
        // Also a client that sends nothing at all is cut off.
        self.setDeadline(self.services.settings.readHeaderTimeout)
    }

    package func handlerRemoved(context: ChannelHandlerContext) { self.finish() }

    package func channelInactive(context: ChannelHandlerContext) {
        self.finish()
        context.fireChannelInactive()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head): self.receiveHead(head)
        case .body(let bytes): self.receiveBody(bytes)
        case .end: self.receiveEnd()
        }
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        if case .idle(hasBegun: false) = self.state, !self.isBetweenRequests {
            // Bytes came, but no whole head: the clock runs from the first of them.
            self.state = .idle(hasBegun: true)
            self.setDeadline(self.services.settings.readHeaderTimeout)
        }
        self.isBetweenRequests = false
        self.loop.flushTouched()
        context.flush()
    }

    /// A request ended in the read that is being handled.
    private var isBetweenRequests = false

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A client that leaves in the middle of a request makes the decoder complain; there is nobody to answer and nothing to count.
        guard context.channel.isActive else { return }
        guard let error = error as? HTTPParserError else {
            self.services.logger.debug("connection failed", metadata: ["error": "\(error)"])
            context.close(promise: nil)
            return
        }
        switch self.state {
        case .idle, .reading:
            let isTooLong = error == .headerOverflow
            let problem =
                isTooLong
                ? Problem(431, "the request's head is too long", closes: true)
                : Problem(400, "this is not HTTP/1.1: \(error)", closes: true)
            self.refuse(problem)
        case .lingering, .upgraded, .closed: break
        }
    }

    // MARK: - Requests

    private func receiveHead(_ head: HTTPRequestHead) {
        guard case .idle = self.state else { return }
        let client =
            head.headers.contains(name: "X-Forwarded-For")
            ? self.services.settings.proxies.clientAddress(peer: self.peer, forwardedFor: head.headers["X-Forwarded-For"]) : self.peer
        let route = Route(target: head.uri, metricsRoute: self.services.settings.metricsRoute)
        let request = CompleteRequest(head: head, body: ByteBuffer(), route: route, client: client)
        self.state = .reading(PartialRequest(request: request, startedAt: self.loop.clock.now()))
        if let problem = HeadRules.violation(of: head) { return self.refuse(problem) }
        self.setDeadline(self.services.settings.readHeaderTimeout)
        if head.version == .http1_1, head.headers.hasToken("100-continue", in: "Expect") {
            var buffer = ByteBuffer()
            buffer.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n")
            self.context?.writeAndFlush(self.wrapOutboundOut(buffer), promise: nil)
        }
    }

    private func receiveBody(_ bytes: ByteBuffer) {
        guard case .reading(var partial) = self.state else { return }
        guard partial.request.body.readableBytes + bytes.readableBytes <= HTTPSettings.maxBody else {
            return self.refuse(.bodyTooLarge)
        }
        // Otherwise appending would copy what is there already.
        self.state = .closed
        partial.request.body.writeImmutableBuffer(bytes)
        self.state = .reading(partial)
    }

    private func receiveEnd() {
        guard case .reading(let partial) = self.state else { return }
        switch Responder(services: self.services).answer(partial.request, self.loop) {
        case .upgrade(let admitted):
            self.record(partial, status: 101)
            self.upgrade(admitted)
        case .response(let response):
            self.isBetweenRequests = true
            self.send(response, to: partial)
        }
    }

    // MARK: - Answers

    private func send(_ response: HTTPResponse, to partial: PartialRequest) {
        let head = partial.request.head
        // The decoder stops at a request that asks for an upgrade, also one that is refused or is for another protocol (RFC 9110 section
        // 7.8 lets a server ignore it), and at one for a tunnel: nothing after it could be read.
        let stopsHere =
            head.method == .CONNECT || head.headers.hasToken("upgrade", in: "Connection") && head.headers.contains(name: "Upgrade")
        let keepsAlive =
            head.isKeepAlive && !response.closes && !stopsHere && self.services.hub.phase != .draining && self.isBeingReadFrom
        self.record(partial, status: response.status)
        self.write(response, keepsAlive: keepsAlive, omitsBody: head.method == .HEAD)
        if keepsAlive {
            self.state = .idle(hasBegun: false)
            self.setDeadline(self.services.settings.idleTimeout)
        } else {
            self.linger()
        }
    }

    /// False for a client that sends requests on and on and does not read their answers: this one will be its last, so that answers
    /// cannot pile up.
    private var isBeingReadFrom: Bool {
        guard let context = self.context, !context.channel.isWritable else { return true }
        // What was written in this read is not flushed yet.
        context.flush()
        return context.channel.isWritable
    }

    /// Answers before the request is whole, or instead of one that is none.
    private func refuse(_ problem: Problem) {
        var response = problem.response
        if case .reading(let partial) = self.state {
            response.fields += self.services.settings.cors.fields(for: partial.request.head.headers.first(name: "Origin"))
            self.record(partial, status: response.status)
        } else {
            self.loop.metrics.count { $0.httpRequests[RouteLabel.other.rawValue][StatusLabel(response.status)] += 1 }
        }
        self.write(response, keepsAlive: false, omitsBody: false)
        self.linger()
    }

    private func write(_ response: HTTPResponse, keepsAlive: Bool, omitsBody: Bool) {
        var buffer = ByteBuffer()
        let date = self.dates.text(at: self.loop.clock.unixSeconds())
        response.write(date: date, keepsAlive: keepsAlive, omitsBody: omitsBody, into: &buffer)
        self.context?.write(self.wrapOutboundOut(buffer), promise: nil)
    }

    /// Ends the connection from this side first. A socket closed with input unread is reset, and the reset can overtake the answer.
    private func linger() {
        guard let context = self.context else { return }
        self.state = .lingering
        context.flush()
        self.setDeadline(Self.lingerTime)
        context.close(mode: .output).assumeIsolated().whenFailure { _ in context.close(promise: nil) }
    }

    private func record(_ partial: PartialRequest, status: Int) {
        let request = partial.request
        let duration = self.loop.clock.now() - partial.startedAt
        let route = Route.label(request.route)
        self.loop.metrics.count {
            $0.httpRequests[route.rawValue][StatusLabel(status)] += 1
            $0.httpDuration.observe(duration.seconds)
        }
        // What was refused is worth a line by default; what went well only to whoever asks.
        self.services.logger.log(
            level: status >= 400 ? .info : .debug, "request",
            metadata: [
                "method": "\(request.head.method.rawValue)", "route": "\(RouteLabel.names[route.rawValue])",
                "status": .stringConvertible(status), "duration_ms": .stringConvertible(duration.milliseconds),
                "client": "\(request.client.logText(full: self.services.settings.logsFullAddresses))",
            ])
    }

    // MARK: - Upgrade

    private func upgrade(_ admitted: UpgradeAdmission.Admitted) {
        guard let context = self.context else { return }
        self.state = .upgraded
        var buffer = ByteBuffer()
        buffer.writeStaticString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade")
        buffer.writeField("Sec-WebSocket-Accept", admitted.accept)
        buffer.writeStaticString("\r\n\r\n")
        // Not flushed: the first frames, if there are any, go out in the same write.
        context.write(self.wrapOutboundOut(buffer), promise: nil)
        let pipeline = context.pipeline.syncOperations
        let handler = self.services.webSocket(admitted.request, self.loop)
        do {
            try pipeline.addHandler(handler)
        } catch {
            // Only a pipeline that is gone refuses a handler.
            self.services.hub.connections.webSocketClosed()
            context.close(promise: nil)
            return
        }
        // Bytes behind the request are frames: leaving, the decoder passes them on.
        pipeline.removeHandler(context: context, promise: nil)
        let loop = self.loop
        pipeline.removeHandler(self.decoder).assumeIsolated().whenComplete { _ in
            // It does so in the loop's next round, and no end of a read follows: whoever those frames were for must be woken from here.
            loop.flushTouched()
        }
    }

    // MARK: - Time

    private func setDeadline(_ delay: TimeSpan) {
        let deadline = self.loop.clock.now() + delay
        if let timer = self.timer, self.loop.timers.reschedule(timer, at: deadline) { return }
        self.timer = self.loop.timers.schedule(self, at: deadline)
    }

    private func finish() {
        if case .closed = self.state, self.context == nil { return }
        self.state = .closed
        if let timer = self.timer { self.loop.timers.cancel(timer) }
        self.loop.connections.remove(self)
        self.context = nil
    }
}

extension HTTPHandler: DeadlineTarget {
    package func deadlineReached(now: MonotonicTime) {
        self.timer = nil
        switch self.state {
        case .idle(hasBegun: false), .lingering: self.context?.close(promise: nil)
        case .idle(hasBegun: true), .reading:
            self.refuse(Problem(408, "the request did not arrive in time", closes: true))
        case .upgraded, .closed: break
        }
    }
}

extension HTTPHandler: DrainableConnection {
    package func announceDrain(reconnectAfterMilliseconds: Int) {}

    /// A request under way is answered still, and its answer closes the connection.
    package func drain() {
        if case .idle = self.state { self.context?.close(promise: nil) }
    }

    package func abort() { self.context?.close(promise: nil) }
}
