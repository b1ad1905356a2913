import ByteStreams
import HTTPServer
import MetricsCore
import NIOCore
import NetworkAddresses
import SignalingRuntime
import SignalingTestKit
import TimeKeeping

/// The server's routes, asked on connections in memory.
final class APIRig {
    /// Noon of 31 January 2026.
    let clock = ManualClock(unixSeconds: 1_769_860_800)
    let parts: SignalingParts
    private let loop: ManualLoop
    let context: LoopContext

    var signaling: Signaling { self.parts.signaling }

    init(_ change: (inout SignalingParts.Options) -> Void = { _ in }) {
        self.parts = SignalingParts(clock: self.clock.serverClock, change)
        self.loop = ManualLoop(self.clock)
        self.context = LoopContext(loop: self.loop, clock: self.clock.serverClock)
    }

    /// A connection of this client's.
    func connect(from client: ClientAddress = .v4(0xC000_0201)) -> MemoryStream {
        let stream = MemoryStream(context: self.context, peer: client)
        stream.begin(HTTPConnection(services: self.parts.http, context: self.context))
        return stream
    }

    /// What is sent upon a request on a connection of its own.
    func text(_ ask: HTTPAsk, from client: ClientAddress = .v4(0xC000_0201)) -> String {
        let stream = self.connect(from: client)
        stream.receive(ByteBuffer(string: ask.text))
        return String(buffer: stream.takeSent())
    }

    /// The response to a request on a connection of its own.
    func send(_ ask: HTTPAsk, from client: ClientAddress = .v4(0xC000_0201)) throws -> HTTPReply {
        var sent = ByteBuffer(string: self.text(ask, from: client))
        guard let reply = try HTTPReply.read(from: &sent, to: ask.method) else { throw SocketFailure.unexpected("no response") }
        return reply
    }

    func mint(_ body: String? = nil) throws -> HTTPReply { try self.send(HTTPAsk("POST", "/rendezvous/code", body: body)) }

    func redeem(_ code: String, type: String? = "application/json") throws -> HTTPReply {
        try self.send(
            HTTPAsk(
                "POST", "/rendezvous/redeem", headers: type.map { [("Content-Type", $0)] } ?? [], body: #"{"code":"\#(code)"}"#))
    }

    /// Requests with this route and status that were counted.
    func count(_ route: String, _ status: HTTPStatus) -> Int? {
        self.parts.http.metrics.counts.requests.first { $0.label == route }?.counts[status]
    }

    /// Has the loop do what other threads hand it, until this comes about.
    func settle(_ what: String, until condition: () -> Bool) async throws {
        try await eventually(what) {
            _ = self.loop.runReady()
            return condition()
        }
    }

    func advance(by time: TimeSpan) { self.loop.advance(by: time) }
}

extension HTTPReply {
    /// RFC 9457, and never stored.
    func isProblem(_ status: Int, _ detail: String) -> Bool {
        self.status == status && self["Content-Type"] == "application/problem+json" && self.values("Cache-Control") == ["no-store"]
            && self.body.contains("\"status\":\(status),") && self.body.contains(detail)
    }
}
