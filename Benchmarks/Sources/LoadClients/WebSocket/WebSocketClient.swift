package import NIOCore
import NIOPosix

/// One WebSocket connection of a simulated client, without any task or hop per frame. Messages go to `onMessage` where it is set,
/// otherwise they wait for `next()`.
///
/// It answers pings and closes, checks everything the server sends against RFC 6455, and enters what it sent into a `SentAccount`.
package final class WebSocketClient: ChannelInboundHandler, Flushable {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    package struct Request: Sendable {
        package var room: String
        package var side: Side
        package var sid: String?
        /// What a proxy would have put into X-Forwarded-For.
        package var address: String
        /// SO_RCVBUF, where the kernel is to hold little for this client.
        package var receiveBuffer: Int?

        package init(room: String, side: Side, sid: String? = nil, address: String, receiveBuffer: Int? = nil) {
            self.room = room
            self.side = side
            self.sid = sid
            self.address = address
            self.receiveBuffer = receiveBuffer
        }
    }

    package enum Side: String, Sendable {
        case a = "A"
        case b = "B"
        package var other: Side { self == .a ? .b : .a }
    }

    enum Phase { case idle, connecting, upgrading, open, ended }

    package let request: Request
    let loop: LoadLoop
    let account: SentAccount
    let changed: Signal
    var phase = Phase.idle
    var channel: (any Channel)?

    // Input
    private var unread = ByteBuffer()
    private var reader = ServerFrameReader()
    private var inbox = CircularBuffer<ServerMessage>()
    package var onMessage: ((ServerMessage) -> Void)?
    package var onEnd: ((WebSocketEnd) -> Void)?
    /// Called when the socket takes writes again after `mayPush` was false.
    package var onWritable: (() -> Void)?

    // Output
    private var writer: ClientFrameWriter
    private var outgoing = ByteBuffer()
    private var isTouched = false
    private var unconfirmed = SentAccount.Tally()
    private var pingsSent: UInt64 = 0
    private var pongsHeard: UInt64 = 0
    /// The code the server will have entered for this connection although no close frame of its was read.
    package var unseenCode: Int?
    /// Whether pings and closes are answered. A client that plays dead, or that has broken the protocol, answers nothing.
    package var answers = true

    // The end
    package private(set) var end: WebSocketEnd?
    var receivedClose: Int?
    var hasSentClose = false
    private var isCloseOurs = false
    private var hasBroken = false
    var ownEnd: WebSocketEnd.Manner?

    package init(_ request: Request, loop: LoadLoop, account: SentAccount) {
        self.request = request
        self.loop = loop
        self.account = account
        self.changed = Signal(loop: loop)
        self.writer = ClientFrameWriter(seed: loop.nextSeed())
    }

    // MARK: - Opening

    /// Connects and upgrades; throws if the server refuses with an HTTP status.
    package nonisolated(nonsending) func open(_ address: SocketAddress, within limit: TimeAmount = .seconds(30)) async throws(LoadFailure) {
        self.connect(address)
        try await self.changed.wait("the upgrade", within: limit) { self.phase == .open || self.phase == .ended }
        // One that was upgraded and closed at once has been open.
        if let end = self.end, !end.wasUpgraded { throw .ended(end.description) }
    }

    /// Connects and sends the upgrade request, without waiting for the answer.
    package nonisolated(nonsending) func dial(_ address: SocketAddress) async throws(LoadFailure) {
        self.connect(address)
        try await self.changed.wait("a connection", within: .seconds(30)) { self.phase != .connecting }
    }

    private func connect(_ address: SocketAddress) {
        self.phase = .connecting
        let handler = NIOLoopBound(self, eventLoop: self.loop.eventLoop)
        var bootstrap = ClientBootstrap(group: self.loop.eventLoop)
            .connectTimeout(.seconds(20))
            .channelOption(.recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 2048, maximum: 65_536))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(handler.value) }
            }
        if let size = self.request.receiveBuffer {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: .init(size))
        }
        bootstrap.connect(to: address).assumeIsolated().whenFailure { error in self.finish(.failed("\(error)")) }
    }

    package func channelActive(context: ChannelHandlerContext) {
        self.channel = context.channel
        self.phase = .upgrading
        self.changed.fire()
        context.writeAndFlush(self.wrapOutboundOut(UpgradeRequest.bytes(self.request)), promise: nil)
    }

    package var isOpen: Bool { self.phase == .open }

    // MARK: - Input

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var input = self.unwrapInboundIn(data)
        if self.unread.readableBytes > 0 {
            self.unread.writeImmutableBuffer(input)
            input = self.unread
            self.unread = ByteBuffer()
        }
        if self.phase == .upgrading { self.readUpgrade(&input) }
        if self.phase == .open { self.readFrames(&input) }
        if self.phase != .ended, input.readableBytes > 0 { self.unread = input }
    }

    private func readUpgrade(_ input: inout ByteBuffer) {
        switch UpgradeRequest.readAnswer(&input) {
        case .needMore: break
        case .accepted:
            self.phase = .open
            self.changed.fire()
        case .refused(let status): self.fail(.refused(status: status))
        case .malformed(let why):
            self.fail(.violation("the answer to the upgrade: \(why)"))
        }
    }

    private func readFrames(_ input: inout ByteBuffer) {
        while self.phase == .open {
            switch self.reader.next(from: &input) {
            case .needMore: return
            case .message(let opcode, let payload): self.take(ServerMessage(opcode, payload))
            case .ping(let payload): if self.answers, !self.hasSentClose { self.sendControl(.pong, payload) }
            case .pong(let payload):
                self.pongsHeard = payload.getInteger(at: payload.readerIndex) ?? 0
                // TCP keeps order: a pong to the last thing sent proves all that was sent before.
                if self.pongsHeard == self.pingsSent, !self.sentSincePing { self.account.confirm(&self.unconfirmed) }
                self.changed.fire()
            case .close(let code): self.receiveClose(code.map(Int.init) ?? 1005)
            case .violation(let what): self.fail(.violation(what))
            }
        }
    }

    private func take(_ message: ServerMessage) {
        if message == .diagnosis { return }
        if let onMessage = self.onMessage { return onMessage(message) }
        self.inbox.append(message)
        self.changed.fire()
    }

    private func receiveClose(_ code: Int) {
        self.receivedClose = code
        // The echo of our own close proves that everything before it was read.
        if self.isCloseOurs { self.account.confirm(&self.unconfirmed) }
        if self.answers, !self.hasSentClose { self.answerClose(code) }
        self.changed.fire()
    }

    /// What the server makes of the answer depends on why it closed.
    private func answerClose(_ code: Int) {
        self.hasSentClose = true
        self.put(.close, true, code == 1005 ? ByteBuffer() : ByteBuffer(integer: UInt16(code)))
        switch code {
        // It understands nothing any more.
        case 1002, 1007, 1009: break
        // It gives the client a second, which may be too little on a busy machine.
        case 4002, 4008: self.account.enterPossible(.message(.close))
        default: self.account.enter(.message(.close))
        }
    }

    /// The next message that came, or comes within the limit.
    package nonisolated(nonsending) func next(within limit: TimeAmount = .seconds(30)) async throws(LoadFailure) -> ServerMessage {
        try await self.changed.wait("a message", within: limit) { !self.inbox.isEmpty || self.phase == .ended }
        guard let message = self.inbox.popFirst() else { throw .ended(self.end?.description ?? "") }
        return message
    }

    /// What came and was not asked for yet.
    package var waiting: Int { self.inbox.count }

    package func forgetWaiting() { self.inbox.removeAll() }

    // MARK: - Output

    private var sentSincePing = false

    package func send(_ kind: FrameKind, _ payload: ByteBuffer, _ opcode: Opcode = .text, fragments: Int = 1) {
        guard self.phase == .open, !self.hasSentClose else { return }
        self.unconfirmed[.message(opcode)] += 1
        self.unconfirmed[.frames(kind)] += 1
        self.unconfirmed[.bytes(kind)] += payload.readableBytes
        self.sentSincePing = true
        guard fragments > 1 else { return self.put(opcode, true, payload) }
        var rest = payload
        let size = max(1, payload.readableBytes / fragments)
        var next = opcode
        while rest.readableBytes > 0, let part = rest.readSlice(length: min(size, rest.readableBytes)) {
            self.put(next, rest.readableBytes == 0, part)
            next = .continuation
        }
    }

    /// Bytes as they are, for breaking the protocol with. Nothing that follows on this connection is counted by the server.
    package func sendViolation(_ bytes: ByteBuffer) {
        self.answers = false
        self.outgoing.writeImmutableBuffer(bytes)
        self.touch()
    }

    private func sendControl(_ opcode: Opcode, _ payload: ByteBuffer) {
        self.unconfirmed[.message(opcode)] += 1
        self.put(opcode, true, payload)
    }

    private func put(_ opcode: Opcode, _ isFinal: Bool, _ payload: ByteBuffer) {
        self.writer.write(opcode, isFinal: isFinal, payload: payload, into: &self.outgoing)
        self.touch()
    }

    private func touch() {
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

    /// Whether the socket takes what is sent. A client that pushes must ask, or all it wants to send piles up here.
    package var mayPush: Bool {
        self.phase == .open && !self.hasSentClose && self.outgoing.readableBytes < 65_536 && self.channel?.isWritable == true
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { self.onWritable?() }
    }

    /// Sends a ping and waits for its pong: everything sent before has then been read by the server.
    package nonisolated(nonsending) func sync(within limit: TimeAmount = .seconds(30)) async throws(LoadFailure) {
        self.pingsSent += 1
        self.sentSincePing = false
        let number = self.pingsSent
        self.sendControl(.ping, ByteBuffer(integer: number))
        try await self.changed.wait("a pong", within: limit) { self.pongsHeard >= number || self.phase == .ended }
        if self.pongsHeard < number { throw .ended(self.end?.description ?? "") }
    }

    /// A client that does not read lets the kernel's buffers fill, and then the server's.
    package var isReading = true {
        didSet {
            guard self.isReading != oldValue, let options = self.channel?.syncOptions else { return }
            // Only a closed channel refuses the option, and then there is nothing to read.
            try? options.setOption(.autoRead, value: self.isReading)
            if self.isReading { self.channel?.read() }
        }
    }

    // MARK: - Ending

    /// Begins the close handshake.
    func sendClose(_ code: Int?) {
        guard self.phase == .open, !self.hasSentClose else { return }
        self.sendControl(.close, code.map { ByteBuffer(integer: UInt16($0)) } ?? ByteBuffer())
        self.hasSentClose = true
        self.isCloseOurs = true
    }

    private func fail(_ manner: WebSocketEnd.Manner) {
        self.ownEnd = self.ownEnd ?? manner
        self.channel?.close(promise: nil)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        self.finish(.lost("end of stream"))
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.hasBroken = true
        self.ownEnd = self.ownEnd ?? .lost("\(error)")
        context.close(promise: nil)
    }

    private func finish(_ manner: WebSocketEnd.Manner) {
        guard self.phase != .ended else { return }
        let wasUpgraded = self.phase == .open
        self.phase = .ended
        self.channel = nil
        self.unread = ByteBuffer()
        let end = WebSocketEnd(wasUpgraded: wasUpgraded, code: self.receivedClose, manner: self.ownEnd ?? manner)
        self.end = end
        // A socket that is closed with input unread is reset. So an orderly end of the stream after ours proves that all was read.
        if end.manner == .cut, end.code == nil, !self.hasBroken { self.account.confirm(&self.unconfirmed) }
        self.account.writeOff(&self.unconfirmed)
        self.changed.fire()
        self.onEnd?(end)
        self.onMessage = nil
        self.onEnd = nil
        self.onWritable = nil
    }
}
