package import NIOCore
import NIOPosix

/// A keep-alive HTTP/1.1 connection. Requests may be pipelined; their answers come in order.
package final class HTTPConnection: ChannelInboundHandler, Flushable {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    package struct Response: Sendable {
        package var head: ResponseHead
        package var body: String
        package var status: Int { self.head.status }
    }

    private enum Phase { case idle, connecting, open, ended }

    private let loop: LoadLoop
    private let changed: Signal
    private var phase = Phase.idle
    private var channel: (any Channel)?
    private var outgoing = ByteBuffer()
    private var isTouched = false
    private var unread = ByteBuffer()
    private var head: ResponseHead?
    private var responses = CircularBuffer<Response>()
    private var ending = ""

    package init(loop: LoadLoop) {
        self.loop = loop
        self.changed = Signal(loop: loop)
    }

    package var isOpen: Bool { self.phase == .open }
    package var hasEnded: Bool { self.phase == .ended }

    package nonisolated(nonsending) func open(_ address: SocketAddress) async throws(LoadFailure) {
        self.connect(address)
        try await self.changed.wait("a connection", within: .seconds(30)) { self.phase != .connecting }
        if self.phase == .ended { throw .ended(self.ending) }
    }

    private func connect(_ address: SocketAddress) {
        self.phase = .connecting
        let handler = NIOLoopBound(self, eventLoop: self.loop.eventLoop)
        ClientBootstrap(group: self.loop.eventLoop)
            .connectTimeout(.seconds(20))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(handler.value) }
            }
            .connect(to: address).assumeIsolated().whenFailure { error in self.finish("\(error)") }
    }

    /// Sends bytes: a request, several, or a part of one.
    package func send(_ bytes: ByteBuffer) {
        self.outgoing.writeImmutableBuffer(bytes)
        guard !self.isTouched else { return }
        self.isTouched = true
        self.loop.touch(self)
    }

    func flush() {
        self.isTouched = false
        guard self.outgoing.readableBytes > 0, let channel = self.channel else { return }
        channel.writeAndFlush(self.outgoing, promise: nil)
        self.outgoing = ByteBuffer()
    }

    /// The next answer.
    package nonisolated(nonsending) func response(within limit: TimeAmount = .seconds(30)) async throws(LoadFailure) -> Response {
        try await self.changed.wait("an answer", within: limit) { !self.responses.isEmpty || self.phase == .ended }
        guard let response = self.responses.popFirst() else { throw .ended(self.ending) }
        return response
    }

    package nonisolated(nonsending) func ask(_ request: HTTPRequest) async throws(LoadFailure) -> Response {
        self.send(request.bytes)
        return try await self.response()
    }

    /// Waits until the server has ended the connection, and answers what came that nobody asked for.
    package nonisolated(nonsending) func ended(within limit: TimeAmount = .seconds(30)) async throws(LoadFailure) -> [Response] {
        try await self.changed.wait("the connection's end", within: limit) { self.phase == .ended }
        return Array(self.responses)
    }

    /// Ends the connection and waits until it is gone.
    package nonisolated(nonsending) func close() async throws(LoadFailure) {
        self.flush()
        self.channel?.close(promise: nil)
        _ = try await self.ended()
    }

    package func drop() { self.channel?.close(promise: nil) }

    // MARK: - Channel events

    package func channelActive(context: ChannelHandlerContext) {
        self.channel = context.channel
        self.phase = .open
        self.changed.fire()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.unread.writeImmutableBuffer(self.unwrapInboundIn(data))
        while true {
            if self.head == nil {
                switch ResponseHead.read(from: &self.unread) {
                case .needMore: return
                case .malformed(let why): return self.fail(why)
                case .head(let head): self.head = head
                }
            }
            guard let head = self.head else { return }
            let length = head["content-length"].flatMap { Int($0) }
            guard let length = head.status == 204 ? length ?? 0 : length else { return self.fail("no Content-Length") }
            guard let body = self.unread.readString(length: length) else { return }
            self.head = nil
            if self.unread.readableBytes == 0 { self.unread = ByteBuffer() }
            self.responses.append(Response(head: head, body: body))
            self.changed.fire()
        }
    }

    private func fail(_ why: String) {
        self.finish("a malformed answer: \(why)")
        self.channel?.close(promise: nil)
    }

    package func channelInactive(context: ChannelHandlerContext) { self.finish("end of stream") }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.finish("\(error)")
        context.close(promise: nil)
    }

    private func finish(_ how: String) {
        guard self.phase != .ended else { return }
        self.phase = .ended
        self.ending = how
        self.changed.fire()
    }
}
