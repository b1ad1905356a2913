import ByteStreams
import HTTPServer
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NetworkAddresses
import ServerApp
import SignalingTestKit
import TimeKeeping

/// A provider of ICE servers on a free loopback port: a real HTTP server that responds as it is told.
final class ProviderServer: Sendable {
    struct Seen: Sendable {
        var authorization: String?
        var body: String
    }

    private let transport: any Transport
    let url: String
    private let state: NIOLockedValueBox<(response: HTTPResponse, seen: [Seen])>

    /// Runs a test while it is there.
    static func use(_ body: String, _ test: (ProviderServer) async throws -> Void) async throws {
        let provider = try await ProviderServer(body)
        let result: Result<Void, any Error>
        do { result = .success(try await test(provider)) } catch { result = .failure(error) }
        await provider.transport.stop()
        try result.get()
    }

    private init(_ body: String) async throws {
        let state = NIOLockedValueBox((response: HTTPResponse.json(.text(body)), seen: [Seen]()))
        self.state = state
        let route = HTTPRoute("/v1/generate", .post) { request, _ throws(Problem) in
            let authorization = request.head.field("authorization")
            let seen = Seen(
                authorization: authorization.count == 1 ? request.head.text(authorization.value) : nil, body: String(buffer: request.body))
            return .respond(
                state.withLockedValue {
                    $0.seen.append(seen)
                    return $0.response
                })
        }
        let services = HTTPServices(
            settings: HTTPSettings(
                readHeaderTimeout: .seconds(5), idleTimeout: .seconds(60), cors: CORSPolicy(dev: true, allowed: []),
                proxies: TrustedProxies(blocks: []), logsFullAddresses: false),
            routes: HTTPRoutes([route], help: ""), metrics: HTTPMetrics(),
            logger: Logger(label: "provider") { _ in SwiftLogNoOpLogHandler() }, isEnding: { false })
        self.transport = try await TransportKind.channels.make(
            TransportSettings(loops: 1, accepting: AcceptPolicy(limit: 100) { _ in }))
        let socket = try ListeningSocket.open(SocketAddress(ipAddress: "127.0.0.1", port: 0))
        self.url = "http://127.0.0.1:\(try socket.address().port ?? 0)/v1/generate?key=hidden"
        try await self.transport.listen(on: socket) { HTTPConnection(services: services, context: $0) }
    }

    var seen: [Seen] { self.state.withLockedValue { $0.seen } }

    func respond(with response: HTTPResponse) { self.state.withLockedValue { $0.response = response } }
}
