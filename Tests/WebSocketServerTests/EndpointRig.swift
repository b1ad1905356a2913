import ByteStreams
import FairShares
import NIOCore
import NetworkAddresses
import SignalingTestKit
import TimeKeeping
import WebSocketCore
import WebSocketServer

/// Writes down what a connection tells it, and does what a test wants of it.
final class TestSink: WebSocketSink {
    enum Call: Equatable {
        case opened, interruption, released, holdExpired, drained, respondedToProbe, closes
        case message(Opcode, [UInt8])
        case goesAway(Int)
        case ended(UInt16)
    }

    private let opening: WebSocketOpening
    private let react: (Call, WebSocketConnection) -> Void
    private(set) var calls: [Call] = []
    private(set) var events: [String] = []
    private(set) var roundTrips: [TimeSpan] = []
    private(set) var summary: WebSocketSummary?
    private(set) var closeCause: WebSocketCloseCause?
    private(set) var connection: WebSocketConnection?

    init(_ opening: WebSocketOpening = .open(paused: false), react: @escaping (Call, WebSocketConnection) -> Void = { _, _ in }) {
        self.opening = opening
        self.react = react
    }

    /// What it was told since the last time.
    func takeCalls() -> [Call] {
        defer { self.calls = [] }
        return self.calls
    }

    private func note(_ call: Call) {
        self.calls.append(call)
        if let connection = self.connection { self.react(call, connection) }
    }

    func opened(_ connection: WebSocketConnection) -> WebSocketOpening {
        self.connection = connection
        self.note(.opened)
        return self.opening
    }

    func received(_ messages: inout WebSocketMessages) {
        while let event = messages.next() {
            switch event {
            case .message(let opcode): self.note(.message(opcode, Array(messages.payload.readableBytesView)))
            case .interruption: self.note(.interruption)
            }
        }
    }

    func released() { self.note(.released) }
    func holdExpired() { self.note(.holdExpired) }
    func drained() { self.note(.drained) }
    func respondedToProbe() { self.note(.respondedToProbe) }
    func goesAway(reconnectAfterMilliseconds: Int) { self.note(.goesAway(reconnectAfterMilliseconds)) }
    func closes(_ cause: WebSocketCloseCause) {
        self.closeCause = cause
        self.note(.closes)
    }

    func ended(_ summary: WebSocketSummary) {
        self.summary = summary
        self.note(.ended(summary.code))
        self.connection = nil
    }

    func observed(_ event: WebSocketEvent) {
        switch event {
        case .opened: self.events.append("opened")
        case .ping: self.events.append("ping")
        case .pong: self.events.append("pong")
        case .close: self.events.append("close")
        case .roundTrip(let time): self.roundTrips.append(time)
        }
    }
}

/// WebSocket connections with sinks of tests' own.
final class EndpointRig {
    let network = MemoryNetwork()
    let shares: ClientShares
    private let settings: WebSocketSettings
    private var lastID: UInt64 = 0

    init(
        heartbeat: TimeSpan = .seconds(20), maxMessage: Int = 1 << 20, messageTimeout: TimeSpan = .minutes(60),
        unfinishedBytes: Int = 1 << 30, outputBytes: Int = 1 << 30
    ) {
        self.shares = ClientShares(ShareBook(bounds: [.unfinishedBytes: unfinishedBytes, .outputBytes: outputBytes]))
        self.settings = WebSocketSettings(
            heartbeat: heartbeat, maxMessage: maxMessage, messageTimeout: messageTimeout, shares: self.shares)
    }

    /// Each of its client's own, where none is named.
    func connection(_ sink: any WebSocketSink, client: ClientAddress? = nil) -> WebSocketConnection {
        self.lastID += 1
        return WebSocketConnection(
            id: ConnectionID(self.lastID), sink: sink, client: client ?? .v4(UInt32(self.lastID)), context: self.context,
            settings: self.settings, pingSeed: 0x0102_0304_0506_0707)
    }

    func connect(_ sink: any WebSocketSink, client: ClientAddress? = nil, unread: [ClientFrame] = []) -> MemoryWebSocket {
        self.network.connect(self.connection(sink, client: client), unread: unread.bytes)
    }

    var context: LoopContext { self.network.context }
    func advance(by span: TimeSpan) { self.network.advance(by: span) }

    /// Puts orders into a connection's outbox, as anybody may.
    func order(_ socket: MemoryWebSocket, _ change: (inout Outbox.Orders) -> Void) {
        self.network.turn { socket.connection.outbox.order(self.context, change) }
    }

    /// Puts so many bytes of frames into a connection's outbox; whether the sender must wait.
    func fill(_ socket: MemoryWebSocket, _ bytes: Int, from sender: MemoryWebSocket? = nil) -> Bool {
        var waits = false
        self.network.turn {
            waits = socket.connection.outbox.append(self.context, sender: sender?.connection.outbox) {
                WebSocketFrame.write(.binary, payload: ByteBuffer(repeating: 0x7A, count: bytes), into: &$0)
            }
            if waits { sender?.connection.pauseReading() }
        }
        return waits
    }
}

extension TestSink.Call {
    static func text(_ text: String) -> TestSink.Call { .message(.text, Array(text.utf8)) }
}

/// Sends every message back.
final class EchoSink: WebSocketSink {
    func opened(_ connection: WebSocketConnection) -> WebSocketOpening { .open(paused: false) }

    func received(_ messages: inout WebSocketMessages) {
        while let event = messages.next() {
            if case .message(let opcode) = event { messages.connection.send(messages.payload, opcode) }
        }
    }
}
