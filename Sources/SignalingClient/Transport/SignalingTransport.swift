/// What carries requests and WebSockets to a server. `SignalingClientNIO` has one on swift-nio, and this module one on URLSession, on Apple
/// systems.
///
/// Whatever waits here returns soon after its task is cancelled.
public protocol SignalingTransport: Sendable {
    /// Throws where no whole response came.
    func respond(to request: TransportRequest) async throws -> TransportResponse
    /// Throws where nobody answered. `request` is that of the upgrade: a GET of an `http` or `https` URL, without the fields of the handshake.
    func openWebSocket(_ request: TransportRequest) async throws -> WebSocketOpening
}

public enum WebSocketOpening: Sendable {
    case open(any SignalingSocket)
    /// The server answered, and not with an upgrade.
    case refused(TransportResponse)
}

/// A WebSocket. One task receives, another one sends.
public protocol SignalingSocket: Sendable {
    /// The next message. Nothing more is read from the network than has been asked for, but for a few messages.
    func receive() async throws -> SocketMessage
    /// Returns when the socket has room for more.
    func send(_ text: [UInt8]) async throws
    /// The closing handshake. Returns when it is over, or after a second or two.
    func close(code: UInt16) async
    /// Ends the connection without waiting for anybody, and with it whatever waits in `receive` and `send`. Called by each owner at its end;
    /// what comes after another end changes nothing.
    func abort()
}

public enum SocketMessage: Sendable, Equatable {
    /// Whole, be it text or binary: the server passes a frame on as whichever it came.
    case data([UInt8])
    /// The other end has looked whether this one is alive, and got its answer.
    case ping
    /// The connection is over: with a close frame, or, as code 1006, without.
    case closed(code: UInt16, reason: String)
}

public struct TransportRequest: Sendable, Equatable {
    public var method: String
    public var address: ServerAddress
    /// Path and query, percent-encoded.
    public var target: String
    public var headers: [(name: String, value: String)] { self.fields.map { ($0.name, $0.value) } }
    public var body: [UInt8]

    private var fields: [Field]

    public init(
        method: String = "GET", address: ServerAddress, target: String, headers: [(name: String, value: String)] = [], body: [UInt8] = []
    ) {
        self.method = method
        self.address = address
        self.target = target
        self.fields = headers.map { Field(name: $0.name, value: $0.value) }
        self.body = body
    }

    /// Tuples have no ==.
    private struct Field: Sendable, Equatable {
        var name: String
        var value: String
    }
}

public struct TransportResponse: Sendable {
    public var status: Int
    public var retryAfter: String?
    /// At most a mebibyte: a transport throws where there is more.
    public var body: [UInt8]

    public init(status: Int, retryAfter: String? = nil, body: [UInt8] = []) {
        self.status = status
        self.retryAfter = retryAfter
        self.body = body
    }

    public static let largestBody = 1 << 20
}
