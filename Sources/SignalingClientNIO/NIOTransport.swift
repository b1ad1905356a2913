import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket
public import SignalingClient

/// Requests and WebSockets on swift-nio, over its shared threads. Each request has a connection of its own; certificates are checked.
public final class NIOTransport: SignalingTransport {
    /// The longest message that is taken from a server. It relays what its own limit lets through, which is a mebibyte unless it is set.
    public let largestMessage: Int

    private let trusted: String?
    private let tls = NIOLockedValueBox<NIOSSLContext?>(nil)
    private let group = MultiThreadedEventLoopGroup.singleton

    private static let connectLimit = TimeAmount.seconds(10)
    private static let mostFragments = 16_384

    /// - Parameter trusted: A file of certificates (PEM) to trust beside the system's, such as that of a server in one's own network.
    public init(trusting trusted: String? = nil, largestMessage: Int = 16 << 20) {
        self.trusted = trusted
        // What the decoder takes at most.
        self.largestMessage = min(max(largestMessage, 1024), Int(UInt32.max))
    }

    public func respond(to request: TransportRequest) async throws -> TransportResponse {
        let attempt = Attempt<TransportResponse>()
        let head = Self.head(request, closes: true)
        let body = request.body
        self.connect(request.address, attempt) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHTTPClientHandlers()
                try channel.pipeline.syncOperations.addHandler(
                    ResponseCollector { outcome in
                        switch outcome {
                        case .success(let response): attempt.succeed(response)
                        case .failure(let error): attempt.fail(error)
                        }
                    })
                channel.write(HTTPClientRequestPart.head(head), promise: nil)
                if !body.isEmpty {
                    channel.write(HTTPClientRequestPart.body(.byteBuffer(channel.allocator.buffer(bytes: body))), promise: nil)
                }
                channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
            }
        }
        return try await attempt.value()
    }

    public func openWebSocket(_ request: TransportRequest) async throws -> WebSocketOpening {
        let attempt = Attempt<WebSocketOpening>()
        let largest = self.largestMessage
        let upgrader = NIOTypedWebSocketClientUpgrader<Void>(maxFrameSize: largest) { channel, _ in
            channel.eventLoop.makeCompletedFuture {
                let socket = NIOSocket(channel)
                try channel.pipeline.syncOperations.addHandler(
                    NIOWebSocketFrameAggregator(
                        minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: Self.mostFragments, maxAccumulatedFrameSize: largest))
                try channel.pipeline.syncOperations.addHandler(SocketHandler(socket))
                attempt.succeed(.open(socket))
            }
        }
        let configuration = NIOTypedHTTPClientUpgradeConfiguration<Void>(
            upgradeRequestHead: Self.head(request, closes: false), upgraders: [upgrader]
        ) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(
                    ResponseCollector { outcome in
                        switch outcome {
                        case .success(let response): attempt.succeed(.refused(response))
                        case .failure(let error): attempt.fail(error)
                        }
                    })
            }
        }
        var pipeline = NIOUpgradableHTTPClientPipelineConfiguration(upgradeConfiguration: configuration)
        // The server's first frames may come with its response.
        pipeline.leftOverBytesStrategy = .forwardBytes
        let set = pipeline
        self.connect(request.address, attempt) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(configuration: set)
            }.flatMap { $0 }
        }
        return try await attempt.value()
    }

    /// Opens a connection and sets it up, on its event loop; what goes wrong is the attempt's failure.
    private func connect<Value: Sendable>(
        _ address: ServerAddress, _ attempt: Attempt<Value>, _ setUp: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) {
        let tls: NIOSSLContext?
        do {
            tls = address.isSecure ? try self.context() : nil
        } catch {
            return attempt.fail(error)
        }
        // An address is no name to ask for; its certificate names the address itself.
        let isAddress = (try? SocketAddress(ipAddress: address.host, port: address.port)) != nil
        let name = isAddress ? nil : address.host
        ClientBootstrap(group: self.group)
            .connectTimeout(Self.connectLimit)
            .channelOption(.socketOption(.so_reuseaddr), value: 1)
            .channelInitializer { channel in
                attempt.adopt(channel)
                    ? channel.eventLoop.makeSucceededVoidFuture() : channel.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
            }
            .connect(host: address.host, port: address.port)
            .flatMap { channel in
                // Set up once it stands, since of several addresses that are tried only one may send anything.
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: tls, serverHostname: name))
                    }
                }.flatMap { setUp(channel) }
            }
            .whenFailure { attempt.fail($0) }
    }

    /// Made once it is needed: it reads the system's certificates.
    private func context() throws -> NIOSSLContext {
        try self.tls.withLockedValue { known in
            if let known { return known }
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = ["http/1.1"]
            if let trusted { configuration.additionalTrustRoots = [.certificates(try NIOSSLCertificate.fromPEMFile(trusted))] }
            let made = try NIOSSLContext(configuration: configuration)
            known = made
            return made
        }
    }

    private static func head(_ request: TransportRequest, closes: Bool) -> HTTPRequestHead {
        var headers = HTTPHeaders([("Host", request.address.authority), ("User-Agent", "SignalingClient")])
        for (name, value) in request.headers { headers.add(name: name, value: value) }
        if !request.body.isEmpty || request.method == "POST" { headers.add(name: "Content-Length", value: String(request.body.count)) }
        if closes { headers.add(name: "Connection", value: "close") }
        return HTTPRequestHead(version: .http1_1, method: HTTPMethod(rawValue: request.method), uri: request.target, headers: headers)
    }
}

extension SignalingService {
    /// A server, reached over swift-nio.
    public init(_ url: String) throws(ClientError) { try self.init(url, transport: NIOTransport()) }
}
