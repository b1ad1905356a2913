import ByteStreams
import NIOCore

/// Requests whose responses come later. Until then the connection reads no further.
extension HTTPConnection {
    func wait(for deferred: any DeferredResponse, _ request: HTTPRequest, _ rest: inout ByteBuffer) {
        var request = request
        // The read buffer is used again by the loop.
        request.head.bytes = request.head.bytes.copied
        request.body = ByteBuffer()
        let late = LateResponse(to: request, deferred, on: self)
        self.state = .responding
        self.late = late
        self.stream?.isReading = false
        guard let outcome = late.begin() else { return }
        self.goOn()
        self.carryOut(outcome, of: request, &rest)
    }

    /// The response that was waited for is known.
    func finish(_ late: LateResponse, _ outcome: HTTPOutcome) {
        self.goOn()
        var input = self.unread
        self.unread = ByteBuffer()
        self.carryOut(outcome, of: late.request, &input)
        self.work(off: input, isOwn: true)
        self.readCompleted()
        if case .responding = self.state { return }
        if self.inputHasEnded { self.stream?.closeWhenSent() }
    }

    private func goOn() {
        self.late = nil
        self.state = .idle(hasBegun: false)
        self.stream?.isReading = true
    }

    /// Keeps what comes behind a request whose response comes later. The stream is paused, so it is the rest of a read, and more only from
    /// a client that has ended its direction.
    func keep(_ input: ByteBuffer) {
        guard self.unread.readableBytes + input.readableBytes <= HTTPSettings.maxUnread else {
            self.stream?.close()
            return
        }
        if self.unread.readableBytes == 0 { self.unread = input.copied } else { self.unread.writeImmutableBuffer(input) }
    }

    /// A client that waits for a response looks the same here as one that has left. What it is sent now tells: a client that is there
    /// skips an interim response (RFC 9110 section 15.2), and the system of one that has left resets the connection.
    package func inputEnded() -> Bool {
        // HTTP/1.0 knows no such response. Its end counts as leaving, or what nobody waits for any more would be carried out.
        guard case .responding = self.state, let stream = self.stream, self.late?.request.head.isHTTP11 == true else { return false }
        self.inputHasEnded = true
        stream.write(ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n"))
        stream.flush()
        return true
    }
}
