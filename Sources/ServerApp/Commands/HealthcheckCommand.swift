import ArgumentParser
import ByteStreams
import NIOCore
import NIOPosix
import NIOSSL
import ServerConfiguration

/// Requests /readyz from the server on this machine. A container's health check runs this command, so the image needs no curl.
struct HealthcheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "healthcheck",
        abstract: "Exit with 0 if the server on this machine answers, with 1 otherwise.",
        discussion: "Give it the same environment, file or flags as the server, so that it knows where to ask.")

    @OptionGroup(title: "Settings") var flags: SettingFlags

    func run() async throws {
        let settings = try self.flags.load().settings
        let status: String
        do {
            status = try await Self.ask(settings)
        } catch {
            let (host, port) = Self.place(settings)
            throw CommandFailure("no answer from \(host) port \(port): is the server running there?")
        }
        guard status.hasPrefix("HTTP/1.1 200 ") else { throw CommandFailure("the server is not ready: \(status)") }
        print("ready")
    }

    private static let limit = TimeAmount.seconds(3)

    /// Where the server says how it is.
    private static func place(_ settings: ServerSettings) -> (host: String, port: Int) {
        let host = settings.metricsAddress?.host ?? settings.host
        let port = settings.metricsAddress?.port ?? settings.port
        switch host {
        case "0.0.0.0": return ("127.0.0.1", port)
        case "::", "[::]": return ("::1", port)
        default: return (host, port)
        }
    }

    /// The status line of the server's response.
    private static func ask(_ settings: ServerSettings) async throws -> String {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let promise = loop.makePromise(of: String.self)
        let isTLS = settings.tlsCertificateFile != nil && settings.metricsAddress == nil
        let (host, port) = self.place(settings)
        let connecting = ClientBootstrap(group: loop)
            .connectTimeout(self.limit)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if settings.proxyProtocol, settings.metricsAddress == nil { try pipeline.addHandler(OwnProxyHeader()) }
                    if isTLS {
                        // The certificate names the public host, not the loopback address asked here.
                        var configuration = TLSConfiguration.makeClientConfiguration()
                        configuration.certificateVerification = .none
                        let context = try NIOSSLContext(configuration: configuration)
                        try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: nil))
                    }
                    try pipeline.addHandler(StatusLineHandler(promise: promise))
                }
            }
            .connect(host: host, port: port)
        // Without a connection, no handler completes the promise.
        connecting.whenFailure { promise.fail($0) }
        let channel = try await connecting.get()
        let deadline = loop.scheduleTask(in: self.limit) { channel.close(promise: nil) }
        let request = ByteBuffer(string: "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        channel.writeAndFlush(request, promise: nil)
        defer { deadline.cancel() }
        return try await promise.futureResult.get()
    }
}

/// Ahead of everything else, TLS included.
private final class OwnProxyHeader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(string: ProxyHeaders.own)), promise: nil)
        context.fireChannelActive()
    }
}

private final class StatusLineHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let promise: EventLoopPromise<String>
    private var received = ByteBuffer()

    init(promise: EventLoopPromise<String>) { self.promise = promise }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = self.unwrapInboundIn(data)
        self.received.writeBuffer(&bytes)
        let text = String(buffer: self.received)
        if let end = text.firstIndex(of: "\r\n") { self.promise.succeed(String(text[..<end])) }
    }

    func channelInactive(context: ChannelHandlerContext) { self.promise.fail(ChannelError.eof) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.promise.fail(error)
        context.close(promise: nil)
    }
}
