import ByteStreams
import HTTPServer
import Logging
import MetricsCore
import NIOConcurrencyHelpers
import NIOCore
import ServerApp
import ServerConfiguration
import ServiceLifecycleTestKit
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire

/// The whole server on a free loopback port, in this process, with a clock that tests can move.
struct TestServer: Sendable {
    let server: SignalingServer
    let address: SocketAddress
    let log: LogRecorder
    let clock: ShiftableClock
    fileprivate let running: Task<Void, any Error>
    fileprivate let trigger: GracefulShutdownTestTrigger
    fileprivate let clients = NIOLockedValueBox<[SocketClient]>([])

    var signaling: Signaling { self.server.signaling }
    var counts: MetricCounts { self.signaling.metrics.counts }
    var openConnections: Int { self.server.accepting.open }

    /// Requests counted for a route of this label, with this status.
    func requests(_ route: String, _ status: HTTPStatus) -> Int {
        self.server.http.metrics.counts.requests.first { $0.label == route }?.counts[status] ?? 0
    }

    // MARK: - Clients

    /// A new connection; closed when the test ends.
    func connect(options: SocketClient.Options = .init()) async throws -> SocketClient {
        let client = try await SocketClient.connect(to: self.address, options: options)
        self.clients.withLockedValue { $0.append(client) }
        return client
    }

    /// One request on a connection of its own.
    func request(_ ask: HTTPAsk) async throws -> HTTPReply {
        let client = try await SocketClient.connect(to: self.address)
        defer { client.close() }
        return try await client.request(ask)
    }

    /// Asks where the metrics are, if that is elsewhere.
    func operations(_ ask: HTTPAsk) async throws -> HTTPReply {
        guard let address = self.server.metricsAddress else { throw SocketFailure.unexpected("no address for metrics") }
        let client = try await SocketClient.connect(to: address)
        defer { client.close() }
        return try await client.request(ask)
    }

    func get(_ target: String, _ headers: [(String, String)] = []) async throws -> HTTPReply {
        try await self.request(HTTPAsk("GET", target, headers: headers))
    }

    func mint(_ body: String? = nil, _ headers: [(String, String)] = []) async throws -> HTTPReply {
        try await self.request(HTTPAsk("POST", "/rendezvous/code", headers: headers, body: body))
    }

    /// `from`: the client's address as a proxy would report it.
    func redeem(_ code: String, from client: String? = nil) async throws -> HTTPReply {
        try await self.request(.redeem(code, from: client))
    }

    func join(
        _ room: String, _ side: String, sid: String? = nil, token: String? = nil, headers: [(String, String)] = [],
        options: SocketClient.Options = .init()
    ) async throws -> WebSocketClient {
        try await WebSocketClient.open(
            on: self.connect(options: options), room: room, side: side, sid: sid, token: token, headers: headers)
    }

    /// Both sides of a room, told that it is full.
    func pair(_ room: String = randomRoom(), sids: (String?, String?) = (nil, nil)) async throws -> (a: WebSocketClient, b: WebSocketClient)
    {
        let a = try await self.join(room, "A", sid: sids.0)
        let b = try await self.join(room, "B", sid: sids.1)
        for client in [a, b] {
            let text = try await client.nextText()
            guard text == roomFull else { throw SocketFailure.unexpected("not room_full: \(text)") }
        }
        return (a, b)
    }

    func metrics() async throws -> MetricsText { MetricsText(try await self.get("/metrics").body) }

    // MARK: - Stopping

    func beginShutdown() { self.trigger.triggerGracefulShutdown() }

    /// Waits for the server to be gone.
    func waitForEnd() async throws { try await self.running.value }
}

/// Starts a server, runs a test against it, and stops it.
func withServer(_ adjust: (inout ServerSettings) -> Void = { _ in }, _ test: (TestServer) async throws -> Void) async throws {
    var settings = ServerSettings()
    settings.host = "127.0.0.1"
    settings.port = 0
    // Only one of them could have the port.
    settings.stunPort = 0
    // Two, so that peers are as often on different loops as on one.
    settings.eventLoops = .count(2)
    settings.shutdownGrace = .milliseconds(400)
    // Long enough for a machine that runs other tests beside these; whoever tests the timeouts sets their own.
    settings.readHeaderTimeout = .seconds(60)
    settings.heartbeat = .seconds(120)
    adjust(&settings)
    try await Turnstile.servers.pass { try await run(settings, test) }
}

private func run(_ settings: ServerSettings, _ test: (TestServer) async throws -> Void) async throws {
    let log = LogRecorder()
    let clock = ShiftableClock()
    let server = try await SignalingServer(settings: settings, logger: log.logger, clock: clock.serverClock)
    try await testGracefulShutdown { trigger in
        let running = Task { try await server.run() }
        let subject = TestServer(server: server, address: server.address, log: log, clock: clock, running: running, trigger: trigger)
        let result: Result<Void, any Error>
        do { result = .success(try await test(subject)) } catch { result = .failure(error) }
        for client in subject.clients.withLockedValue({ $0 }) { client.close() }
        subject.beginShutdown()
        try await subject.waitForEnd()
        try result.get()
    }
}

let roomFull = #"{"type":"room_full"}"#
let peerLeft = #"{"type":"peer_left"}"#

func randomRoom() -> String {
    var generator = SystemRandomNumberGenerator()
    return RoomID.random(using: &generator).text
}

extension HTTPAsk {
    static func redeem(_ code: String, from client: String? = nil) -> HTTPAsk {
        let forwarded = client.map { [("X-Forwarded-For", $0)] } ?? []
        return HTTPAsk(
            "POST", "/rendezvous/redeem", headers: [("Content-Type", "application/json")] + forwarded, body: #"{"code":"\#(code)"}"#)
    }
}
