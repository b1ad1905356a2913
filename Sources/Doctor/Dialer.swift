import DoctorCore
import NIOCore
import NIOPosix
import NIOSSL
import NetworkAddresses

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Opens connections, each within a limit.
struct Dialer: Sendable {
    let limit: Duration
    /// A file of certificates that are trusted beside the system's.
    let trusted: String?

    private var timeout: TimeAmount { .nanoseconds(Int64(self.limit / .nanoseconds(1))) }

    /// `prepare` is called on the channel's loop, before it is connected.
    func tcp(_ host: String, _ port: Int, _ prepare: @escaping @Sendable (any Channel) throws -> Void) async throws -> any Channel {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(self.timeout)
            .channelInitializer { channel in channel.eventLoop.makeCompletedFuture { try prepare(channel) } }
            .connect(host: host, port: port).get()
    }

    /// A socket that hears of nobody else.
    func udp(_ host: String, _ port: Int, _ prepare: @escaping @Sendable (any Channel) throws -> Void) async throws -> any Channel {
        let address = try await self.address(of: host, port)
        return try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in channel.eventLoop.makeCompletedFuture { try prepare(channel) } }
            .connect(to: address).get()
    }

    /// The system's resolver blocks, for a time of its own.
    private func address(of host: String, _ port: Int) async throws -> SocketAddress {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let found = loop.makePromise(of: SocketAddress.self)
        NIOThreadPool.singleton.runIfActive(eventLoop: loop) { try SocketAddress.makeAddressResolvingHost(host, port: port) }
            .cascade(to: found)
        let end = loop.scheduleTask(in: self.timeout) { found.fail(ChannelError.connectTimeout(self.timeout)) }
        defer { end.cancel() }
        return try await found.futureResult.get()
    }

    func tls(_ verification: CertificateVerification = .fullVerification) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = verification
        // As the clients have it.
        configuration.minimumTLSVersion = .tlsv12
        if let trusted { configuration.additionalTrustRoots = [.certificates(try NIOSSLCertificate.fromPEMFile(trusted))] }
        return try NIOSSLContext(configuration: configuration)
    }

    /// What a server is asked for by; an address is no such name.
    static func serverName(_ host: String) -> String? { ClientAddress(host) == nil ? host : nil }

    /// Whether a connection comes about, and the addresses of its two ends.
    func reach(_ host: String, _ port: Int) async -> (ConnectionOutcome, local: ClientAddress?, remote: ClientAddress?) {
        do {
            let channel = try await self.tcp(host, port) { _ in }
            let (local, remote) = (channel.localAddress?.client, channel.remoteAddress?.client)
            channel.close(promise: nil)
            return (.open, local, remote)
        } catch {
            return (self.outcome(error), nil, nil)
        }
    }

    private func outcome(_ error: any Error) -> ConnectionOutcome {
        if let error = error as? NIOConnectionError {
            guard let cause = error.connectionErrors.last?.error else { return .unknownName }
            return self.outcome(cause)
        }
        if case .connectTimeout? = error as? ChannelError { return .unanswered(seconds: Int(self.limit.components.seconds)) }
        if error is SocketAddressError.UnknownHost { return .unknownName }
        guard let error = error as? IOError else { return .failed("\(error)") }
        return error.errnoCode == ECONNREFUSED ? .refused : .failed(String(cString: strerror(error.errnoCode)))
    }

    /// Why there is no connection, in a few words.
    func words(_ error: any Error) -> String {
        switch self.outcome(error) {
        case .open: ""
        case .unknownName: "no address is known for that name"
        case .refused: "nothing listens there"
        case .unanswered: "does not respond"
        case .failed(let cause): cause
        }
    }
}

extension SocketAddress {
    var client: ClientAddress? { self.ipAddress.flatMap { ClientAddress($0) } }
}
