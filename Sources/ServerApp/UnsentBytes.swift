import NIOCore
import SignalingRuntime

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The bound of `ListenerOptions` for NIO's channels.
enum UnsentBytes {
    static func limit(on listener: any Channel) {
        // A system that does not know the option works without it.
        try? listener.syncOptions?.setOption(.tcpOption(.init(rawValue: TCP_NOTSENT_LOWAT)), value: .init(ListenerOptions.mostUnsent))
    }
}
