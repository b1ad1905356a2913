import ByteStreams
import NIOCore
package import NIOSSL

/// TLS for the connections that channels open.
package final class ChannelTLS: ClientTLS {
    private let context: NIOSSLContext
    private let serverName: String?

    /// The certificate has to be for this name; without one, for the address connected to. An IP address is no name here.
    package init(_ context: NIOSSLContext, serverName: String?) {
        self.context = context
        self.serverName = serverName
    }

    func makeHandler() throws -> NIOSSLClientHandler { try NIOSSLClientHandler(context: self.context, serverHostname: self.serverName) }
}

extension ChannelPipeline.SynchronousOperations {
    /// Where TLS is in this pipeline, whichever side of it this is; nil where there is none.
    var tls: ChannelHandlerContext? {
        (try? self.context(handlerType: NIOSSLServerHandler.self)) ?? (try? self.context(handlerType: NIOSSLClientHandler.self))
    }
}
