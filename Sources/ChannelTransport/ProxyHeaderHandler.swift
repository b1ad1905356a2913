import ByteStreams
import NIOCore
import NetworkAddresses

/// Told along the pipeline, TLS included, when the PROXY header has come.
struct ClientIdentified: Sendable {
    let client: ClientAddress
}

/// Takes the PROXY header off a connection, before TLS, and makes way.
final class ProxyHeaderHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let headers: ProxyHeaders
    private var input = ProxyHeaderInput()
    private var isOver = false

    init(_ headers: ProxyHeaders) { self.headers = headers }

    func channelActive(context: ChannelHandlerContext) {
        if !self.headers.trusted.contains(self.peer(context)) { self.refuse(.untrusted, context) }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // What had been read of a connection that was refused.
        guard !self.isOver else { return }
        do throws(ProxyHeaderFault) {
            guard let (source, rest) = try self.input.take(self.unwrapInboundIn(data)) else { return }
            self.isOver = true
            if let source { context.fireUserInboundEventTriggered(ClientIdentified(client: source)) }
            if rest.readableBytes > 0 { context.fireChannelRead(self.wrapInboundOut(rest)) }
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        } catch {
            self.refuse(error, context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if !self.isOver, self.input.hasBegun { self.headers.refused(.incomplete, self.peer(context)) }
        context.fireChannelInactive()
    }

    private func refuse(_ fault: ProxyHeaderFault, _ context: ChannelHandlerContext) {
        self.isOver = true
        self.headers.refused(fault, self.peer(context))
        context.close(promise: nil)
    }

    private func peer(_ context: ChannelHandlerContext) -> ClientAddress { context.remoteAddress.map(ClientAddress.init) ?? .v4(0) }
}
