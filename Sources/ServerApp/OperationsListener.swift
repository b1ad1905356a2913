import ByteStreams
import HTTPServer
import Logging
import NIOCore

/// Health and metrics on an address of their own. It has a loop and connections of its own, so that no crowd of clients keeps those waiting
/// who look after the server.
struct OperationsListener: Sendable {
    private let transport: any Transport
    /// Where it listens: with the real port if that was 0.
    let address: SocketAddress

    private static let mostConnections = 32

    init(_ socket: ListeningSocket, services: HTTPServices, clock: ServerClock, logger: Logger) async throws {
        self.address = try socket.address()
        let accepting = AcceptPolicy(limit: Self.mostConnections) {
            logger.warning("cannot accept connections at METRICS_ADDRESS; trying again", metadata: ["error": "\($0)"])
        }
        self.transport = try await TransportKind.preferred(withTLS: false).make(
            TransportSettings(loops: 1, clock: clock, accepting: accepting))
        do {
            try await self.transport.listen(on: socket) { HTTPConnection(services: services, context: $0) }
        } catch {
            await self.transport.stop()
            throw StartupError("METRICS_ADDRESS: cannot listen there: \(error)")
        }
    }

    /// Accepts no more; connections live on.
    func closeListener() async { await self.transport.closeListener() }

    func stop() async { await self.transport.stop() }
}
