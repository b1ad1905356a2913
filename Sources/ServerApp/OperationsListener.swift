import ByteStreams
import HTTPServer
import Logging
import NIOCore
import ServerConfiguration

/// Health and metrics on an address of their own. It has a loop and connections of its own, so that no crowd of clients keeps those waiting
/// who look after the server.
struct OperationsListener: Sendable {
    private let transport: any Transport
    /// Where it listens: with the real port if that was 0.
    let address: SocketAddress?

    private static let mostConnections = 32

    init(_ place: ListenAddress, services: HTTPServices, clock: ServerClock, logger: Logger) async throws {
        let accepting = AcceptPolicy(limit: Self.mostConnections) {
            logger.warning("cannot accept connections at METRICS_ADDRESS; trying again", metadata: ["error": "\($0)"])
        }
        self.transport = try await TransportKind.preferred(withTLS: false).make(
            TransportSettings(loops: 1, clock: clock, accepting: accepting))
        do {
            let address = try SocketAddress.makeAddressResolvingHost(place.host, port: place.port)
            self.address = try await self.transport.listen(on: address) { HTTPConnection(services: services, context: $0) }
        } catch {
            await self.transport.stop()
            throw StartupError("METRICS_ADDRESS=\(place.text): cannot listen there: \(error)")
        }
    }

    func stop() async { await self.transport.stop() }
}
