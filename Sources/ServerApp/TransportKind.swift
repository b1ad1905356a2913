package import ByteStreams
package import ChannelTransport
import SocketTransport

/// The transports that this system has.
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

    package func make(_ settings: TransportSettings, tls: ServerTLS? = nil) async throws -> any Transport {
        switch self {
        #if os(Linux)
        case .sockets:
            precondition(tls == nil, "sockets would carry in the clear what TLS was asked for")
            return try SocketLoops(settings)
        #endif
        case .channels: return try await ChannelLoops(settings, tls: tls)
        }
    }
}
