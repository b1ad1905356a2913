import ByteStreams
import NIOCore
import SignalingClient
import SignalingTestKit
import WebSocketCore
import WebSocketServer

/// One WebSocket of a session, from the attempt at it to its end, over a network that takes time. Each direction keeps its order.
final class SessionWire {
    enum Event {
        case connected
        case refused(ClientError)
        case message([UInt8])
        case ping
        case closed(code: UInt16, reason: String)
    }

    /// What the server's end of it is made of.
    struct Upgrade {
        let stream: MemoryStream
        let loop: ManualLoop
        let context: LoopContext
        let connection: WebSocketConnection
    }

    /// The life of the server that it is a connection of; nil before the server has it.
    private(set) var life: Int?
    private let world: SessionWorld
    var tell: (Event) -> Void = { _ in }
    private var random: SplitMix64
    private var upgrade: Upgrade?
    /// When what is on its way has arrived, at the server and at the client.
    private var up: Int64 = 0
    private var down: Int64 = 0
    private var inbound = ByteBuffer()

    /// The client reads nothing.
    private var isStalled = false
    /// Nothing comes through any more, and nobody is told.
    private var isDark: Bool
    /// The network has ended it: what was on its way is lost.
    private var isCut = false
    /// The client wants nothing more of it.
    private var isLeft = false
    private var hasSentClose = false
    private var sawEnd = false

    init(_ world: SessionWorld, isDark: Bool, seed: UInt64) {
        self.world = world
        self.isDark = isDark
        self.random = SplitMix64(seed: seed)
    }

    /// Nothing comes through any more.
    var isDead: Bool { self.isDark || self.isCut }
    var isOpenAtServer: Bool { self.upgrade?.stream.isOpen == true }
    /// Nothing can come of it any more, at either end.
    var isOver: Bool { self.isLeft && !self.isOpenAtServer && self.up <= self.world.time }

    // MARK: - The client

    /// `accept` is asked when the request has arrived.
    func open(_ accept: @escaping () -> Result<Upgrade, ClientError>) {
        self.plan(\.up) { [self] in
            // It would take the place of the process that came after this one.
            if self.isLeft { return }
            switch accept() {
            case .failure(let error):
                self.plan(\.down) { self.hear(.refused(error)) }
            case .success(let upgrade):
                self.upgrade = upgrade
                self.life = self.world.life
                self.plan(\.down) { self.hear(.connected) }
                self.turn { $0.begin(upgrade.connection) }
            }
        }
    }

    func send(_ text: [UInt8]) { self.write(first: 0x81, ByteBuffer(bytes: text)) }

    /// The closing handshake, behind what was sent.
    func close() {
        self.hasSentClose = true
        self.write(first: 0x88, ByteBuffer(bytes: [0x03, 0xE8]))
    }

    /// The client leaves it without a word.
    func abort() {
        self.isLeft = true
        self.plan(\.up) { [self] in self.end(.reset) }
    }

    private func write(first: UInt8, _ payload: ByteBuffer) {
        var wire = ClientWire()
        wire.append(first: first, payload, mask: UInt32(truncatingIfNeeded: self.random.next()), means: .nothing)
        var bytes = wire.bytes
        while bytes.readableBytes > 0 {
            let length = self.random.next() % 4 == 0 ? 1 + Int(self.random.next() % UInt64(bytes.readableBytes)) : bytes.readableBytes
            guard let part = bytes.readSlice(length: length) else { return }
            self.plan(\.up) { [self] in self.turn { $0.arrive(part) } }
        }
    }

    // MARK: - What happens to it

    func goDark() { self.isDark = true }
    func stall() { self.isStalled = true }
    func readOn() { self.isStalled = false }

    /// The network ends the connection, and both find out in their time.
    func cut() {
        guard !self.isCut else { return }
        self.isCut = true
        self.world.plan(after: self.delay()) { [self] in self.end(.reset) }
        self.world.plan(after: self.delay()) { [self] in self.hear(.closed(code: 1006, reason: ""), isLocal: true) }
    }

    /// The server's process is gone. What it had sent may arrive yet.
    func serverDied() {
        if self.random.next() % 2 == 0 { _ = self.settle() }
        let connection = self.upgrade?.connection
        self.turn { if $0.isOpen { connection?.abort() } }
        // Of a machine that is gone nobody is told anything.
        if self.isDark || self.random.next() % 8 == 0 { return self.goDark() }
        if self.random.next() % 2 == 0 { return self.cut() }
        self.sawEnd = true
        self.plan(\.down) { [self] in self.hear(.closed(code: 1006, reason: "")) }
    }

    // MARK: - The server

    /// The server reads what has arrived, and what it has sent is on its way. Whether anything moved.
    func settle() -> Bool {
        guard let stream = self.upgrade?.stream else { return false }
        var moved = false
        while stream.canRead {
            self.turn { $0.read() }
            moved = true
        }
        guard !self.isStalled, !self.isDark, !self.isCut else { return moved }
        if stream.hasOutput {
            var bytes = ByteBuffer()
            self.turn { bytes = $0.takeSent() }
            if bytes.readableBytes > 0 {
                moved = true
                self.deliver(bytes)
            }
        }
        if stream.sentEnd != nil, stream.sent.readableBytes == 0, !self.sawEnd {
            self.sawEnd = true
            self.plan(\.down) { [self] in
                self.hear(.closed(code: 1006, reason: ""))
                self.plan(\.up) { self.end(.fin) }
            }
        }
        return moved
    }

    private func deliver(_ bytes: ByteBuffer) {
        var bytes = bytes
        while bytes.readableBytes > 0 {
            let length = self.random.next() % 8 == 0 ? 1 + Int(self.random.next() % UInt64(bytes.readableBytes)) : bytes.readableBytes
            guard let part = bytes.readSlice(length: length) else { return }
            self.plan(\.down) { [self] in self.arrive(part) }
        }
    }

    private func arrive(_ bytes: ByteBuffer) {
        self.inbound.writeImmutableBuffer(bytes)
        while !self.isLeft, let (opcode, payload) = self.nextFrame() {
            switch opcode {
            case .text, .binary: self.hear(.message(payload))
            case .ping:
                if !self.hasSentClose { self.write(first: 0x8A, ByteBuffer(bytes: payload)) }
                self.hear(.ping)
            case .close:
                if !self.hasSentClose { self.write(first: 0x88, ByteBuffer(bytes: payload.prefix(2))) }
                self.plan(\.up) { [self] in self.end(.fin) }
                let code = payload.count < 2 ? 1005 : UInt16(payload[0]) << 8 | UInt16(payload[1])
                self.hear(.closed(code: code, reason: String(decoding: payload.dropFirst(2), as: UTF8.self)))
            case .continuation, .pong: self.world.fail("the server sent a frame of kind \(opcode)")
            }
        }
        self.inbound.discardReadBytes()
    }

    private func nextFrame() -> (Opcode, [UInt8])? {
        var input = self.inbound
        guard let first = input.readInteger(as: UInt8.self), let short = input.readInteger(as: UInt8.self) else { return nil }
        var length = Int(short)
        if short == 126 {
            guard let extended = input.readInteger(as: UInt16.self) else { return nil }
            length = Int(extended)
        } else if short == 127 {
            guard let extended = input.readInteger(as: UInt64.self) else { return nil }
            length = Int(extended)
        }
        guard let opcode = Opcode(rawValue: first & 0x0F), let payload = input.readBytes(length: length) else { return nil }
        self.inbound = input
        return (opcode, payload)
    }

    // MARK: - The network

    private func delay() -> Int64 {
        let usual = self.world.profile.latency
        return usual / 2 + Int64(self.random.next() % UInt64(usual)) + (self.random.next() % 32 == 0 ? usual * 4 : 0)
    }

    /// Something arrives, behind what is on its way there.
    private func plan(_ direction: ReferenceWritableKeyPath<SessionWire, Int64>, _ body: @escaping () -> Void) {
        self[keyPath: direction] = max(self[keyPath: direction], self.world.time + self.delay())
        self.world.plan(at: self[keyPath: direction]) { [self] in
            if !self.isDark, !self.isCut { body() }
        }
    }

    /// - Parameter isLocal: It comes of no byte that was sent.
    private func hear(_ event: Event, isLocal: Bool = false) {
        guard !self.isLeft, isLocal || !self.isCut else { return }
        switch event {
        case .closed, .refused: self.isLeft = true
        case .connected, .message, .ping: break
        }
        self.tell(event)
    }

    private func end(_ end: MemoryStream.End) {
        self.turn { if $0.isOpen { $0.end(end) } }
    }

    private func turn(_ body: (MemoryStream) -> Void) {
        guard let upgrade = self.upgrade else { return }
        upgrade.loop.turn {
            body(upgrade.stream)
            upgrade.context.flushTouched()
        }
    }
}
