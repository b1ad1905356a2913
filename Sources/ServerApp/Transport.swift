package import NIOCore
package import NIOSSL
package import SignalingRuntime
import SocketTransport

/// What carries the server's connections: event loops, and a listener.
package protocol Transport: Sendable {
    /// A loop for what the server as a whole has to do now and then.
    var first: any EventLoop { get }

    /// Runs something on every loop, with what the connections of that loop share, and waits for all.
    func onEach(_ body: @escaping @Sendable (LoopContext) -> Void) async throws

    /// Listens, gives every connection a driver, and answers the address.
    func listen(
        on address: SocketAddress, makeDriver: @escaping @Sendable (LoopContext) -> any StreamDriver,
        report: @escaping @Sendable (any Error) -> Void
    ) async throws -> SocketAddress?

    /// Accepts no more; connections live on.
    func closeListener() async

    /// Ends the loops, and the connections that are left.
    func stop() async
}

/// The transports there are on this system.
package enum TransportKind: String, CaseIterable, Sendable {
    #if os(Linux)
    /// An epoll loop and plain sockets; without TLS.
    case sockets
    #endif
    /// NIO's channels.
    case channels

    static func preferred(withTLS: Bool) -> TransportKind {
        #if os(Linux)
        if !withTLS { return .sockets }
        #endif
        return .channels
    }

    /// - Parameters:
    ///   - gatherSize: Bytes up to which writes are gathered.
    ///   - firstRead: What a connection's first read has room for.
    package func make(loops: Int, hub: Hub, gatherSize: Int, firstRead: Int, tls: NIOSSLContext? = nil) async throws -> any Transport {
        switch self {
        #if os(Linux)
        case .sockets:
            precondition(tls == nil, "sockets would carry in the clear what TLS was asked for")
            return try SocketLoops(count: loops, hub: hub, gatherSize: gatherSize, firstRead: firstRead)
        #endif
        case .channels:
            return try await ChannelTransport(count: loops, hub: hub, gatherSize: gatherSize, firstRead: firstRead, tls: tls)
        }
    }
}

#if os(Linux)
extension SocketLoops: Transport {}
#endif
