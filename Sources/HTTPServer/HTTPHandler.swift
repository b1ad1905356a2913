import Logging
package import NIOCore
import NetworkAddresses
import SignalingCore
package import SignalingRuntime
import SignalingWire
import TimeKeeping

/// One HTTP/1.1 connection: puts requests together within their bounds, has them answered, and hands the connection over when it becomes
/// a WebSocket.
package final class HTTPHandler: StreamDriver {
    enum State {
        /// Between requests. `hasBegun`: bytes of the next head are here.
        case idle(hasBegun: Bool)
        /// A head is in, and its body on the way.
        case reading
        /// The last answer is written. `isAgreed`: the client said that it would send no more, and has not.
        case ending(isAgreed: Bool)
        /// The last answer is out, and the client is given a moment to read it.
        case lingering
        case closed
    }

    /// A request whose body is not all here.
    private struct PartialRequest {
        var request: CompleteRequest
        var framing: RequestReader.Framing
    }

    let services: HTTPServices
    let loop: LoopContext
    var state = State.idle(hasBegun: false)
    var stream: (any ByteStream)?
    package var place = ConnectionPlace()

    /// Of a head that is not all here.
    private var parser: HeadParser?
    private var partial: PartialRequest?
    /// Input that is no whole head yet, or none of a body that can be taken out.
    private var unread = ByteBuffer()
    /// Answers of the read that is being handled.
    private var output = ByteBuffer()

    /// When the connection has waited long enough.
    var deadline = MonotonicTime(nanoseconds: 0)
    var timer: (token: ExpiryToken, deadline: MonotonicTime)?
    /// Bytes that the system had not taken when that was looked at last.
    var unsentBefore = 0

    /// Answers are gathered up to so many bytes before it is looked whether the client reads them.
    private static let mostGathered = 16 * 1024

    package init(services: HTTPServices, loop: LoopContext) {
        self.services = services
        self.loop = loop
    }

    // MARK: - Stream events

    package func opened(on stream: any ByteStream) {
        self.stream = stream
        self.loop.connections.insert(self)
        // Also a client that sends nothing at all is cut off.
        self.deadline = self.loop.clock.now() + self.services.settings.readHeaderTimeout
    }

    package func received(_ bytes: ByteBuffer) {
        if case .ending = self.state { self.state = .ending(isAgreed: false) }
        guard self.isListening else { return }
        var input = bytes
        var isOwn = false
        if self.unread.readableBytes > 0 {
            self.unread.writeImmutableBuffer(bytes)
            input = self.unread
            // Otherwise the next bytes would be added to a copy.
            self.unread = ByteBuffer()
            isOwn = true
        }
        self.handle(&input)
        if input.readableBytes == 0 { return }
        switch self.state {
        case .ending: self.state = .ending(isAgreed: false)
        // What is left of a longer read is small, and what was read is not the connection's own.
        case .idle, .reading: self.unread = isOwn && input.readerIndex == 0 ? input : input.copied
        case .lingering, .closed: break
        }
    }

    package func readCompleted() {
        switch self.state {
        case .idle(hasBegun: false) where self.parser != nil:
            // Bytes came, but no whole head: the clock runs from the first of them.
            self.state = .idle(hasBegun: true)
            self.deadline = self.loop.clock.now() + self.services.settings.readHeaderTimeout
            self.sendAnswers()
        case .idle, .reading: self.sendAnswers()
        case .ending(let isAgreed): self.finishAnswers(isAgreed: isAgreed)
        case .lingering, .closed: return
        }
        self.fileDeadline()
    }

    package func becameWritable() {}

    /// A client may say that it has no more requests, and wait for the answers (RFC 9112 section 9.6).
    package var outlivesInput: Bool { true }

    package func ended(_ error: (any Error)?) {
        if let error { self.services.logger.debug("connection failed", metadata: ["error": "\(error)"]) }
        self.leave()
    }

    // MARK: - Requests

    private var isListening: Bool {
        switch self.state {
        case .idle, .reading: true
        case .ending, .lingering, .closed: false
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
                    // An empty line, which may stand before a request, is no beginning of one.
                    if parser.position > 0 { self.parser = parser }
                    return
                }
                self.receive(head, &input)
            } catch {
                return self.refuse(error.problem)
            }
        }
    }

    private func receive(_ head: RequestHead, _ input: inout ByteBuffer) {
        let bytes = head.bytes.readableBytesUInt8Span
        let route = Route(bytes, target: head.target, metricsRoute: self.services.settings.metricsRoute, files: self.services.files)
        let now = self.loop.clock.now()
        var request = CompleteRequest(head: head, body: ByteBuffer(), route: route, client: self.client(of: head), startedAt: now)
        if let problem = HeadRules.violation(of: head) { return self.refuse(problem, of: request) }
        if head.isHTTP11, head.expectsContinue { self.append { $0.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n") } }
        guard var framing = RequestReader.Framing(head) else { return self.answer(request, &input) }
        do throws(ParseRefusal) {
            if try RequestReader.readBody(&input, &framing, into: &request.body, of: &request.head) { return self.answer(request, &input) }
        } catch {
            return self.refuse(error.problem, of: request)
        }
        // The head lies in a buffer that is used again.
        request.head.bytes = request.head.bytes.copied
        self.partial = PartialRequest(request: request, framing: framing)
        self.state = .reading
        self.deadline = now + self.services.settings.readHeaderTimeout
    }

    /// False while more is to come.
    private func readBody(_ input: inout ByteBuffer) -> Bool {
        // Taken out, so that what comes is added in place.
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
        self.answer(partial.request, &input)
        return true
    }

    private func client(of head: RequestHead) -> ClientAddress {
        let peer = self.stream?.peer ?? .v4(0)
        guard !head.forwardedFor.isEmpty else { return peer }
        return self.services.settings.proxies.clientAddress(peer: peer, forwardedFor: head.forwardedFor.map(head.text))
    }

    // MARK: - Answers

    private func answer(_ request: CompleteRequest, _ rest: inout ByteBuffer) {
        switch Responder(services: self.services).answer(request, self.loop) {
        case .upgrade(let admitted):
            self.record(request, status: 101, at: self.loop.clock.now())
            self.upgrade(admitted, unread: rest)
        case .answer(let answer):
            self.send(answer, to: request)
        }
    }

    private func send(_ answer: Answer, to request: CompleteRequest) {
        let now = self.loop.clock.now()
        self.record(request, status: answer.status, at: now)
        let head = request.head
        let keepsAlive =
            head.isKeepAlive && !answer.closes && !head.isLastReadable && self.services.hub.phase != .draining && self.isBeingReadFrom()
        // To look costs a flush, and a flush can find the connection gone.
        guard self.stream != nil else { return }
        self.write(answer, to: head, keepsAlive: keepsAlive)
        if keepsAlive {
            self.state = .idle(hasBegun: false)
            self.deadline = now + self.services.settings.idleTimeout
        } else {
            self.state = .ending(isAgreed: !head.isKeepAlive && !head.isLastReadable)
        }
    }

    /// Answers before the request is whole, or instead of one that is none.
    func refuse(_ problem: Problem, of request: CompleteRequest? = nil) {
        let request = request ?? self.partial.take()?.request
        let response = problem.response
        if let request {
            self.record(request, status: response.status, at: self.loop.clock.now())
        } else {
            self.loop.metrics.httpAnswered(.other, status: response.status, duration: nil)
        }
        self.write(.response(response), to: request?.head, keepsAlive: false)
        self.state = .ending(isAgreed: false)
    }

    private func write(_ answer: Answer, to head: RequestHead?, keepsAlive: Bool) {
        let surroundings = AnswerSurroundings(
            unixSeconds: self.loop.clock.unixSeconds(), omitsBody: head?.method == .head, keepsAlive: keepsAlive)
        self.append { $0.write(answer, to: head, surroundings, self.services.settings.cors, dates: self.loop.dateLine) }
    }

    @inline(__always)
    private func append(_ write: (inout ByteBuffer) -> Void) {
        // Taken out meanwhile: to a variable here every access of the many is free, to one of the object it is looked up.
        var output = self.output
        self.output = ByteBuffer()
        if output.capacity == 0 { output = self.loop.takeBuffer() }
        write(&output)
        self.output = output
    }

    /// False for a client that sends requests on and on and does not read their answers: this one will be its last, so that answers
    /// cannot pile up.
    private func isBeingReadFrom() -> Bool {
        guard let stream = self.stream else { return false }
        if stream.isWritable, self.output.readableBytes < Self.mostGathered { return true }
        self.sendAnswers()
        return stream.isWritable
    }

    private func sendAnswers() {
        guard let stream = self.stream, self.output.readableBytes > 0 else { return }
        var bytes = self.output
        self.output = ByteBuffer()
        stream.write(bytes)
        stream.flush()
        // Of the answers only files are long enough to be taken slowly.
        if bytes.readableBytes > Self.mostGathered { self.unsentBefore = self.stream?.unsentBytes ?? 0 }
        self.loop.recycle(&bytes)
    }

    /// Sends the last answer, and ends the connection from this side first.
    func finishAnswers(isAgreed: Bool) {
        self.sendAnswers()
        guard let stream = self.stream else { return }
        // A client that has said it sends no more, and has had its answer taken by the system, has nothing on the way that could meet a
        // closed socket: no reset can overtake the answer.
        if isAgreed, stream.unsentBytes == 0 { return stream.close() }
        // Of anybody else there may be input unread, and a socket closed with that is reset.
        self.state = .lingering
        self.unsentBefore = stream.unsentBytes
        self.deadline = self.loop.clock.now() + Self.lingerTime
        stream.closeOutput()
    }

    private func record(_ request: CompleteRequest, status: Int, at now: MonotonicTime) {
        let duration = now - request.startedAt
        let route = Route.label(request.route)
        self.loop.metrics.httpAnswered(route, status: status, duration: duration)
        // What was refused is worth a line by default; what went well only to whoever asks.
        self.services.logger.log(
            level: status >= 400 ? .info : .debug, "request",
            metadata: [
                "method": "\(request.head.text(request.head.methodName))", "route": "\(RouteLabel.names[route.rawValue])",
                "status": .stringConvertible(status), "duration_ms": .stringConvertible(duration.milliseconds),
                "client": "\(request.client.logText(full: self.services.settings.logsFullAddresses))",
            ])
    }

    // MARK: - The end

    private func upgrade(_ admitted: UpgradeAdmission.Admitted, unread: ByteBuffer) {
        guard let stream = self.stream else { return self.services.hub.connections.webSocketClosed() }
        self.append { WebSocketHandshake.writeAnswer(admitted.accept, into: &$0) }
        // Not flushed: the first frames, if there are any, go out in the same write.
        stream.write(self.output)
        self.leave()
        let (services, request) = (self.services, admitted.request)
        let key = UInt64(truncatingIfNeeded: request.room.hashValue)
        stream.handOver(key: key, unread: unread) { loop in services.webSocket(request, loop) }
    }

    private func leave() {
        self.state = .closed
        self.stream = nil
        self.partial = nil
        self.parser = nil
        self.unread = ByteBuffer()
        self.output = ByteBuffer()
        if let timer = self.timer { self.loop.timers.cancel(timer.token) }
        self.timer = nil
        self.loop.connections.remove(self)
    }
}

extension ByteBuffer {
    /// In storage of its own that is no larger than it needs to be.
    fileprivate var copied: ByteBuffer { ByteBuffer(bytes: self.readableBytesView) }
}
