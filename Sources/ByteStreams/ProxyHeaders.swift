package import NIOCore
package import NetworkAddresses

/// How connections begin that come through a proxy which says in a PROXY header whose they are.
package struct ProxyHeaders: Sendable {
    /// From others, no connection is taken.
    package let trusted: TrustedProxies
    /// Told of each connection that is refused, with its socket's peer; on any loop.
    package let refused: @Sendable (ProxyHeaderFault, ClientAddress) -> Void

    package init(trusted: TrustedProxies, refused: @escaping @Sendable (ProxyHeaderFault, ClientAddress) -> Void) {
        self.trusted = trusted
        self.refused = refused
    }

    /// What makes the drivers of connections that begin like this.
    package func before(
        _ makeDriver: @escaping @Sendable (LoopContext) -> any StreamDriver
    ) -> @Sendable (LoopContext) -> any StreamDriver {
        { ProxiedDriver(makeDriver($0), self) }
    }
}

/// A PROXY header on its way: at most `ProxyHeader.longest` bytes are kept of what has not become one.
package struct ProxyHeaderInput {
    private var kept = ByteBuffer()

    package init() {}

    package var hasBegun: Bool { self.kept.readableBytes > 0 }

    /// Nil while it has not all arrived. `rest` is what follows it.
    package mutating func take(_ bytes: ByteBuffer) throws(ProxyHeaderFault) -> (source: ClientAddress?, rest: ByteBuffer)? {
        var input = bytes
        if self.hasBegun {
            self.kept.writeImmutableBuffer(bytes)
            input = self.kept
        }
        guard let header = try ProxyHeader.read(input.readableBytesUInt8Span) else {
            // A copy: the read buffer is used again by the loop.
            if !self.hasBegun { self.kept = ByteBuffer(bytes: bytes.readableBytesView) }
            return nil
        }
        self.kept = ByteBuffer()
        input.moveReaderIndex(forwardBy: header.length)
        return (header.source, input)
    }
}
