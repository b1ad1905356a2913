import NIOConcurrencyHelpers
package import NIOSSL

/// The certificate that a listener's connections are set up with. It may change: those that are set up already keep theirs.
package final class ServerTLS: Sendable {
    private let current: NIOLockedValueBox<NIOSSLContext>

    package init(_ context: NIOSSLContext) { self.current = NIOLockedValueBox(context) }

    package var context: NIOSSLContext { self.current.withLockedValue { $0 } }

    package func change(to context: NIOSSLContext) { self.current.withLockedValue { $0 = context } }
}
