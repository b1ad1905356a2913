import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// How much the kernel takes of what a client has not been sent yet. Without a bound that is megabytes a connection once its window was
/// open wide. They would be memory that nobody counts, and would hide a slow reader's progress: Linux says that a socket takes more only
/// when a third of its buffer is free, so a client that reads steadily could look as if it took nothing for two heartbeats.
enum UnsentBytes {
    private static let most = 128 * 1024

    /// Set on the listener, from which connections inherit it, so that it costs none of them a system call.
    static func limit(on listener: any Channel) {
        // A system that does not know the option works without it.
        try? listener.syncOptions?.setOption(.tcpOption(.init(rawValue: TCP_NOTSENT_LOWAT)), value: self.most)
    }
}
