import ByteStreams
import ChannelTransport
import NIOCore
import NIOSSL
import ServerApp
import SignalingTestKit
import Testing

/// What carries the connections of a test, built as the server builds it. The contract of `ByteStream` is the same for all.
enum Carrier: CaseIterable, Sendable, CustomTestStringConvertible {
    #if os(Linux)
    /// Plain sockets.
    case sockets
    #endif
    /// NIO's channels, without TLS.
    case channels
    /// NIO's channels behind TLS.
    case tls

    /// Those whose clients can end one direction, and be paused before they have said anything.
    static let plain = allCases.filter { $0 != .tls }

    var testDescription: String { "\(self)" }

    private var kind: TransportKind {
        switch self {
        #if os(Linux)
        case .sockets: .sockets
        #endif
        case .channels, .tls: .channels
        }
    }

    var isSockets: Bool { self.kind != .channels }

    func makeTransport(_ settings: TransportSettings) async throws -> any Transport {
        try await self.kind.make(settings, tls: self == .tls ? ServerTLS(Self.identity.value.context) : nil)
    }

    func makeTransport(
        loops: Int, accepting: AcceptPolicy = AcceptPolicy(limit: 1000) { Issue.record($0) }
    ) async throws -> any Transport {
        try await self.makeTransport(TransportSettings(loops: loops, accepting: accepting))
    }

    func clientOptions() -> SocketClient.Options {
        var options = SocketClient.Options()
        if self == .tls {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.certificateVerification = .none
            options.tls = configuration
        }
        return options
    }

    /// What streams that are opened from here reach the listener with; nil without TLS.
    func clientTLS(trustsListener: Bool = true, serverName: String? = "localhost") async throws -> (any ClientTLS)? {
        guard self == .tls else { return nil }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(trustsListener ? try await Self.identity.value.chain : [])
        return ChannelTLS(try NIOSSLContext(configuration: configuration), serverName: serverName)
    }

    private struct Identity: Sendable {
        let context: NIOSSLContext
        let chain: [NIOSSLCertificate]
    }

    /// Made once for all tests of this process.
    private static let identity = Task<Identity, any Error> {
        var made: Identity?
        try await TestCertificate.with { identity in
            let chain = try NIOSSLCertificate.fromPEMFile(identity.certificate)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: identity.key, format: .pem)))
            configuration.shutdownTimeout = .milliseconds(500)
            made = Identity(context: try NIOSSLContext(configuration: configuration), chain: chain)
        }
        return try #require(made)
    }
}
